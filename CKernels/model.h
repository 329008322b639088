// The parameters of a mixture in the precision of the data.

#define Model NAMED(Model)
#define centred NAMED(centred)

typedef struct Model {
    size_t components, dimension;
    // [K][D], in two parts, so that float32 loses nothing of a mean that is large beside the deviation. In float64 the low part is not used.
    SCALAR *means, *low_means;
    // P / sqrt(2), so that log density = log_norm - |z|^2 with z = factor (x - mean). Undone on the chunk's sums.
    SCALAR *factors;
    SCALAR *log_norms; // [K]
    // Tied types alone: a point among the means [D], in two parts as they are, and z of each mean from there [K][D].
    SCALAR *origin, *low_origin, *shifts;
} Model;

// x - mean.
INLINE VECTOR centred(VECTOR x, SCALAR mean, SCALAR low_mean) {
#ifdef FLOAT64
    (void)low_mean;
    return x - mean;
#else
    return (x - mean) - low_mean;
#endif
}

static Model NAMED(model)(const gmm_pass *pass, const layout *layout, char *scratch) {
    Model m = {
        pass->components, pass->dimension, (SCALAR *)(scratch + layout->means), (SCALAR *)(scratch + layout->low_means),
        (SCALAR *)(scratch + layout->factors), (SCALAR *)(scratch + layout->log_norms), NULL, NULL, NULL,
    };
    for (size_t i = 0; i < m.components * m.dimension; i++) {
        m.means[i] = (SCALAR)pass->means[i];
        m.low_means[i] = (SCALAR)(pass->means[i] - (double)m.means[i]);
    }
    for (size_t i = 0; i < factor_length(pass); i++) m.factors[i] = (SCALAR)(pass->factors[i] * SQRT_HALF);
    for (size_t k = 0; k < m.components; k++) m.log_norms[k] = (SCALAR)pass->log_norms[k];
    if (!is_tied(pass)) return m;

    size_t dimension = m.dimension;
    m.origin = (SCALAR *)(scratch + layout->origin);
    m.low_origin = m.origin + dimension;
    m.shifts = m.low_origin + dimension;
    for (size_t d = 0; d < dimension; d++) {
        double mean = 0;
        for (size_t k = 0; k < m.components; k++) mean += pass->means[k * dimension + d] / (double)m.components;
        m.origin[d] = (SCALAR)mean;
        m.low_origin[d] = (SCALAR)(mean - (double)m.origin[d]);
    }
    for (size_t k = 0; k < m.components; k++) {
        for (size_t a = 0; a < dimension; a++) {
            double shift = 0;
            bool triangular = pass->covariance == GMM_TIED;
            for (size_t e = triangular ? 0 : a; e <= a; e++) {
                double difference = (pass->means[k * dimension + e] - (double)m.origin[e]) - (double)m.low_origin[e];
                shift += pass->factors[triangular ? triangle(a) + e : a] * SQRT_HALF * difference;
            }
            m.shifts[k * dimension + a] = (SCALAR)shift;
        }
    }
    return m;
}
