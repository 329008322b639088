// A chunk of data, block by block: load, log-densities, exponentials, and then either scores or sums.

#define Extremes NAMED(Extremes)
#define sum_of_lane_counts NAMED(sum_of_lane_counts)

// The values of a feature, from the row that the pass begins with.
static inline const SCALAR *NAMED(feature)(const gmm_pass *pass, size_t d) {
    return pass->columns ? pass->columns[d] : (const SCALAR *)pass->values + (ptrdiff_t)d * pass->column_stride;
}

static inline void NAMED(prefetch_piece)(const SCALAR *piece, size_t length) {
    for (size_t i = 0; i < length; i += 64 / sizeof *piece) __builtin_prefetch(piece + i, 0, 2);
}

// Asks for rows start ..< end, which the processor would not foresee while it computes, and would have to wait for. Not
// inlined, so that its cases leave the registers to the loops around it.
static __attribute__((noinline)) void NAMED(prefetch)(const gmm_pass *pass, size_t start, size_t end) {
    if (end > pass->count) end = pass->count;
    if (start >= end) return;
    if (pass->columns) {
        for (size_t d = 0; d < pass->dimension && pass->row_stride == 1; d++)
            NAMED(prefetch_piece)((const SCALAR *)pass->columns[d] + start, end - start);
        return;
    }
    // Pieces without gaps: all rows, or rows, or columns.
    size_t pieces, length;
    ptrdiff_t step = 0;
    if (pass->column_stride == 1 && pass->row_stride == (ptrdiff_t)pass->dimension)
        pieces = 1, length = (end - start) * pass->dimension;
    else if (pass->column_stride == 1) pieces = end - start, length = pass->dimension, step = pass->row_stride;
    else if (pass->row_stride == 1) pieces = pass->dimension, length = end - start, step = pass->column_stride;
    else return;
    const SCALAR *piece = (const SCALAR *)pass->values + (ptrdiff_t)start * pass->row_stride;
    for (; pieces > 0; pieces--, piece += step) NAMED(prefetch_piece)(piece, length);
}

// Fills x with scaled data, and weights.
static void NAMED(load)(const gmm_pass *pass, const Model *m, size_t row, Block *b) {
    size_t padded = b->vectors * LANES, pitch = stride(b->vectors) * LANES;
    ptrdiff_t row_stride = pass->row_stride, column_stride = pass->column_stride;
    bool by_columns = pass->columns || row_stride == 1;
    for (size_t d = 0; d < pass->dimension && by_columns; d++) {
        const SCALAR *column = NAMED(feature)(pass, d) + (ptrdiff_t)row * row_stride;
        SCALAR *x = (SCALAR *)b->x + d * pitch, scale = m->scales[d];
        if (row_stride == 1)
            for (size_t i = 0; i < b->rows; i++) x[i] = column[i] * scale;
        else
            for (size_t i = 0; i < b->rows; i++) x[i] = column[(ptrdiff_t)i * row_stride] * scale;
    }
    // Squares of rows that lie in one piece go through the registers. What is left, a few rows at a time: reads then
    // stay in a few cache lines, and writes run along one.
    const SCALAR *values = by_columns ? NULL : (const SCALAR *)pass->values + (ptrdiff_t)row * row_stride;
    size_t squared = column_stride == 1 ? pass->dimension / LANES * LANES : 0;
    for (size_t start = 0; start < b->rows && !by_columns; start += LANES) {
        size_t end = start + LANES < b->rows ? start + LANES : b->rows, d = 0;
        for (; d < squared && end - start == LANES; d += LANES) {
            VECTOR v[LANES];
            UNROLL for (size_t i = 0; i < LANES; i++)
                memcpy(&v[i], values + (ptrdiff_t)(start + i) * row_stride + d, sizeof *v);
            transpose(v);
            UNROLL for (size_t i = 0; i < LANES; i++) b->x[((d + i) * pitch + start) / LANES] = v[i] * m->scales[d + i];
        }
        for (; d < pass->dimension; d++) {
            SCALAR *x = (SCALAR *)b->x + d * pitch, scale = m->scales[d];
            for (size_t i = start; i < end; i++)
                x[i] = values[(ptrdiff_t)i * row_stride + (ptrdiff_t)d * column_stride] * scale;
        }
    }
    for (size_t d = 0; d < pass->dimension; d++) {
        SCALAR *x = (SCALAR *)b->x + d * pitch;
        for (size_t i = b->rows; i < padded; i++) x[i] = x[b->rows - 1];
    }
    if (pass->weights) {
        SCALAR *w = (SCALAR *)b->weights;
        memcpy(w, (const SCALAR *)pass->weights + row, b->rows * sizeof *w);
        // Nothing else would notice a negative one.
        for (size_t i = 0; i < b->rows; i++) w[i] = w[i] >= 0 ? w[i] : (SCALAR)NAN;
        for (size_t i = b->rows; i < padded; i++) w[i] = 0;
    }
}

