// More dimensions: whitened residuals by register tiles of ROWS rows and ABREAST vectors, moments by tiles of
// ROWS_OF_MOMENTS rows and COLUMNS columns. Sums of a block go straight to the chunk's statistics, in float64.

#define pooled_moments NAMED(pooled_moments)
#define folded NAMED(folded)
#define add_sums NAMED(add_sums)
#define horizontal NAMED(horizontal)
#define whiten_in_place NAMED(whiten_in_place)
#define whitened_rows NAMED(whitened_rows)
#define add_second_moments NAMED(add_second_moments)
#define moments_of_rows NAMED(moments_of_rows)
#define squared_norms NAMED(squared_norms)
#define featurewise_log_densities NAMED(featurewise_log_densities)
#define moments_of_features NAMED(moments_of_features)
#define featurewise_moments NAMED(featurewise_moments)
#define Whitening NAMED(Whitening)

// Sums of n and n lanes of each.
INLINE VECTOR folded(size_t n, VECTOR a, VECTOR b) { return first_lanes(n, a, b) + last_lanes(n, a, b); }

// Adds the sums of the lanes of up to four vectors, pairwise, to as many numbers.
INLINE void add_sums(int count, const VECTOR *v, double *to) {
    VECTOR a = v[0], b = count > 1 ? v[1] : (VECTOR){}, c = count > 2 ? v[2] : (VECTOR){},
           d = count > 3 ? v[3] : (VECTOR){};
    SCALAR lanes[2 * LANES];
    // Each number is then in every fourth lane; where a vector has but two, two vectors hold the four.
    VECTOR sums = LANES == 2 ? folded(1, a, b) : folded(2, folded(1, a, b), folded(1, c, d)),
           more = LANES == 2 ? folded(1, c, d) : (VECTOR){};
    memcpy(lanes, &sums, sizeof sums);
    memcpy(lanes + LANES, &more, sizeof more);
    UNROLL for (size_t half = LANES / 2; half >= 4; half /= 2) {
        for (size_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    UNROLL for (int i = 0; i < count; i++) to[i] += (double)lanes[i];
}

INLINE double horizontal(VECTOR v) {
    double sum = 0;
    add_sums(1, &v, &sum);
    return sum;
}

// MARK: Residuals and log-densities

// What a block is whitened by, and where z = P (x - mean) goes.
typedef struct Whitening {
    size_t dimension, vectors;
    const VECTOR *x;
    const SCALAR *mean, *low_mean;
    SCALAR log_norm;
    VECTOR *difference;  // [D][ABREAST]
    VECTOR *log_density; // [vectors]: |z|^2 of the rows so far, and with the last log_norm - |z|^2
    VECTOR *z;           // [D][vectors]
} Whitening;

// Rows a ..< a + rows of z for vectors start ..< end, `factor` as Model packs it. Each difference x - mean is computed
// where the first of its products needs it, since it then costs no time of its own.
INLINE void whitened_rows(int rows, size_t a, const SCALAR *factor, size_t start, size_t end, const Whitening *w) {
    bool last = a + (size_t)rows == w->dimension;
    size_t pitch = stride(w->vectors);
    const VECTOR *x = w->x + a * pitch + start;
    VECTOR *z = w->z + a * pitch + start, *log_density = w->log_density + start;
    const SCALAR *mean = w->mean + a, *low_mean = w->low_mean + a;
    for (size_t v = start; v < end; v += ABREAST, x += ABREAST, z += ABREAST, log_density += ABREAST) {
        VECTOR sum[ROWS][ABREAST], square[ABREAST], *difference = w->difference;
        const SCALAR *p = factor;
        UNROLL for (int u = 0; u < ABREAST; u++) square[u] = a > 0 ? log_density[u] : (VECTOR){};
        UNROLL for (int r = 0; r < rows; r++) { UNROLL for (int u = 0; u < ABREAST; u++) sum[r][u] = (VECTOR){}; }
        for (size_t e = 0; e < a; e++, difference += ABREAST, p += rows) {
            UNROLL for (int r = 0; r < rows; r++) {
                UNROLL for (int u = 0; u < ABREAST; u++) sum[r][u] += p[r] * difference[u];
            }
        }
        UNROLL for (int c = 0; c < rows; c++) {
            VECTOR own[ABREAST];
            UNROLL for (int u = 0; u < ABREAST; u++) own[u] =
                centred(x[(size_t)c * pitch + (size_t)u], mean[c], low_mean[c]);
            if (!last) {
                UNROLL for (int u = 0; u < ABREAST; u++) difference[c * ABREAST + u] = own[u];
            }
            UNROLL for (int r = c; r < rows; r++, p++) {
                UNROLL for (int u = 0; u < ABREAST; u++) sum[r][u] += *p * own[u];
                UNROLL for (int u = 0; u < ABREAST; u++) IN_ORDER(sum[r][u]);
            }
            // Row c is complete.
            UNROLL for (int u = 0; u < ABREAST; u++) {
                z[(size_t)c * pitch + (size_t)u] = sum[c][u];
                square[u] += sum[c][u] * sum[c][u];
                IN_ORDER(square[u]);
            }
        }
        UNROLL for (int u = 0; u < ABREAST; u++) log_density[u] = last ? w->log_norm - square[u] : square[u];
    }
}

// z = P (x - mean) for a block, and log_norm - |z|^2. All tiles for as many vectors as stand abreast before the next of
// those: so their differences stay near. One tile needs none.
static void NAMED(whiten)(const Model *m, const Block *b, const SCALAR *mean, const SCALAR *low_mean,
    const SCALAR *factor, SCALAR log_norm, VECTOR *difference, VECTOR *z, VECTOR *log_density) {
    size_t dimension = m->dimension, vectors = b->vectors;
    Whitening w = {dimension, vectors, b->x, mean, low_mean, log_norm, difference, log_density, z};
    tiling tiles = equal_tiles(dimension, ROWS);
    size_t abreast = tiles.count > 1 ? ABREAST : vectors;
    for (size_t v = 0; v < vectors; v += abreast) {
        const SCALAR *p = factor;
        for (size_t a = 0, tile = 0, rows; tile < tiles.count; tile++, p += rows * a + triangle(rows), a += rows) {
            rows = rows_of_tile(tiles, tile);
            switch (rows) {
            case 1: whitened_rows(1, a, p, v, v + abreast, &w); break;
            case 2: whitened_rows(2, a, p, v, v + abreast, &w); break;
            case 3: whitened_rows(3, a, p, v, v + abreast, &w); break;
            case 4: whitened_rows(4, a, p, v, v + abreast, &w); break;
            case 5: whitened_rows(5, a, p, v, v + abreast, &w); break;
            case 6: whitened_rows(6, a, p, v, v + abreast, &w); break;
            }
        }
    }
}

// Tied diagonal: z = P (x - origin).
static void NAMED(scale)(const Model *m, const Block *b, VECTOR *z) {
    size_t vectors = b->vectors;
    for (size_t d = 0; d < m->dimension; d++)
        for (size_t v = 0; v < vectors; v++)
            z[d * stride(vectors) + v] =
                centred(b->x[d * stride(vectors) + v], m->origin[d], m->low_origin[d]) * m->factors[d];
}

// |z|^2 of components k ..< k + count for `abreast` vectors from x on. x holds data, or P (x - origin) of the tied
// types, whitened once for each datum.
INLINE void squared_norms(gmm_covariance covariance, int count, int abreast, const Model *m, size_t k, const VECTOR *x,
    size_t vectors, VECTOR square[][GROUP]) {
    size_t dimension = m->dimension, start = k * dimension;
    const SCALAR *mean = m->means + start, *low_mean = m->low_means + start,
                 *factor = m->factors + (covariance == GMM_DIAGONAL ? start : k);
    const SCALAR *shift = covariance == GMM_TIED ? m->shifts + start : NULL;
    UNROLL for (int c = 0; c < count; c++) { UNROLL for (int u = 0; u < abreast; u++) square[c][u] = (VECTOR){}; }
    for (size_t d = 0; d < dimension; d++, x += stride(vectors)) {
        UNROLL for (int c = 0; c < count; c++) {
            size_t i = (size_t)c * dimension + d;
            UNROLL for (int u = 0; u < abreast; u++) {
                VECTOR z = covariance == GMM_TIED ? x[u] - shift[i]
                                                  : centred(x[u], mean[i], low_mean[i]) *
                                                        factor[covariance == GMM_DIAGONAL ? i : (size_t)c];
                square[c][u] += z * z;
            }
        }
    }
}

// Fills log_densities, two components at a time.
INLINE void featurewise_log_densities(gmm_covariance covariance, const Model *m, Block *b, const VECTOR *x) {
    size_t vectors = b->vectors;
    for (size_t k = 0; k < m->components; k += 2) {
        bool two = k + 1 < m->components;
        for (size_t v = 0; v < vectors; v += GROUP) {
            VECTOR square[2][GROUP], *l = b->log_densities + k * stride(vectors) + v;
            if (two) squared_norms(covariance, 2, GROUP, m, k, x + v, vectors, square);
            else squared_norms(covariance, 1, GROUP, m, k, x + v, vectors, square);
            EACH(u) l[u] = m->log_norms[k] - square[0][u];
            if (two) EACH(u) l[stride(vectors) + (size_t)u] = m->log_norms[k + 1] - square[1][u];
        }
    }
}

static void NAMED(diagonal_log_densities)(const Model *m, Block *b) {
    featurewise_log_densities(GMM_DIAGONAL, m, b, b->x);
}
static void NAMED(spherical_log_densities)(const Model *m, Block *b) {
    featurewise_log_densities(GMM_SPHERICAL, m, b, b->x);
}
static void NAMED(tied_log_densities)(const Model *m, Block *b, const VECTOR *z) {
    featurewise_log_densities(GMM_TIED, m, b, z);
}

// MARK: Moments

// Adds the sums over a block of r z z^T to a packed lower triangle: rows a ..< a + rows, columns e ..< e + columns. rz
// holds r z of these rows alone, z all rows.
INLINE void add_second_moments(
    int rows, int columns, size_t a, size_t e, const VECTOR *rz, const VECTOR *z, size_t vectors, double *second) {
    VECTOR sum[ROWS_OF_MOMENTS][COLUMNS];
    UNROLL for (int r = 0; r < rows; r++) { UNROLL for (int c = 0; c < columns; c++) sum[r][c] = (VECTOR){}; }
    z += e * stride(vectors);
    for (size_t v = 0; v < vectors; v++) {
        VECTOR right[COLUMNS];
        UNROLL for (int c = 0; c < columns; c++) right[c] = z[(size_t)c * stride(vectors) + v];
        UNROLL for (int r = 0; r < rows; r++) {
            VECTOR left = rz[(size_t)r * stride(vectors) + v];
            UNROLL for (int c = 0; c < columns; c++) sum[r][c] += left * right[c];
        }
    }
    UNROLL for (int r = 0; r < rows; r++) add_sums(columns, sum[r], second + triangle(a + (size_t)r) + e);
}

// First moments unless NULL, and all columns of second ones, of `rows` rows from a on.
INLINE void moments_of_rows(
    int rows, size_t a, const VECTOR *r, const VECTOR *z, VECTOR *rz, size_t vectors, double *first, double *second) {
    // The square on the diagonal comes first, and with it r z, which is stored for the columns left of it. There are
    // registers for its sums alone.
    VECTOR sum[ROWS_OF_MOMENTS] = {}, square[ROWS_OF_MOMENTS][ROWS_OF_MOMENTS] = {};
    for (size_t v = 0; v < vectors; v++) {
        const VECTOR *own = z + a * stride(vectors) + v;
        size_t step = stride(vectors);
#if defined(__aarch64__)
        // Loaded once: no product here takes an operand from memory.
        VECTOR held[ROWS_OF_MOMENTS];
        UNROLL for (int d = 0; d < rows; d++) held[d] = own[(size_t)d * step];
        own = held, step = 1;
#endif
        VECTOR share = r[v];
        UNROLL for (int d = 0; d < rows; d++) {
            VECTOR product = share * own[(size_t)d * step];
            IN_ORDER(product);
            rz[(size_t)d * stride(vectors) + v] = product;
            sum[d] += product;
            UNROLL for (int e = 0; e <= d; e++) square[d][e] += product * own[(size_t)e * step];
        }
    }
    if (first) add_sums(rows, sum, first + a);
    UNROLL for (int d = 0; d < rows; d++) add_sums(d + 1, square[d], second + triangle(a + (size_t)d) + a);

    size_t e = 0;
    // COLUMNS at a time. A single column costs nearly as much as two, so where COLUMNS is three, four columns at the
    // end are taken as two and two.
    for (; a - e > COLUMNS + 1 || a - e == COLUMNS; e += COLUMNS)
        add_second_moments(rows, COLUMNS, a, e, rz, z, vectors, second);
    for (; a - e > 1; e += 2) add_second_moments(rows, 2, a, e, rz, z, vectors, second);
    if (e < a) add_second_moments(rows, 1, a, e, rz, z, vectors, second);
}

static void NAMED(full_moments)(
    size_t dimension, size_t vectors, const VECTOR *r, const VECTOR *z, VECTOR *rz, double *first, double *second) {
    tiling tiles = equal_tiles(dimension, ROWS_OF_MOMENTS);
    for (size_t a = 0, tile = 0, rows; tile < tiles.count; tile++, a += rows) {
        rows = rows_of_tile(tiles, tile);
        switch (rows) {
        case 2: moments_of_rows(2, a, r, z, rz, vectors, first, second); break;
        case 3: moments_of_rows(3, a, r, z, rz, vectors, first, second); break;
#if ROWS_OF_MOMENTS > 3
        case 4: moments_of_rows(4, a, r, z, rz, vectors, first, second); break;
#endif
        }
    }
}

// First moments of `count` features from d on, as many as hide the latency of their sums. With them second ones of a
// diagonal or spherical covariance; of a tied one r (x - mean) of each datum, added to `deviation`. The tied types are
// not multiplied by P yet.
INLINE void moments_of_features(gmm_covariance covariance, int count, const Model *m, size_t k, size_t d,
    const VECTOR *x, size_t vectors, const VECTOR *r, double *first, double *second, VECTOR *deviation) {
    bool tied = covariance == GMM_TIED || covariance == GMM_TIED_DIAGONAL;
    size_t start = k * m->dimension + d;
    const SCALAR *mean = m->means + start, *low_mean = m->low_means + start,
                 *factor = m->factors + (covariance == GMM_DIAGONAL ? start : k);
    VECTOR sum[FEATURES] = {}, square[FEATURES] = {};
    x += d * stride(vectors);
    if (covariance == GMM_TIED) deviation += d * stride(vectors);
    for (size_t v = 0; v < vectors; v += 2) {
        UNROLL for (int u = 0; u < 2; u++) {
            UNROLL for (int f = 0; f < count; f++) {
                size_t i = (size_t)f * stride(vectors) + v + (size_t)u;
                VECTOR z = centred(x[i], mean[f], low_mean[f]), rz = r[v + (size_t)u] * z;
                sum[f] += rz;
                if (covariance == GMM_TIED) deviation[i] += rz;
                if (!tied) square[f] += rz * z;
            }
        }
    }
    double sums[FEATURES] = {0}, squares[FEATURES] = {0};
    add_sums(count, sum, sums);
    if (!tied) add_sums(count, square, squares);
    UNROLL for (int f = 0; f < count; f++) {
        double scale = tied ? 1 : (double)factor[covariance == GMM_DIAGONAL ? f : 0];
        first[d + (size_t)f] += scale * sums[f];
        if (covariance == GMM_DIAGONAL) second[d + (size_t)f] += scale * (scale * squares[f]);
        if (covariance == GMM_SPHERICAL) *second += scale * (scale * squares[f]);
    }
}

INLINE void featurewise_moments(gmm_covariance covariance, const Model *m, size_t k, const VECTOR *x, size_t vectors,
    const VECTOR *r, double *first, double *second, VECTOR *deviation) {
    size_t d = 0;
    for (; d + FEATURES <= m->dimension; d += FEATURES)
        moments_of_features(covariance, FEATURES, m, k, d, x, vectors, r, first, second, deviation);
    switch (m->dimension - d) {
    case 1: moments_of_features(covariance, 1, m, k, d, x, vectors, r, first, second, deviation); break;
#if FEATURES > 2
    case 2: moments_of_features(covariance, 2, m, k, d, x, vectors, r, first, second, deviation); break;
    case 3: moments_of_features(covariance, 3, m, k, d, x, vectors, r, first, second, deviation); break;
#endif
    }
}

#define FEATUREWISE_MOMENTS(name, covariance) \
    static void NAMED(name)(const Model *m, size_t k, const VECTOR *x, size_t vectors, const VECTOR *r, double *first, \
        double *second, VECTOR *deviation) { \
        featurewise_moments(covariance, m, k, x, vectors, r, first, second, deviation); \
    }
FEATUREWISE_MOMENTS(diagonal_moments, GMM_DIAGONAL)
FEATUREWISE_MOMENTS(spherical_moments, GMM_SPHERICAL)
FEATUREWISE_MOMENTS(tied_moments, GMM_TIED)
FEATUREWISE_MOMENTS(tied_diagonal_moments, GMM_TIED_DIAGONAL)
#undef FEATUREWISE_MOMENTS

// MARK: A shared P, on sums

// Replaces v by P v.
INLINE void whiten_in_place(const gmm_pass *pass, double *v) {
    bool triangular = is_triangular(pass);
    for (size_t a = pass->dimension; a-- > 0;) {
        const double *row = pass->factors + (triangular ? triangle(a) : 0);
        double y = 0;
// On arm64 clang would take products and sums apart, in order to multiply several at once.
#pragma clang loop vectorize(disable)
        for (size_t e = triangular ? 0 : a; e <= a; e++) y += row[e] * v[e];
        v[a] = y;
    }
}

// Replaces each component's sum of w r (x - mean), of scaled data, by the sum of w r y.
static void NAMED(whiten_sums)(const gmm_pass *pass, const Model *m, double *sums) {
    for (size_t k = 0; k < m->components; k++, sums += m->dimension) {
        for (size_t d = 0; d < m->dimension; d++) sums[d] /= (double)m->scales[d];
        whiten_in_place(pass, sums);
    }
}

// MARK: Second moments of all components together
//
// With r a datum's responsibilities, e = sum_k r_k y_k its deviation from the mean of its components, and v_kl = P
// (mean_k - mean_l),
//
//     sum_k r_k y_k y_k^T = e e^T + sum_{k < l} r_k r_l v_kl v_kl^T
//
// as the r sum to one. Both parts are sums of squares, so that nothing cancels however far apart the components are:
// the scatter of all data less that of the means would. The second needs of the data the overlaps alone, sums of w r_k
// r_l, so that a datum costs O(K D + D^2 + K^2).

// Adds a block's part to `second`, and the overlaps of the `count` components in `near` to those of the chunk, a packed
// lower triangle. r [count][vectors] has w in it, and deviation is the sum of r (x - mean). `overlaps_of_block` and the
// rest are scratch.
static void pooled_moments(const gmm_pass *pass, const Model *m, const Block *b, size_t count, const uint32_t *near,
    const VECTOR *r, VECTOR *deviation, VECTOR *difference, VECTOR *weighted, double *overlaps,
    double *overlaps_of_block, double *second) {
    size_t vectors = b->vectors;
    // Products of two r, or of two deviations, have w twice.
    VECTOR *inverse = b->share;
    for (size_t v = 0; v < vectors; v++) {
        VECTOR w = pass->weights ? b->weights[v] : splat(1);
        inverse[v] = select_lanes(w > 0, minimum(1 / w, splat(SCALAR_MAX)), (VECTOR){});
    }
    Block of_deviations = {.vectors = vectors, .x = deviation};
    NAMED(whiten)(m, &of_deviations, m->zeros, m->zeros, m->factors, 0, difference, deviation, b->norm);
    NAMED(full_moments)(m->dimension, vectors, inverse, deviation, weighted, NULL, second);
    if (count < 2) return;
    memset(overlaps_of_block, 0, triangle(count) * sizeof *overlaps_of_block);
    NAMED(full_moments)(count, vectors, inverse, r, weighted, NULL, overlaps_of_block);
    for (size_t i = 1; i < count; i++) {
        double *row = overlaps + triangle(near[i]);
        for (size_t j = 0; j < i; j++) row[near[j]] += overlaps_of_block[triangle(i) + j];
    }
}

// Adds the second part to `second`, from the overlaps of a chunk. v [D] is scratch.
static void NAMED(add_between)(
    const gmm_pass *pass, const Model *m, const double *overlaps, double *restrict v, double *restrict second) {
    size_t dimension = pass->dimension;
    bool far = *m->is_far != 0;
    const double *from = far ? pass->means : m->wide_shifts;
    for (size_t k = 1; k < pass->components; k++) {
        for (size_t l = 0; l < k; l++) {
            double overlap = overlaps[triangle(k) + l];
            if (overlap == 0) continue;
            for (size_t d = 0; d < dimension; d++) v[d] = from[k * dimension + d] - from[l * dimension + d];
            if (far) whiten_in_place(pass, v);
            for (size_t a = 0; a < dimension; a++) {
                double product = overlap * v[a];
                for (size_t e = 0; e <= a; e++) second[triangle(a) + e] += product * v[e];
            }
        }
    }
}
