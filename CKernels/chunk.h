// A chunk of data, block by block: load, log-densities, exponentials, and then either scores or sums.

#define Extremes NAMED(Extremes)
#define sum_of_lane_counts NAMED(sum_of_lane_counts)

// Asks for rows first ..< last, which the processor would not foresee while it computes, and would have to wait for.
static void NAMED(prefetch)(const gmm_pass *pass, size_t first, size_t last) {
    if (last > pass->count) last = pass->count;
    if (first >= last) return;
    // Pieces without gaps: all rows, or rows, or columns.
    size_t pieces, length;
    ptrdiff_t step = 0;
    if (pass->column_stride == 1 && pass->row_stride == (ptrdiff_t)pass->dimension) pieces = 1, length = (last - first) * pass->dimension;
    else if (pass->column_stride == 1) pieces = last - first, length = pass->dimension, step = pass->row_stride;
    else if (pass->row_stride == 1) pieces = pass->dimension, length = last - first, step = pass->column_stride;
    else return;
    const SCALAR *piece = (const SCALAR *)pass->values + (ptrdiff_t)first * pass->row_stride;
    for (; pieces > 0; pieces--, piece += step)
        for (size_t i = 0; i < length; i += 64 / sizeof *piece) __builtin_prefetch(piece + i, 0, 2);
}

// Fills x with scaled data, and weights.
static void NAMED(load)(const gmm_pass *pass, const Model *m, size_t first, Block *b) {
    size_t padded = b->vectors * LANES, pitch = stride(b->vectors) * LANES;
    ptrdiff_t row_stride = pass->row_stride, column_stride = pass->column_stride;
    const SCALAR *values = (const SCALAR *)pass->values + (ptrdiff_t)first * row_stride;
    for (size_t d = 0; d < pass->dimension && row_stride == 1; d++) {
        const SCALAR *column = values + (ptrdiff_t)d * column_stride;
        SCALAR *x = (SCALAR *)b->x + d * pitch, scale = m->scales[d];
        for (size_t i = 0; i < b->rows; i++) x[i] = column[i] * scale;
    }
    // Squares of rows that lie in one piece go through the registers. What is left, a few rows at a time: reads then stay in a few cache
    // lines, and writes run along one.
    size_t squared = row_stride != 1 && column_stride == 1 ? pass->dimension / LANES * LANES : 0;
    for (size_t start = 0; start < b->rows && row_stride != 1; start += LANES) {
        size_t end = start + LANES < b->rows ? start + LANES : b->rows, d = 0;
        for (; d < squared && end - start == LANES; d += LANES) {
            VECTOR v[LANES];
            UNROLL for (size_t i = 0; i < LANES; i++) memcpy(&v[i], values + (ptrdiff_t)(start + i) * row_stride + d, sizeof *v);
            transpose(v);
            UNROLL for (size_t i = 0; i < LANES; i++) b->x[((d + i) * pitch + start) / LANES] = v[i] * m->scales[d + i];
        }
        for (; d < pass->dimension; d++) {
            SCALAR *x = (SCALAR *)b->x + d * pitch, scale = m->scales[d];
            for (size_t i = start; i < end; i++) x[i] = values[(ptrdiff_t)i * row_stride + (ptrdiff_t)d * column_stride] * scale;
        }
    }
    for (size_t d = 0; d < pass->dimension; d++) {
        SCALAR *x = (SCALAR *)b->x + d * pitch;
        for (size_t i = b->rows; i < padded; i++) x[i] = x[b->rows - 1];
    }
    if (pass->weights) {
        SCALAR *w = (SCALAR *)b->weights;
        memcpy(w, (const SCALAR *)pass->weights + first, b->rows * sizeof *w);
        // Nothing else would notice a negative one.
        for (size_t i = 0; i < b->rows; i++) w[i] = w[i] >= 0 ? w[i] : (SCALAR)NAN;
        for (size_t i = b->rows; i < padded; i++) w[i] = 0;
    }
}