// What is wrong with a datum that a result has shown to be at fault. Any fault leaves no largest log-density, and sums
// that are not finite: an infinite residual of one component times its responsibility of zero is NaN. So looking for
// faults costs the hot loop nothing.
static chunk_result NAMED(fault)(const gmm_pass *pass, size_t row) {
    SCALAR w = pass->weights && !scores_wanted(pass) ? ((const SCALAR *)pass->weights)[row] : 1;
    gmm_status status = w >= 0 && w <= SCALAR_MAX ? GMM_OUT_OF_REACH : GMM_INVALID_WEIGHT;
    for (size_t d = 0; d < pass->dimension; d++) {
        SCALAR value = NAMED(feature)(pass, d)[(ptrdiff_t)row * pass->row_stride];
        if (!(value >= -SCALAR_MAX && value <= SCALAR_MAX)) status = GMM_NOT_FINITE;
    }
    return (chunk_result){status, row, &INSTANCE(KERNEL)};
}

// Bounds of what a block's rows have: w / sum is at most `share`, and the largest log-density at least `log_density`.
// Padding counts as 0.
typedef struct Extremes {
    double share, log_density;
} Extremes;

static Extremes NAMED(extremes)(const Block *b) {
    VECTOR share = b->share[0], log_density = b->largest[0];
    for (size_t v = 1; v < b->vectors; v++) {
        share = maximum(b->share[v], share);
        log_density = minimum(b->largest[v], log_density);
    }
    Extremes of_rows = {0, INFINITY};
    for (size_t i = 0; i < LANES; i++) {
        if (share[i] > of_rows.share) of_rows.share = share[i];
        if (log_density[i] < of_rows.log_density) of_rows.log_density = log_density[i];
    }
    return of_rows;
}

// The largest r of a datum in this block that cannot change a component's moments: as many as the block has could not
// add more to any of them, by sum r (1 + |y|^2), than the rounding of its mass so far, in float64. A chunk has at most
// N / B blocks, so what is left out stays within the term N / B 2^-53 of docs/accuracy.md.
//
// With e = exp(l - largest) >= r / share, |y|^2 / 2 = log_norm - largest - log e, so that one datum adds at most r
// a(r), a(r) = max(2, 1 + 2 (log_norm - largest - log(r / share))), which grows with r. For r = limit / (2 a(limit) +
// 4) it is less than the limit.
static SCALAR NAMED(negligible_responsibility)(double log_norm, size_t rows, Extremes of_rows, double mass) {
    double limit = 0x1p-53 * mass / (double)rows,
           a = 1 + 2 * (log_norm - of_rows.log_density - log(limit / of_rows.share));
    return limit > 0 ? (SCALAR)(limit / (2 * (a > 2 ? a : 2) + 4)) : 0;
}

INLINE size_t sum_of_lane_counts(INTEGERS counts) {
    size_t sum = 0;
    for (size_t i = 0; i < LANES; i++) sum += (size_t)counts[i];
    return sum;
}

// Rows with r above the negligible one: how many, and, where they are at most `few`, which. One number behind the last
// is written too. Without branches, as none would be foreseen.
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

