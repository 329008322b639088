// The parameters of a mixture in the precision of the data.

#define Model NAMED(Model)
#define centred NAMED(centred)

typedef struct Model {
    size_t components, dimension;
    // [D], powers of two that bring residuals to a size whose square the precision holds; everything here is of scaled
    // data. One where residuals are whitened before they are summed.
    SCALAR *scales;
    // [K][D], in two parts, so that float32 loses nothing of a mean that is large beside the deviation. In float64 the
    // low part is not used.
    SCALAR *means, *low_means;
    // P / sqrt(2), so that log density = log_norm - |z|^2 with z = factor (x - mean). Undone on the chunk's sums.
    // Triangles are packed in the order of their use: by tiles of rows, in each by columns.
    SCALAR *factors;
    SCALAR *log_norms; // [K]
    // Where a datum is whitened once: a point among the means [D], in two parts as they are, and z of each mean from
    // there [K][D]; zeros [D]; and whether a mean is so far from the point that differences of z lose too much, other
    // than 0 if so.
    SCALAR *origin, *low_origin, *shifts, *zeros, *is_far;
    // In float64 the point, of data as they are, and the shifts, of y, where moments are pooled.
    double *wide_origin, *wide_shifts;
} Model;

// The largest y of a mean, from the point among them, at which residuals are differences: an error of 4e-6, in float64
// 1e-10, in a residual near one. Beyond it every component's residuals are whitened by themselves, at D / 4 times the
// cost.
#undef FAR_SHIFT
#define FAR_SHIFT (sizeof(SCALAR) == sizeof(float) ? 0x1p6 : 0x1p20)

// x - mean.
INLINE VECTOR centred(VECTOR x, SCALAR mean, SCALAR low_mean) {
#ifdef FLOAT64
    (void)low_mean;
    return x - mean;
#else
    return (x - mean) - low_mean;
#endif
}

// Views into a worker's scratch.
static Model NAMED(model)(const gmm_pass *pass, const layout *layout, char *scratch) {
    SCALAR *origin = (SCALAR *)(scratch + layout->origin);
    return (Model){
        pass->components,
        pass->dimension,
        (SCALAR *)(scratch + layout->scales),
        (SCALAR *)(scratch + layout->means),
        (SCALAR *)(scratch + layout->low_means),
        (SCALAR *)(scratch + layout->factors),
        (SCALAR *)(scratch + layout->log_norms),
        origin,
        origin + pass->dimension,
        origin + 2 * pass->dimension,
        origin + (2 + pass->components) * pass->dimension,
        origin + (3 + pass->components) * pass->dimension,
        (double *)(scratch + layout->wide_origin),
        (double *)(scratch + layout->wide_shifts),
    };
}

// The power of two next to the geometric mean of the components' factors: deviations within 2^60 of each other's mean,
// in float32, keep their squares. A factor of zero has no say.
static SCALAR NAMED(scale_of_feature)(const gmm_pass *pass, size_t d) {
    if (!sums_unwhitened(pass)) return 1;
    long exponents = 0, count = 0, limit = (sizeof(SCALAR) == sizeof(float) ? FLT_MAX_EXP : DBL_MAX_EXP) - 2;
    for (size_t k = 0; k < pass->components; k++) {
        double factor = pass->factors[index_of_factor(pass, k, d, d)];
        if (!(factor > 0 && factor <= DBL_MAX)) continue;
        exponents += ilogb(factor);
        count++;
    }
    long exponent = count > 0 ? exponents / count : 0;
    return (SCALAR)ldexp(1, (int)(exponent > limit ? limit : exponent < -limit ? -limit : exponent));
}

static void NAMED(place_origin)(const gmm_pass *pass, const Model *m) {
    size_t dimension = m->dimension;
    gmm_place_origin(pass, m->wide_origin);
    for (size_t d = 0; d < dimension; d++) {
        double mean = m->wide_origin[d] * (double)m->scales[d];
        m->origin[d] = (SCALAR)mean;
        m->low_origin[d] = (SCALAR)(mean - (double)m->origin[d]);
        m->zeros[d] = 0;
    }
    *m->is_far = 0;
    for (size_t k = 0; k < m->components; k++) {
        for (size_t a = 0; a < dimension; a++) {
            double shift = 0;
            for (size_t e = is_triangular(pass) ? 0 : a; e <= a; e++) {
                double scale = (double)m->scales[e], mean = pass->means[k * dimension + e] * scale;
                double difference = (mean - (double)m->origin[e]) - (double)m->low_origin[e];
                shift += pass->factors[index_of_factor(pass, k, a, e)] / scale * difference;
            }
            m->shifts[k * dimension + a] = (SCALAR)(shift * SQRT_HALF);
            if (pools_moments(pass)) m->wide_shifts[k * dimension + a] = shift;
            if (!(fabs(shift) <= FAR_SHIFT) && pass->log_norms[k] > -INFINITY) *m->is_far = 1;
        }
    }
}

static void NAMED(prepare)(const gmm_pass *pass, const layout *layout, char *scratch) {
    Model m = NAMED(model)(pass, layout, scratch);
    for (size_t d = 0; d < m.dimension; d++) m.scales[d] = NAMED(scale_of_feature)(pass, d);
    for (size_t i = 0; i < m.components * m.dimension; i++) {
        double mean = pass->means[i] * (double)m.scales[i % m.dimension];
        m.means[i] = (SCALAR)mean;
        m.low_means[i] = (SCALAR)(mean - (double)m.means[i]);
    }
    size_t length = factor_length(pass);
    if (is_triangular(pass) && !is_univariate(pass)) {
        SCALAR *packed = m.factors;
        tiling tiles = equal_tiles(m.dimension, ROWS);
        for (const double *factor = pass->factors; factor < pass->factors + length; factor += triangle(m.dimension)) {
            for (size_t start = 0, tile = 0, rows; tile < tiles.count; tile++, start += rows) {
                rows = rows_of_tile(tiles, tile);
                for (size_t e = 0; e < start + rows; e++)
                    for (size_t a = e > start ? e : start; a < start + rows; a++) {
                        *packed++ = (SCALAR)(factor[triangle(a) + e] * SQRT_HALF / (double)m.scales[e]);
                    }
            }
        }
    } else if (is_univariate(pass)) {
        for (size_t k = 0; k < m.components; k++)
            m.factors[k] = (SCALAR)(pass->factors[index_of_factor(pass, k, 0, 0)] * SQRT_HALF / (double)m.scales[0]);
    } else {
        for (size_t i = 0; i < length; i++)
            m.factors[i] = (SCALAR)(pass->factors[i] * SQRT_HALF / (double)m.scales[i % m.dimension]);
    }
    for (size_t k = 0; k < m.components; k++) m.log_norms[k] = (SCALAR)pass->log_norms[k];
    if (whitens_once(pass)) NAMED(place_origin)(pass, &m);
}