// What is wrong with the first datum at fault, looked for only when a result is not finite: any fault makes one so, which costs the hot loop
// nothing. An infinite residual of one component times its responsibility of zero is NaN; no log-density at all leaves -infinity, or 0 / 0.
static chunk_result NAMED(diagnosis)(const gmm_pass *pass, size_t first, size_t last, const Model *m) {
    size_t dimension = m->dimension;
    for (size_t i = first; i < last; i++) {
        const SCALAR *x = (const SCALAR *)pass->values + (ptrdiff_t)i * pass->row_stride;
        SCALAR w = pass->weights ? ((const SCALAR *)pass->weights)[i] : 1;
        for (size_t d = 0; d < dimension; d++) {
            SCALAR value = x[(ptrdiff_t)d * pass->column_stride];
            if (!(value >= -SCALAR_MAX && value <= SCALAR_MAX)) return (chunk_result){GMM_NOT_FINITE, INDEX_OF_KERNEL, i};
        }
        if (!(w >= 0 && w <= SCALAR_MAX)) return (chunk_result){GMM_INVALID_WEIGHT, INDEX_OF_KERNEL, i};
        bool reached = false;
        for (size_t k = 0; k < m->components; k++) {
            SCALAR square = 0;
            for (size_t a = 0; a < dimension; a++) {
                SCALAR z = 0;
                for (size_t e = is_triangular(pass) ? 0 : a; e <= a; e++) {
                    double factor = pass->factors[index_of_factor(pass, k, a, e)] * SQRT_HALF / (double)m->scales[e];
                    z += (x[(ptrdiff_t)e * pass->column_stride] * m->scales[e] - m->means[k * dimension + e]) * (SCALAR)factor;
                }
                if (!(z >= -SCALAR_MAX && z <= SCALAR_MAX)) return (chunk_result){GMM_OUT_OF_REACH, INDEX_OF_KERNEL, i};
                square += z * z;
            }
            if (m->log_norms[k] - square >= -SCALAR_MAX) reached = true;
        }
        if (!reached) return (chunk_result){GMM_OUT_OF_REACH, INDEX_OF_KERNEL, i};
    }
    return (chunk_result){GMM_OK, INDEX_OF_KERNEL, 0};
}

// What the rows of a block have in common: the largest w / sum, and the least of the largest log-densities, or less: padding counts as 0.
typedef struct Extremes {
    double share, largest;
} Extremes;

static Extremes NAMED(extremes)(const Block *b) {
    VECTOR share = b->share[0], largest = b->largest[0];
    for (size_t v = 1; v < b->vectors; v++) {
        share = maximum(b->share[v], share);
        largest = minimum(b->largest[v], largest);
    }
    Extremes of_rows = {0, INFINITY};
    for (size_t i = 0; i < LANES; i++) {
        if (share[i] > of_rows.share) of_rows.share = share[i];
        if (largest[i] < of_rows.largest) of_rows.largest = largest[i];
    }
    return of_rows;
}

// The largest r of a datum in this block that cannot change a component's moments: as many as the block has could not add more to any of them, by
// sum r (1 + |y|^2), than the rounding of its mass so far, in float64. A chunk has at most N / B blocks, so what is left out stays within the
// term N / B 2^-53 of docs/accuracy.md.
//
// With e = exp(l - largest) >= r / share, |y|^2 / 2 = log_norm - largest - log e, so that one datum adds at most r a(r),
// a(r) = max(2, 1 + 2 (log_norm - largest - log(r / share))), which grows with r. For r = limit / (2 a(limit) + 4) it is less than the limit.
static SCALAR NAMED(negligible_responsibility)(double log_norm, size_t rows, Extremes of_rows, double mass) {
    double limit = 0x1p-53 * mass / (double)rows, a = 1 + 2 * (log_norm - of_rows.largest - log(limit / of_rows.share));
    return limit > 0 ? (SCALAR)(limit / (2 * (a > 2 ? a : 2) + 4)) : 0;
}

INLINE size_t sum_of_lane_counts(INTEGERS counts) {
    size_t sum = 0;
    for (size_t i = 0; i < LANES; i++) sum += (size_t)counts[i];
    return sum;
}

// Rows with r above the negligible one: how many, and, where they are at most `few`, which. One number behind the last is written too. Without
// branches, as none would be foreseen.
static size_t NAMED(select_rows)(const VECTOR *r, size_t vectors, SCALAR negligible, size_t few, uint16_t *rows) {
    INTEGERS counts = {};
    for (size_t v = 0; v < vectors; v++) counts -= r[v] > negligible;
    size_t count = sum_of_lane_counts(counts);
    for (size_t v = 0; v < vectors && count > 0 && count <= few; v++) {
        unsigned bits = bits_of_lanes(r[v] > negligible);
        UNROLL for (size_t i = 0; i < LANES; i++, bits >>= 1) {
            *rows = (uint16_t)(v * LANES + i);
            rows += bits & 1;
        }
    }
    return count;
}

// Copies rows, `stride(vectors)` vectors from feature to feature, to as many of `gathered`; zeros behind them. In place where there is one feature.
static void NAMED(gather_rows)(
    size_t features, const VECTOR *x, size_t vectors, const uint16_t *rows, size_t count, VECTOR *gathered, size_t gathered_vectors
) {
    for (size_t d = 0; d < features; d++) {
        const SCALAR *from = (const SCALAR *)(x + d * stride(vectors));
        SCALAR *to = (SCALAR *)(gathered + d * stride(gathered_vectors));
        for (size_t i = 0; i < count; i++) to[i] = from[rows[i]];
        for (size_t i = count; i < gathered_vectors * LANES; i++) to[i] = 0;
    }
}