// Copies rows, `stride(vectors)` vectors from feature to feature, to as many of `gathered`; zeros behind them. In place
// where there is one feature.
static void NAMED(gather_rows)(size_t features, const VECTOR *x, size_t vectors, const uint16_t *rows, size_t count,
    VECTOR *gathered, size_t gathered_vectors) {
    for (size_t d = 0; d < features; d++) {
        const SCALAR *from = (const SCALAR *)(x + d * stride(vectors));
        SCALAR *to = (SCALAR *)(gathered + d * stride(gathered_vectors));
        for (size_t i = 0; i < count; i++) to[i] = from[rows[i]];
        for (size_t i = count; i < gathered_vectors * LANES; i++) to[i] = 0;
    }
}

// Adds a block's moments. Components of which no row counts are passed over; where few rows do, they are gathered
// first, and moments taken of those.
static void NAMED(multivariate_moments)(const gmm_pass *pass, const layout *layout, const Model *m, const Block *b,
    size_t next, char *scratch, double *statistics) {
    size_t components = m->components, dimension = m->dimension;
    VECTOR *r = (VECTOR *)(scratch + layout->responsibilities), *residuals = (VECTOR *)(scratch + layout->residuals);
    VECTOR *weighted = (VECTOR *)(scratch + layout->weighted_residuals),
           *difference = (VECTOR *)(scratch + layout->differences);
    VECTOR *gathered = (VECTOR *)(scratch + layout->gathered);
    // Where moments are pooled, r of the components that count stay side by side until the overlaps, in place of the
    // exps that they are made of.
    VECTOR *pooled_r = b->exps;
    double *mass = statistics + 1, *first = mass + components, *second = first + components * dimension;
    bool full = whitens_each(pass), pools = pools_moments(pass);
    size_t factors = pass->covariance == GMM_FULL ? triangle(dimension) : 0;
    size_t seconds = is_tied(pass) ? 0 : full ? factors : pass->covariance == GMM_SPHERICAL ? 1 : dimension;
    double *overlaps = (double *)(scratch + layout->overlaps);
    uint32_t *near_components = (uint32_t *)(scratch + layout->near);
    size_t near_count = 0;
    if (pools) memset(residuals, 0, dimension * stride(b->vectors) * sizeof *residuals);

    size_t few = gathers_rows(pass) ? b->rows / FEW_ROWS : 0;
    uint16_t rows[LARGEST_BLOCK / FEW_ROWS + 1];
    Extremes of_rows = NAMED(extremes)(b);
    // Near what is negligible for a component with some data: only a component with few responsibilities above this is
    // worth a closer look.
    SCALAR far = (SCALAR)(0x1p-60 * of_rows.share);
    for (size_t k = 0; k < components; k++) {
        double *f = first + k * dimension, *s = second + k * seconds;
        NAMED(prefetch)(pass, next + b->rows * k / components, next + b->rows * (k + 1) / components);

        size_t vectors = b->vectors, count = b->rows;
        const VECTOR *exps = b->exps + k * stride(vectors);
        if (pools) r = pooled_r + near_count * stride(vectors);
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
        if (!layout->keeps_negligible && sum_of_lane_counts(near) <= few)
            count = NAMED(select_rows)(r, vectors,
                NAMED(negligible_responsibility)((double)m->log_norms[k], b->rows, of_rows, mass[k]), few, rows);
        if (count == 0) continue;
        if (pools) near_components[near_count++] = (uint32_t)k;
        bool gathers = count <= few;
        if (gathers) {
            vectors = (count + PADDED * LANES - 1) / (PADDED * LANES) * PADDED;
            NAMED(gather_rows)(1, r, b->vectors, rows, count, r, vectors);
        }

        // What the moments are of: residuals that were kept, else data.
        bool kept = layout->keeps_residuals;
        const VECTOR *x = kept ? residuals + k * dimension * stride(b->vectors) : b->x;
        if (gathers) {
            NAMED(gather_rows)(dimension, x, b->vectors, rows, count, gathered, vectors);
            x = gathered;
        }
        if (full) {
            if (!kept) {
                Block gathered_block = {.vectors = vectors, .x = (VECTOR *)x};
                NAMED(whiten)
                (m, &gathered_block, m->means + k * dimension, m->low_means + k * dimension, m->factors + k * factors,
                    0, difference, residuals, b->norm);
                x = residuals;
            }
            NAMED(full_moments)(dimension, vectors, r, x, weighted, f, s);
            continue;
        }
        switch (pass->covariance) {
        case GMM_FULL:
        case GMM_TIED: NAMED(tied_moments)(m, k, x, vectors, r, f, NULL, residuals); break;
        case GMM_TIED_DIAGONAL: NAMED(tied_diagonal_moments)(m, k, x, vectors, r, f, NULL, NULL); break;
        case GMM_DIAGONAL: NAMED(diagonal_moments)(m, k, x, vectors, r, f, s, NULL); break;
        case GMM_SPHERICAL: NAMED(spherical_moments)(m, k, x, vectors, r, f, s, NULL); break;
        }
    }
    if (pools) {
        double *of_block = overlaps + triangle(components);
        pooled_moments(pass, m, b, near_count, near_components, pooled_r, residuals, difference, weighted, overlaps,
            of_block, second);
    }
}

