// Nearest centres: a hard pass of a tied type. No exp, and sums whose cost does not grow with the number of centres.

#define nearest_of NAMED(nearest_of)

// Takes centres k ..< k + count into the running maximum of l and its label, for ABREAST vectors of z.
INLINE void nearest_of(int count, size_t k, const Model *m, const VECTOR *z, size_t vectors, VECTOR largest[ABREAST],
    INTEGERS label[ABREAST]) {
    VECTOR square[CENTRES][GROUP];
    squared_norms(GMM_TIED, count, ABREAST, m, k, z, vectors, square);
    UNROLL for (int c = 0; c < count; c++) {
        UNROLL for (int u = 0; u < ABREAST; u++) {
            VECTOR l = m->log_norms[k + (size_t)c] - square[c][u];
            INTEGERS better = l > largest[u];
            largest[u] = select_lanes(better, l, largest[u]);
            label[u] = (better & (INTEGER)(k + (size_t)c)) | (~better & label[u]);
        }
    }
}

// Fills largest and labels from z = P (x - origin). NaN is larger than nothing, and leaves -infinity.
static void NAMED(assign)(const Model *m, Block *b, const VECTOR *z) {
    size_t whole = m->components / CENTRES * CENTRES;
    for (size_t v = 0; v < b->vectors; v += ABREAST) {
        VECTOR largest[ABREAST];
        INTEGERS label[ABREAST] = {};
        UNROLL for (int u = 0; u < ABREAST; u++) largest[u] = splat(-(SCALAR)INFINITY);
        for (size_t k = 0; k < whole; k += CENTRES) nearest_of(CENTRES, k, m, z + v, b->vectors, largest, label);
        for (size_t k = whole; k < m->components; k++) nearest_of(1, k, m, z + v, b->vectors, largest, label);
        UNROLL for (int u = 0; u < ABREAST; u++) {
            b->largest[v + u] = largest[u];
            b->labels[v + u] = label[u];
        }
    }
}

// Takes centre k into largest and labels, where data were whitened for each centre by itself.
static void NAMED(take_nearer)(size_t k, Block *b, const VECTOR *l) {
    for (size_t v = 0; v < b->vectors; v++) {
        INTEGERS better = l[v] > b->largest[v];
        b->largest[v] = select_lanes(better, l[v], b->largest[v]);
        b->labels[v] = (better & (INTEGER)k) | (~better & b->labels[v]);
    }
}

// Adds a block's sums of w l and w, and of w (x - mean), which is not whitened yet, in float64 to statistics. Datum by
// datum, along the features of one centre.
static void NAMED(assigned_sums)(
    const gmm_pass *pass, size_t row, bool weighted, const Block *b, double *restrict statistics) {
    size_t components = pass->components, dimension = pass->dimension;
    const INTEGER *labels = (const INTEGER *)b->labels;
    const SCALAR *largest = (const SCALAR *)b->largest, *weights = (const SCALAR *)b->weights;
    double *restrict mass = statistics + 1, *restrict first = mass + components, log_likelihood = 0;
    bool along = has_whole_rows(pass);
    for (size_t i = 0; i < b->rows; i++) {
        size_t k = (size_t)labels[i];
        double w = weighted ? (double)weights[i] : 1;
        const SCALAR *x =
            along ? (const SCALAR *)pass->values + (ptrdiff_t)(row + i) * pass->row_stride : (const SCALAR *)b->x + i;
        const double *mean = pass->means + k * dimension;
        double *restrict sum = first + k * dimension;
        log_likelihood += w * (double)largest[i];
        mass[k] += w;
        if (along)
            for (size_t d = 0; d < dimension; d++) sum[d] += w * ((double)x[d] - mean[d]);
        else
            for (size_t d = 0; d < dimension; d++) sum[d] += w * ((double)x[d * stride(b->vectors) * LANES] - mean[d]);
    }
    statistics[0] += log_likelihood;
}

// Writes the scores of a block, up to the first row that is at fault; returns the rows that were written.
static size_t NAMED(assigned_scores)(const gmm_pass *pass, size_t row, const Block *b) {
    const SCALAR *largest = (const SCALAR *)b->largest;
    const INTEGER *labels = (const INTEGER *)b->labels;
    for (size_t i = 0; i < b->rows; i++) {
        if (!(largest[i] >= -SCALAR_MAX)) return i;
        if (pass->log_densities) ((SCALAR *)pass->log_densities)[row + i] = largest[i];
        if (pass->labels) pass->labels[row + i] = (int32_t)labels[i];
        for (size_t k = 0; k < pass->components && pass->responsibilities; k++)
            ((SCALAR *)pass->responsibilities)[(row + i) * pass->components + k] = (size_t)labels[i] == k;
    }
    return b->rows;
}