// Adds a block's moments. Components of which no row counts are passed over; where few rows do, they are gathered first, and moments taken of
// those.
static void NAMED(multivariate_moments)(
    const gmm_pass *pass, const layout *layout, const Model *m, const Block *b, size_t next, char *scratch, double *statistics
) {
    size_t components = m->components, dimension = m->dimension;
    VECTOR *r = (VECTOR *)(scratch + layout->responsibilities), *residuals = (VECTOR *)(scratch + layout->residuals);
    VECTOR *weighted = (VECTOR *)(scratch + layout->weighted_residuals), *difference = (VECTOR *)(scratch + layout->differences);
    VECTOR *gathered = (VECTOR *)(scratch + layout->gathered);
    double *mass = statistics + 1, *first = mass + components, *second = first + components * dimension;
    bool full = pass->covariance == GMM_FULL;
    size_t seconds = full ? triangle(dimension) : is_tied(pass) ? 0 : pass->covariance == GMM_SPHERICAL ? 1 : dimension;

    size_t few = gathers_rows(pass) ? b->rows / FEW_ROWS : 0;
    uint16_t rows[LARGEST_BLOCK / FEW_ROWS + 1];
    Extremes of_rows = NAMED(extremes)(b);
    // Whether it is worth looking: about what is negligible where a component has some data.
    SCALAR far = (SCALAR)(0x1p-60 * of_rows.share);
    for (size_t k = 0; k < components; k++) {
        double *f = first + k * dimension, *s = second + k * seconds;
        NAMED(prefetch)(pass, next + b->rows * k / components, next + b->rows * (k + 1) / components);

        size_t vectors = b->vectors, count = b->rows;
        const VECTOR *exps = b->exps + k * stride(vectors);
        VECTOR sum[2] = {};
        INTEGERS near = {};
        for (size_t v = 0; v < vectors; v += 2) {
            UNROLL for (size_t u = 0; u < 2; u++) {
                r[v + u] = exps[v + u] * b->share[v + u];
                sum[u] += r[v + u];
                near -= r[v + u] > far;
            }
        }
        mass[k] += horizontal(sum[0] + sum[1]);
        if (!pass->keeps_negligible && sum_of_lane_counts(near) <= few)
            count = NAMED(select_rows)(
                r, vectors, NAMED(negligible_responsibility)((double)m->log_norms[k], b->rows, of_rows, mass[k]), few, rows);
        if (count == 0) continue;
        bool gathers = count <= few;
        if (gathers) {
            vectors = (count + GROUP * LANES - 1) / (GROUP * LANES) * GROUP;
            NAMED(gather_rows)(1, r, b->vectors, rows, count, r, vectors);
        }

        // What the moments are of: residuals that were kept, else data.
        bool kept = is_tied(pass) || layout->keeps_residuals;
        const VECTOR *x = kept ? residuals + (full ? k * dimension * stride(b->vectors) : 0) : b->x;
        if (gathers) {
            NAMED(gather_rows)(dimension, x, b->vectors, rows, count, gathered, vectors);
            x = gathered;
        }
        switch (pass->covariance) {
        case GMM_FULL:
            if (!kept) {
                Block gathered_block = {.vectors = vectors, .x = (VECTOR *)x};
                NAMED(whiten)(
                    m, &gathered_block, m->means + k * dimension, m->low_means + k * dimension, m->factors + k * triangle(dimension), 0,
                    difference, residuals, b->sum);
                x = residuals;
            }
            NAMED(full_moments)(dimension, vectors, r, x, weighted, f, s);
            break;
        case GMM_TIED:
        case GMM_TIED_DIAGONAL: NAMED(tied_moments)(m, k, x, vectors, r, f, s); break;
        case GMM_DIAGONAL: NAMED(diagonal_moments)(m, k, x, vectors, r, f, s); break;
        case GMM_SPHERICAL: NAMED(spherical_moments)(m, k, x, vectors, r, f, s); break;
        }
    }
}

