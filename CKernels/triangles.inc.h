// The algebra of one component's D x D matrices, in float64: what of a step grows with D alone.
//
// Rows lie `pitch` doubles apart, a multiple of 8, and are zero from D on. Every entry of a result is one sum whose
// terms are added in order, each product rounded before it is added. Vectors run over columns, so neither their width
// nor the size of tiles reaches the bits: every processor gives those of the plain loops over rows, columns and terms.

#define Tile NAMED(Tile)
#define add_products NAMED(add_products)
#define add_rows NAMED(add_rows)
#define transpose_square NAMED(transpose_square)

// A vector at any address.
typedef SCALAR NAMED(loose) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));
#define LOOSE NAMED(loose)

// Entries (r, k) of a factor: rows of a matrix, or its columns where those of its transpose are meant.
typedef struct Tile {
    const double *entries;
    size_t row_pitch, term_pitch;
} Tile;

// c(r, v) + or - the sum of a(r, k) b(k, v) over `terms` k, for `rows` rows and `vectors` vectors of columns. The sum
// starts with what c holds.
INLINE void add_products(const size_t rows, const size_t vectors, const double sign, size_t terms, Tile a,
    const double *b, size_t pitch, double *c) {
#pragma clang fp contract(off)
    VECTOR sums[TILE_ROWS][TILE_VECTORS];
    UNROLL for (size_t r = 0; r < rows; r++) {
        UNROLL for (size_t v = 0; v < vectors; v++) sums[r][v] = ((const LOOSE *)(c + r * pitch))[v];
    }
    for (size_t k = 0; k < terms; k++) {
        const LOOSE *row = (const LOOSE *)(b + k * pitch);
        UNROLL for (size_t r = 0; r < rows; r++) {
            VECTOR entry = splat(a.entries[r * a.row_pitch + k * a.term_pitch]);
            UNROLL for (size_t v = 0; v < vectors; v++) {
                VECTOR product = entry * row[v];
                sums[r][v] = sign < 0 ? sums[r][v] - product : sums[r][v] + product;
            }
        }
    }
    UNROLL for (size_t r = 0; r < rows; r++) {
        UNROLL for (size_t v = 0; v < vectors; v++)((LOOSE *)(c + r * pitch))[v] = sums[r][v];
    }
}

// The same for up to TILE_ROWS rows, of which those that are left over are taken by themselves, and for one or
// TILE_VECTORS vectors.
INLINE void add_rows(
    size_t rows, const double sign, bool is_wide, size_t terms, Tile a, const double *b, size_t pitch, double *c) {
    if (rows == TILE_ROWS) {
        if (is_wide) add_products(TILE_ROWS, TILE_VECTORS, sign, terms, a, b, pitch, c);
        else add_products(TILE_ROWS, 1, sign, terms, a, b, pitch, c);
        return;
    }
    for (size_t r = 0; r < rows; r++, a.entries += a.row_pitch, c += pitch) {
        if (is_wide) add_products(1, TILE_VECTORS, sign, terms, a, b, pitch, c);
        else add_products(1, 1, sign, terms, a, b, pitch, c);
    }
}

// Columns in tiles: `j` is where one starts, and `is_wide` whether it has all its vectors. A pitch is whole vectors,
// but need not be whole tiles.
#define EACH_TILE_OF_COLUMNS(j, is_wide, first, end, pitch) \
    for (size_t j = (first), tile_end, is_wide; \
         j < (end) && \
         (is_wide = j + TILE_VECTORS * LANES <= (pitch), tile_end = j + (is_wide ? TILE_VECTORS : 1) * LANES, true); \
         j = tile_end)

static size_t NAMED(least)(size_t a, size_t b) { return a < b ? a : b; }

static void transpose_square(size_t n, size_t pitch, double *a) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double entry = a[i * pitch + j];
            a[i * pitch + j] = a[j * pitch + i];
            a[j * pitch + i] = entry;
        }
}

static void NAMED(clear_upper)(size_t n, size_t pitch, double *a) {
    for (size_t i = 0; i < n; i++) memset(a + i * pitch + i + 1, 0, (pitch - i - 1) * sizeof *a);
}