// Fills log_densities and largest; labels and largest alone, where each datum goes to one centre.
static void NAMED(log_densities)(const gmm_pass *pass, const layout *layout, const Model *m, Block *b, char *scratch) {
    size_t dimension = m->dimension, vectors = b->vectors,
           factors = pass->covariance == GMM_FULL ? triangle(dimension) : 0;
    VECTOR *residuals = (VECTOR *)(scratch + layout->residuals),
           *difference = (VECTOR *)(scratch + layout->differences);
    bool once = whitens_once(pass), assigns = is_assignment(pass);
    if (is_univariate(pass)) {
        NAMED(univariate_log_densities)(m, b);
        return;
    }
    for (size_t v = 0; v < vectors && assigns; v++) {
        b->largest[v] = splat(-(SCALAR)INFINITY);
        b->labels[v] = (INTEGERS){};
    }
    if (is_triangular(pass) && (!once || *m->is_far != 0)) {
        for (size_t k = 0; k < m->components; k++) {
            VECTOR *l = assigns ? b->norm : b->log_densities + k * stride(vectors);
            NAMED(whiten)
            (m, b, m->means + k * dimension, m->low_means + k * dimension, m->factors + k * factors, m->log_norms[k],
                difference, residuals + (layout->keeps_residuals ? k * dimension * stride(vectors) : 0), l);
            if (assigns) NAMED(take_nearer)(k, b, l);
        }
    } else if (once) {
        if (is_triangular(pass))
            NAMED(whiten)(m, b, m->origin, m->low_origin, m->factors, 0, difference, residuals, b->norm);
        else NAMED(scale)(m, b, residuals);
        if (assigns) NAMED(assign)(m, b, residuals);
        else NAMED(tied_log_densities)(m, b, residuals);
    } else if (pass->covariance == GMM_DIAGONAL) {
        NAMED(diagonal_log_densities)(m, b);
    } else {
        NAMED(spherical_log_densities)(m, b);
    }
    if (!assigns) NAMED(find_largest)(m->components, b);
}