// Fills exps with log-densities, and largest; labels and largest alone, where each datum goes to one centre.
static void NAMED(log_densities)(const gmm_pass *pass, const layout *layout, const Model *m, Block *b, char *scratch) {
    size_t dimension = m->dimension, vectors = b->vectors;
    VECTOR *residuals = (VECTOR *)(scratch + layout->residuals), *difference = (VECTOR *)(scratch + layout->differences);
    if (is_univariate(pass)) {
        NAMED(univariate_log_densities)(m, b);
        return;
    }
    switch (pass->covariance) {
    case GMM_FULL:
        for (size_t k = 0; k < m->components; k++) {
            NAMED(whiten)(
                m, b, m->means + k * dimension, m->low_means + k * dimension, m->factors + k * triangle(dimension), m->log_norms[k], difference,
                residuals + (layout->keeps_residuals ? k * dimension * stride(vectors) : 0), b->exps + k * stride(vectors));
        }
        break;
    case GMM_TIED:
        NAMED(whiten)(m, b, m->origin, m->low_origin, m->factors, 0, difference, residuals, b->sum);
        break;
    case GMM_TIED_DIAGONAL: NAMED(scale)(m, b, residuals); break;
    case GMM_DIAGONAL: NAMED(diagonal_log_densities)(m, b); break;
    case GMM_SPHERICAL: NAMED(spherical_log_densities)(m, b); break;
    }
    if (is_assignment(pass)) {
        NAMED(assign)(m, b, residuals);
        return;
    }
    if (is_tied(pass)) NAMED(tied_log_densities)(m, b, residuals);
    NAMED(find_largest)(m->components, b);
}

static chunk_result NAMED(chunk)(
    const gmm_pass *pass, const layout *layout, size_t first, size_t last, char *scratch, double *statistics
) {
    Model m = NAMED(model)(pass, layout, scratch);
    Block b = {
        .x = (VECTOR *)(scratch + layout->x), .weights = (VECTOR *)(scratch + layout->weights), .largest = (VECTOR *)(scratch + layout->largest),
        .sum = (VECTOR *)(scratch + layout->sum), .share = (VECTOR *)(scratch + layout->share), .exps = (VECTOR *)(scratch + layout->exps),
        .labels = (INTEGERS *)(scratch + layout->labels),
    };
    // Responsibilities are not weighted, only their sums.
    bool scoring = scores_wanted(pass), weighted = pass->weights && !scoring, univariate = is_univariate(pass);
    size_t components = pass->components, length = gmm_statistics_length(pass);
    DOUBLES *sums = (DOUBLES *)(scratch + layout->sums), log_likelihood = {};
    LogProduct product = {splat(1), (INTEGERS){}};
    if (univariate) memset(sums, 0, 3 * components * sizeof *sums);
    memset(statistics, 0, length * sizeof *statistics);

    for (size_t row = first; row < last; row += layout->block) {
        b.rows = last - row < layout->block ? last - row : layout->block;
        b.vectors = (b.rows + GROUP * LANES - 1) / (GROUP * LANES) * GROUP;
        NAMED(load)(pass, &m, row, &b);
        // Moments in more dimensions do that, a slice with every component; along rows the processor foresees as much.
        if (univariate || (pass->row_stride == 1 && (scoring || is_assignment(pass)))) NAMED(prefetch)(pass, row + b.rows, row + 2 * b.rows);
        NAMED(log_densities)(pass, layout, &m, &b, scratch);
        if (is_assignment(pass)) {
            if (!scoring) NAMED(assigned_sums)(pass, row, weighted, &b, statistics);
            else if (!NAMED(assigned_scores)(pass, row, &b)) return NAMED(diagnosis)(pass, row, last, &m);
            continue;
        }
        NAMED(exponentials)(components, pass->hard, weighted, &b);
        if (scoring) {
            if (!NAMED(scores)(pass, row, &b)) return NAMED(diagnosis)(pass, row, last, &m);
        } else {
            NAMED(log_likelihood)(weighted, &b, &log_likelihood, &product);
            if (univariate) NAMED(univariate_moments)(&m, &b, sums);
            else NAMED(multivariate_moments)(pass, layout, &m, &b, row + b.rows, scratch, statistics);
        }
    }
    if (scoring) return (chunk_result){GMM_OK, INDEX_OF_KERNEL, 0};

    if (is_assignment(pass)) NAMED(whiten_sums)(pass, statistics + 1 + components);
    double logs = 0;
    for (size_t i = 0; i < LANES; i++) logs += log((double)product.mantissa[i]) + (double)product.exponent[i] * LN_2;
    statistics[0] += sum_of_lanes(&log_likelihood) + logs;
    for (size_t k = 0; univariate && k < components; k++) {
        double unit = 1;
        for (size_t moment = 0; moment < 3; moment++, unit *= (double)m.factors[k])
            statistics[1 + moment * components + k] = unit * sum_of_lanes(&sums[3 * k + moment]);
    }
    size_t seconds = 1 + components * (1 + pass->dimension);
    for (size_t i = 1 + components; i < length && !is_assignment(pass); i++) statistics[i] *= i < seconds ? SQRT_2 : 2;
    for (size_t i = 0; i < length; i++)
        if (!(statistics[i] >= -DBL_MAX && statistics[i] <= DBL_MAX)) return NAMED(diagnosis)(pass, first, last, &m);
    return (chunk_result){GMM_OK, INDEX_OF_KERNEL, 0};
}