// c = a b, lower triangles.
static void NAMED(multiply_triangles)(size_t n, size_t pitch, const double *a, const double *b, double *c) {
    memset(c, 0, n * pitch * sizeof *c);
    EACH_TILE_OF_COLUMNS(j, is_wide, 0, n, pitch) {
        for (size_t i = j / TILE_ROWS * TILE_ROWS; i < n; i += TILE_ROWS) {
            size_t rows = NAMED(least)(TILE_ROWS, n - i);
            add_rows(rows, 1, is_wide, i + rows - j, (Tile){a + i * pitch + j, pitch, 1}, b + j * pitch + j, pitch,
                c + i * pitch + j);
        }
    }
    NAMED(clear_upper)(n, pitch, c);
}

// c = the lower triangle of transpose(a) b, for a lower triangle a.
static void NAMED(multiply_transposed)(size_t n, size_t pitch, const double *a, const double *b, double *c) {
    memset(c, 0, n * pitch * sizeof *c);
    EACH_TILE_OF_COLUMNS(j, is_wide, 0, n, pitch) {
        for (size_t i = j / TILE_ROWS * TILE_ROWS; i < n; i += TILE_ROWS) {
            size_t rows = NAMED(least)(TILE_ROWS, n - i);
            add_rows(rows, 1, is_wide, n - i, (Tile){a + i * pitch + i, 1, pitch}, b + i * pitch + j, pitch,
                c + i * pitch + j);
        }
    }
    NAMED(clear_upper)(n, pitch, c);
}

// c = a s transpose(a), for a lower triangle a and a symmetric s; `scratch` is a matrix to work in.
static void NAMED(congruence)(size_t n, size_t pitch, const double *a, const double *s, double *scratch, double *c) {
    memset(scratch, 0, n * pitch * sizeof *scratch);
    EACH_TILE_OF_COLUMNS(j, is_wide, 0, n, pitch) {
        for (size_t i = 0; i < n; i += TILE_ROWS) {
            size_t rows = NAMED(least)(TILE_ROWS, n - i);
            add_rows(
                rows, 1, is_wide, i + rows, (Tile){a + i * pitch, pitch, 1}, s + j, pitch, scratch + i * pitch + j);
        }
    }
    transpose_square(n, pitch, scratch);
    memset(c, 0, n * pitch * sizeof *c);
    EACH_TILE_OF_COLUMNS(j, is_wide, 0, n, pitch) {
        for (size_t i = j / TILE_ROWS * TILE_ROWS; i < n; i += TILE_ROWS) {
            size_t rows = NAMED(least)(TILE_ROWS, n - i);
            add_rows(
                rows, 1, is_wide, i + rows, (Tile){a + i * pitch, pitch, 1}, scratch + j, pitch, c + i * pitch + j);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) c[i * pitch + j] = c[j * pitch + i];
        memset(c + i * pitch + n, 0, (pitch - n) * sizeof *c);
    }
}

