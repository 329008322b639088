// More dimensions: whitened residuals by register tiles of TILE rows and GROUP vectors, moments by tiles of TILE rows and COLUMNS columns.
// Sums of a block go straight to the chunk's statistics, in float64.

// What fits the registers: 16 sums in 32 of 64 bytes, 8 sums in 16 of fewer.
#undef TILE
#define TILE (VECTOR_BYTES == 64 ? 4 : 2)
#define COLUMNS 4

#define horizontal NAMED(horizontal)
#define whitened_rows NAMED(whitened_rows)
#define second_moments NAMED(second_moments)

// The sum of the lanes, pairwise.
INLINE double horizontal(VECTOR v) {
    SCALAR lanes[LANES];
    memcpy(lanes, &v, sizeof v);
    UNROLL for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}

// MARK: Residuals and log-densities

// Rows first ..< first + rows of z = P (x - mean) for GROUP vectors: adds z^2 to square, and writes z unless z is NULL.
INLINE void whitened_rows(
    int rows, size_t first, const SCALAR *factor, const VECTOR *difference, VECTOR *z, size_t vectors, VECTOR square[GROUP]
) {
    const SCALAR *row[4];
    VECTOR sum[4][GROUP];
    UNROLL for (int r = 0; r < rows; r++) {
        row[r] = factor + triangle(first + r);
        UNROLL for (int u = 0; u < GROUP; u++) sum[r][u] = (VECTOR){};
    }
    for (size_t e = 0; e < first; e++) {
        UNROLL for (int r = 0; r < rows; r++) {
            UNROLL for (int u = 0; u < GROUP; u++) sum[r][u] += row[r][e] * difference[e * GROUP + u];
        }
    }
    UNROLL for (int c = 0; c < rows; c++) {
        UNROLL for (int r = c; r < rows; r++) {
            UNROLL for (int u = 0; u < GROUP; u++) sum[r][u] += row[r][first + c] * difference[(first + c) * GROUP + u];
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int u = 0; u < GROUP; u++) {
            square[u] += sum[r][u] * sum[r][u];
            if (z) z[(first + r) * vectors + u] = sum[r][u];
        }
    }
}

// z = P (x - mean) for a block, where z is wanted, and log_norm - |z|^2, where densities are.
static void NAMED(whiten)(
    const Model *m, const Block *b, const SCALAR *mean, const SCALAR *low_mean, const SCALAR *factor, SCALAR log_norm, VECTOR *difference,
    VECTOR *z, VECTOR *densities
) {
    size_t dimension = m->dimension, vectors = b->vectors;
    for (size_t v = 0; v < vectors; v += GROUP) {
        for (size_t d = 0; d < dimension; d++) {
            UNROLL for (int u = 0; u < GROUP; u++) difference[d * GROUP + u] = centred(b->x[d * vectors + v + u], mean[d], low_mean[d]);
        }
        VECTOR square[GROUP] = {}, *z_group = z ? z + v : NULL;
        size_t first = 0;
        for (; first + TILE <= dimension; first += TILE) whitened_rows(TILE, first, factor, difference, z_group, vectors, square);
        switch (dimension - first) {
        case 1: whitened_rows(1, first, factor, difference, z_group, vectors, square); break;
        case 2: whitened_rows(2, first, factor, difference, z_group, vectors, square); break;
        case 3: whitened_rows(3, first, factor, difference, z_group, vectors, square); break;
        }
        if (densities) {
            UNROLL for (int u = 0; u < GROUP; u++) densities[v + u] = log_norm - square[u];
        }
    }
}

// Diagonal (step 1) and spherical (step 0): one factor for each feature, or one for all.
static void NAMED(diagonal_log_densities)(const Model *m, Block *b, size_t step) {
    size_t dimension = m->dimension, vectors = b->vectors, factors = step ? dimension : 1;
    for (size_t k = 0; k < m->components; k++) {
        const SCALAR *mean = m->means + k * dimension, *low_mean = m->low_means + k * dimension, *factor = m->factors + k * factors;
        for (size_t v = 0; v < vectors; v += GROUP) {
            VECTOR square[GROUP] = {};
            for (size_t d = 0; d < dimension; d++) {
                UNROLL for (int u = 0; u < GROUP; u++) {
                    VECTOR z = centred(b->x[d * vectors + v + u], mean[d], low_mean[d]) * factor[d * step];
                    square[u] += z * z;
                }
            }
            UNROLL for (int u = 0; u < GROUP; u++) b->exps[k * vectors + v + u] = m->log_norms[k] - square[u];
        }
    }
}