// Whether the sums of rows start ..< end are finite, which they then are in `statistics`; in a pass of scores whether
// all were written. If not, `row` is where a pass of scores stopped.
static bool NAMED(read_rows)(const gmm_pass *pass, const layout *layout, size_t start, size_t end, char *scratch,
    double *statistics, size_t *row) {
    Model m = NAMED(model)(pass, layout, scratch);
    Block b = {
        .x = (VECTOR *)(scratch + layout->x),
        .weights = (VECTOR *)(scratch + layout->weights),
        .largest = (VECTOR *)(scratch + layout->largest),
        .sum = (VECTOR *)(scratch + layout->sum),
        .norm = (VECTOR *)(scratch + layout->sum),
        .share = (VECTOR *)(scratch + layout->share),
        .log_densities = (VECTOR *)(scratch + layout->exps),
        .exps = (VECTOR *)(scratch + layout->exps),
        .labels = (INTEGERS *)(scratch + layout->labels),
    };
    // Responsibilities are not weighted, only their sums.
    bool scoring = scores_wanted(pass), weighted = pass->weights && !scoring, univariate = is_univariate(pass),
         pools = pools_moments(pass);
    size_t components = pass->components, length = gmm_statistics_length(pass),
           seconds = 1 + components * (1 + pass->dimension);
    DOUBLES *sums = (DOUBLES *)(scratch + layout->sums), log_likelihood = {};
    double *overlaps = (double *)(scratch + layout->overlaps);
    LogProduct product = {splat(1), (INTEGERS){}};
    if (univariate) memset(sums, 0, 3 * components * sizeof *sums);
    if (pools) memset(overlaps, 0, triangle(components) * sizeof *overlaps);
    memset(statistics, 0, length * sizeof *statistics);

    for (*row = start; *row < end; *row += b.rows) {
        b.rows = end - *row < layout->block ? end - *row : layout->block;
        b.vectors = (b.rows + PADDED * LANES - 1) / (PADDED * LANES) * PADDED;
        NAMED(load)(pass, &m, *row, &b);
        // In more dimensions the moments of each component ask for a slice of the next block. Passes without moments
        // ask here, but not for rows, which the processor foresees.
        if (univariate || (pass->row_stride == 1 && (scoring || is_assignment(pass))))
            NAMED(prefetch)(pass, *row + b.rows, *row + 2 * b.rows);
        NAMED(log_densities)(pass, layout, &m, &b, scratch);
        if (!is_assignment(pass)) NAMED(exponentials)(components, pass->hard, weighted, &b);
        if (scoring) {
            size_t written =
                is_assignment(pass) ? NAMED(assigned_scores)(pass, *row, &b) : NAMED(scores)(pass, *row, &b);
            if (written == b.rows) continue;
            *row += written;
            return false;
        }
        if (is_assignment(pass)) {
            NAMED(assigned_sums)(pass, *row, weighted, &b, statistics);
            continue;
        }
        NAMED(log_likelihood)(weighted, &b, &log_likelihood, &product);
        if (univariate) NAMED(univariate_moments)(&m, &b, sums);
        else NAMED(multivariate_moments)(pass, layout, &m, &b, *row + b.rows, scratch, statistics);
    }
    if (scoring) return true;

    double logs = 0;
    for (size_t i = 0; i < LANES; i++) logs += log((double)product.mantissa[i]) + (double)product.exponent[i] * LN_2;
    statistics[0] += sum_of_lanes(&log_likelihood) + logs;
    for (size_t k = 0; univariate && k < components; k++) {
        // One factor after the other: the square of one may overflow where the sum is zero.
        double factor = (double)m.factors[k], second = factor * (factor * sum_of_lanes(&sums[3 * k + 2]));
        statistics[1 + k] = sum_of_lanes(&sums[3 * k]);
        statistics[1 + components + k] = factor * sum_of_lanes(&sums[3 * k + 1]);
        statistics[1 + 2 * components + (is_tied(pass) ? 0 : k)] += second;
    }
    // What was whitened here has the factor P / sqrt(2).
    if (whitens_once(pass)) NAMED(whiten_sums)(pass, &m, statistics + 1 + components);
    else
        for (size_t i = 1 + components; i < seconds; i++) statistics[i] *= SQRT_2;
    for (size_t i = seconds; i < length; i++) statistics[i] *= 2;
    if (pools) NAMED(add_between)(pass, &m, overlaps, overlaps + 2 * triangle(components), statistics + seconds);
    for (size_t i = 0; i < length; i++)
        if (!(statistics[i] >= -DBL_MAX && statistics[i] <= DBL_MAX)) return false;
    return true;
}

static chunk_result NAMED(chunk)(
    const gmm_pass *pass, const layout *layout, size_t start, size_t end, char *scratch, double *statistics) {
    size_t row;
    if (NAMED(read_rows)(pass, layout, start, end, scratch, statistics, &row))
        return (chunk_result){GMM_OK, 0, &INSTANCE(KERNEL)};
    if (scores_wanted(pass)) return NAMED(fault)(pass, row);
    // The first row at fault, by halves and by the same arithmetic. Where sums are too large and no row's own are, it
    // is one of those rows.
    while (end - start > 1) {
        size_t middle = start + (end - start) / 2;
        if (NAMED(read_rows)(pass, layout, start, middle, scratch, statistics, &row)) start = middle;
        else end = middle;
    }
    return NAMED(fault)(pass, start);
}