// Replaces a symmetric matrix, of which the lower triangle is read, by its Cholesky factor. False, with rubbish left,
// where a pivot is not positive.
static bool NAMED(decompose)(size_t n, size_t pitch, double *a) {
#pragma clang fp contract(off)
    // The factor is found as an upper triangle U, whose rows are what products run along.
    transpose_square(n, pitch, a);
    for (size_t i = 0; i < n; i++) memset(a + i * pitch + n, 0, (pitch - n) * sizeof *a);
    for (size_t panel = 0; panel < n; panel += PANEL_ROWS) {
        size_t panel_end = NAMED(least)(n, panel + PANEL_ROWS);
        // What earlier panels take away from this one, a tile of columns after the other, whose rows of U then stay in
        // the first-level cache.
        EACH_TILE_OF_COLUMNS(j, is_wide, panel / 8 * 8, n, pitch) {
            for (size_t i = panel; i < panel_end; i += TILE_ROWS)
                add_rows(NAMED(least)(TILE_ROWS, panel_end - i), -1, is_wide, panel, (Tile){a + i, 1, pitch}, a + j,
                    pitch, a + i * pitch + j);
        }
        for (size_t i = panel; i < panel_end; i += TILE_ROWS) {
            size_t rows = NAMED(least)(TILE_ROWS, panel_end - i);
            EACH_TILE_OF_COLUMNS(j, is_wide, i / 8 * 8, n, pitch)
            add_rows(rows, -1, is_wide, i - panel, (Tile){a + panel * pitch + i, 1, pitch}, a + panel * pitch + j,
                pitch, a + i * pitch + j);
            for (size_t k = i; k < i + rows; k++) {
                double *row = a + k * pitch;
                for (size_t earlier = i; earlier < k; earlier++) {
                    double entry = a[earlier * pitch + k];
                    for (size_t j = k; j < n; j++) row[j] -= entry * a[earlier * pitch + j];
                }
                // False for NaN too.
                if (!(row[k] > 0)) return false;
                double root = sqrt(row[k]);
                row[k] = root;
                for (size_t j = k + 1; j < n; j++) row[j] /= root;
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            a[i * pitch + j] = a[j * pitch + i];
            a[j * pitch + i] = 0;
        }
    return true;
}

// Replaces a lower triangle, whose diagonal must have reciprocals, by its inverse.
static void NAMED(invert_triangle)(size_t n, size_t pitch, double *l) {
#pragma clang fp contract(off)
    double units[PANEL_ROWS], block[PANEL_ROWS][PANEL_ROWS];
    for (size_t panel = 0; panel < n; panel += PANEL_ROWS) {
        size_t panel_end = NAMED(least)(n, panel + PANEL_ROWS);
        for (size_t i = panel; i < panel_end; i++) {
            // In units in which the pivot is from 1 to 2: a product of the row's own unit and the columns' need not be
            // a number of float64.
            uint64_t bits;
            memcpy(&bits, l + i * pitch + i, sizeof bits);
            bits &= (uint64_t)0x7ff << 52;
            double binade;
            memcpy(&binade, &bits, sizeof binade);
            units[i - panel] = 1 / binade;
            for (size_t j = 0; j <= i; j++) l[i * pitch + j] *= units[i - panel];
            for (size_t j = panel; j <= i; j++) block[i - panel][j - panel] = l[i * pitch + j];
            memset(l + i * pitch + panel, 0, (pitch - panel) * sizeof *l);
        }
        // Rows before the panel hold the inverse already, and columns of the panel's rows the triangle until they are
        // overwritten, from the left.
        EACH_TILE_OF_COLUMNS(j, is_wide, 0, panel, pitch) {
            for (size_t i = panel; i < panel_end; i += TILE_ROWS) {
                size_t rows = NAMED(least)(TILE_ROWS, panel_end - i);
                double factors[TILE_ROWS][TILE_VECTORS * LANES];
                for (size_t r = 0; r < rows; r++) {
                    memcpy(factors[r], l + (i + r) * pitch + j, (tile_end - j) * sizeof(double));
                    memset(l + (i + r) * pitch + j, 0, (tile_end - j) * sizeof(double));
                }
                Tile near = {*factors, TILE_VECTORS * LANES, 1}, far = {l + i * pitch + tile_end, pitch, 1};
                add_rows(rows, -1, is_wide, tile_end - j, near, l + j * pitch + j, pitch, l + i * pitch + j);
                add_rows(rows, -1, is_wide, panel - tile_end, far, l + tile_end * pitch + j, pitch, l + i * pitch + j);
            }
        }
        for (size_t i = panel; i < panel_end; i += TILE_ROWS) {
            size_t rows = NAMED(least)(TILE_ROWS, panel_end - i);
            Tile of_block = {block[i - panel], PANEL_ROWS, 1};
            EACH_TILE_OF_COLUMNS(j, is_wide, 0, i, pitch)
            add_rows(rows, -1, is_wide, i - panel, of_block, l + panel * pitch + j, pitch, l + i * pitch + j);
            for (size_t k = i; k < i + rows; k++) {
                double *row = l + k * pitch, pivot = block[k - panel][k - panel];
                for (size_t earlier = i; earlier < k; earlier++) {
                    double entry = block[k - panel][earlier - panel];
                    for (size_t j = 0; j <= earlier; j++) row[j] -= entry * l[earlier * pitch + j];
                }
                row[k] = units[k - panel];
                for (size_t j = 0; j <= k; j++) row[j] /= pivot;
            }
        }
    }
}