// Tied diagonal: z = P (x - origin).
static void NAMED(scale)(const Model *m, const Block *b, VECTOR *z) {
    size_t vectors = b->vectors;
    for (size_t d = 0; d < m->dimension; d++)
        for (size_t v = 0; v < vectors; v++)
            z[d * vectors + v] = centred(b->x[d * vectors + v], m->origin[d], m->low_origin[d]) * m->factors[d];
}

// Tied types: z holds P (x - origin), whitened once for each datum.
static void NAMED(tied_log_densities)(const Model *m, Block *b, const VECTOR *z) {
    size_t dimension = m->dimension, vectors = b->vectors;
    for (size_t k = 0; k < m->components; k++) {
        const SCALAR *shift = m->shifts + k * dimension;
        for (size_t v = 0; v < vectors; v += GROUP) {
            VECTOR square[GROUP] = {};
            for (size_t d = 0; d < dimension; d++) {
                UNROLL for (int u = 0; u < GROUP; u++) {
                    VECTOR y = z[d * vectors + v + u] - shift[d];
                    square[u] += y * y;
                }
            }
            UNROLL for (int u = 0; u < GROUP; u++) b->exps[k * vectors + v + u] = m->log_norms[k] - square[u];
        }
    }
}

// MARK: Moments

// Adds the sums over a block of (r z)_a z_e, a in first ..< first + rows, e in column ..< column + columns, e <= a, to a packed lower triangle.
INLINE void second_moments(
    int rows, int columns, size_t first, size_t column, const VECTOR *rz, const VECTOR *z, size_t vectors, double *second
) {
    VECTOR sum[4][COLUMNS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int c = 0; c < columns; c++) sum[r][c] = (VECTOR){};
    }
    rz += first * vectors;
    z += column * vectors;
    for (size_t v = 0; v < vectors; v++) {
        UNROLL for (int r = 0; r < rows; r++) {
            UNROLL for (int c = 0; c < columns; c++) sum[r][c] += rz[r * vectors + v] * z[c * vectors + v];
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int c = 0; c < columns; c++) {
            if (column + c <= first + r) second[triangle(first + r) + column + c] += horizontal(sum[r][c]);
        }
    }
}

static void NAMED(full_moments)(
    size_t dimension, size_t vectors, const VECTOR *r, const VECTOR *z, VECTOR *rz, double *first, double *second
) {
    for (size_t d = 0; d < dimension; d++) {
        VECTOR sum = {};
        for (size_t v = 0; v < vectors; v++) {
            VECTOR product = r[v] * z[d * vectors + v];
            rz[d * vectors + v] = product;
            sum += product;
        }
        first[d] += horizontal(sum);
    }
    for (size_t a = 0; a < dimension; a += TILE) {
        size_t rows = dimension - a < TILE ? dimension - a : TILE;
        for (size_t e = 0; e < a + rows; e += COLUMNS) {
            size_t columns = a + rows - e < COLUMNS ? a + rows - e : COLUMNS;
#define CASE(rows, columns) \
    case 8 * rows + columns: second_moments(rows, columns, a, e, rz, z, vectors, second); break;
            switch (8 * rows + columns) {
                CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4) CASE(2, 1) CASE(2, 2) CASE(2, 3) CASE(2, 4)
#if VECTOR_BYTES == 64
                CASE(3, 1) CASE(3, 2) CASE(3, 3) CASE(3, 4) CASE(4, 1) CASE(4, 2) CASE(4, 3) CASE(4, 4)
#endif
            }
#undef CASE
        }
    }
}

static void NAMED(diagonal_moments)(
    const Block *b, size_t dimension, const VECTOR *r, const SCALAR *mean, const SCALAR *low_mean, const SCALAR *factor, size_t step,
    double *first, double *second
) {
    size_t vectors = b->vectors;
    for (size_t d = 0; d < dimension; d++) {
        VECTOR sum[2] = {}, square[2] = {};
        for (size_t v = 0; v < vectors; v += 2) {
            UNROLL for (int u = 0; u < 2; u++) {
                VECTOR z = centred(b->x[d * vectors + v + u], mean[d], low_mean[d]) * factor[d * step];
                VECTOR rz = r[v + u] * z;
                sum[u] += rz;
                square[u] += rz * z;
            }
        }
        first[d] += horizontal(sum[0] + sum[1]);
        second[d * step] += horizontal(square[0] + square[1]);
    }
}

static void NAMED(tied_moments)(size_t dimension, size_t vectors, const VECTOR *r, const VECTOR *z, const SCALAR *shift, double *first) {
    for (size_t d = 0; d < dimension; d++) {
        VECTOR sum[2] = {};
        for (size_t v = 0; v < vectors; v += 2) {
            UNROLL for (int u = 0; u < 2; u++) sum[u] += r[v + u] * (z[d * vectors + v + u] - shift[d]);
        }
        first[d] += horizontal(sum[0] + sum[1]);
    }
}
