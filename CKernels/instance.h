// What one instruction set offers, and what every one of them needs to know of a pass.
#ifndef INSTANCE_H
#define INSTANCE_H

#include "CKernels.h"
#include "tuning.h"

static inline size_t scalar_bytes(const gmm_pass *pass) {
    return pass->precision == GMM_FLOAT64 ? sizeof(double) : sizeof(float);
}

// P is shared.
static inline bool is_tied(const gmm_pass *pass) {
    return pass->covariance == GMM_TIED || pass->covariance == GMM_TIED_DIAGONAL;
}

// Hard and tied: each datum goes to one centre, and nothing is kept for the others.
static inline bool is_assignment(const gmm_pass *pass) { return pass->hard && is_tied(pass); }

static inline bool is_univariate(const gmm_pass *pass) {
    return pass->dimension == 1 && pass->covariance != GMM_TIED_DIAGONAL && !is_assignment(pass);
}

// Whether second moments are those of all components together, made of what a datum deviates from its components' mean
// by and of the components' overlaps.
static inline bool pools_moments(const gmm_pass *pass) {
    size_t K = pass->components, D = pass->dimension;
    return pass->covariance == GMM_TIED && !pass->hard && D >= LEAST_SHARED_DIMENSION && K <= D * D &&
           K <= MOST_SHARED_COMPONENTS;
}

// Whether a datum is whitened once, about a point among the means, and each mean's part subtracted.
static inline bool whitens_once(const gmm_pass *pass) {
    return pass->covariance == GMM_TIED_DIAGONAL || is_assignment(pass) || pools_moments(pass);
}

static inline bool has_second_moments(const gmm_pass *pass) {
    return pass->covariance != GMM_TIED_DIAGONAL && !is_assignment(pass);
}

// Whether moments are summed before they are multiplied by P: so data are scaled to a size that P makes little of.
static inline bool sums_unwhitened(const gmm_pass *pass) {
    return is_univariate(pass) || pass->covariance == GMM_DIAGONAL || pass->covariance == GMM_SPHERICAL ||
           pools_moments(pass);
}

static inline bool is_triangular(const gmm_pass *pass) {
    return pass->covariance == GMM_FULL || pass->covariance == GMM_TIED;
}

// Whether every component's residuals are whitened by a triangle, for moments of their own.
static inline bool whitens_each(const gmm_pass *pass) {
    return is_triangular(pass) && !is_univariate(pass) && !whitens_once(pass);
}

// Whether rows that count are gathered where they are few, and moments taken of those. First moments alone cost less
// than that.
static inline bool gathers_rows(const gmm_pass *pass) {
    return !whitens_once(pass) &&
           pass->dimension >= (is_triangular(pass) ? LEAST_GATHERED_DIMENSION_OF_TRIANGLES : LEAST_GATHERED_DIMENSION);
}

// Whether the values of a row are neighbours.
static inline bool has_whole_rows(const gmm_pass *pass) { return !pass->columns && pass->column_stride == 1; }

static inline size_t triangle(size_t n) { return n * (n + 1) / 2; }

// Rows in tiles of at most `most`, as equal as can be, the larger ones first.
typedef struct tiling {
    size_t count, smaller, larger; // tiles, the rows of the smaller ones, and how many have one more
} tiling;

static inline tiling equal_tiles(size_t rows, size_t most) {
    size_t count = (rows + most - 1) / most;
    return (tiling){count, rows / count, rows % count};
}

static inline size_t rows_of_tile(tiling tiles, size_t tile) { return tiles.smaller + (tile < tiles.larger); }

static inline size_t factor_length(const gmm_pass *pass) {
    switch (pass->covariance) {
    case GMM_FULL: return pass->components * triangle(pass->dimension);
    case GMM_TIED: return triangle(pass->dimension);
    case GMM_DIAGONAL: return pass->components * pass->dimension;
    case GMM_SPHERICAL: return pass->components;
    case GMM_TIED_DIAGONAL: return pass->dimension;
    }
    return 0;
}

// Of component k's P, row a, column e <= a.
static inline size_t index_of_factor(const gmm_pass *pass, size_t k, size_t a, size_t e) {
    switch (pass->covariance) {
    case GMM_FULL: return k * triangle(pass->dimension) + triangle(a) + e;
    case GMM_TIED: return triangle(a) + e;
    case GMM_DIAGONAL: return k * pass->dimension + a;
    case GMM_SPHERICAL: return k;
    case GMM_TIED_DIAGONAL: return a;
    }
    return 0;
}

// The parts of a worker's scratch, in bytes from its start; each is 128-byte aligned.
typedef struct layout {
    size_t block; // rows
    bool keeps_residuals;
    bool keeps_negligible; // of a measurement: CKernelsMeasuring.h
    size_t x, weights, largest, sum, share, exps, labels, residuals, weighted_residuals, responsibilities, differences,
        gathered;
    size_t scales, means, low_means, factors, log_norms, origin, overlaps, wide_origin, wide_shifts, near, sums, bytes;
} layout;

static inline size_t place(layout *l, size_t bytes) {
    size_t start = l->bytes;
    l->bytes += (bytes + 127) / 128 * 128;
    return start;
}

static inline layout layout_of(const gmm_pass *pass) {
    layout l = {0};
    size_t K = pass->components, D = pass->dimension, scalar = scalar_bytes(pass);
    bool full = whitens_each(pass), pools = pools_moments(pass);
    // The more features, the more sums over lanes a block ends with, and the more rows those must pay for.
    size_t smallest = (full ? 2 : is_univariate(pass) ? 1 : 4) * SMALLEST_BLOCK_ROW_BYTES / scalar;
    // Residuals of all components are kept for the moments as long as those of the smallest block take no more than
    // four times the second-level cache: to load them from the third level costs less than to compute them again.
    l.keeps_residuals = full && K * D * 2 * SMALLEST_BLOCK_ROW_BYTES <= 4 * FAR_CACHE;
    size_t kept = l.keeps_residuals            ? K * D
                  : whitens_once(pass) || full ? D
                                               : 0,
           of_components = is_assignment(pass) ? 1 : K;
    size_t rows = (full ? FAR_CACHE / 2 : NEAR_CACHE) / ((of_components + 4 + D + kept + (full ? 4 + D : 0)) * scalar) /
                  smallest * smallest;
    l.block = rows < smallest ? smallest : rows > LARGEST_BLOCK ? LARGEST_BLOCK : rows;
    size_t of_rows = l.block * scalar, padded = of_rows + 64;
    l.x = place(&l, D * padded);
    l.weights = place(&l, of_rows);
    l.largest = place(&l, of_rows);
    l.sum = place(&l, of_rows);
    l.share = place(&l, of_rows);
    l.exps = place(&l, is_assignment(pass) ? 0 : K * padded);
    l.labels = place(&l, is_assignment(pass) ? of_rows : 0);
    l.residuals = place(&l, kept * padded);
    l.weighted_residuals = place(&l, full || pools ? 4 * padded : 0);
    l.responsibilities = place(&l, of_rows);
    size_t gathered = l.block / FEW_ROWS * scalar;
    l.gathered = place(&l, gathers_rows(pass) ? D * ((gathered < 256 ? 256 : gathered) + 64) : 0);
    l.differences = place(&l, is_triangular(pass) ? D * LARGEST_ABREAST : 0);
    l.scales = place(&l, D * scalar);
    l.means = place(&l, K * D * scalar);
    l.low_means = place(&l, K * D * scalar);
    l.factors = place(&l, (is_univariate(pass) ? K : factor_length(pass)) * scalar);
    l.log_norms = place(&l, K * scalar);
    l.origin = place(&l, whitens_once(pass) ? ((K + 3) * D + 1) * scalar : 0);
    // Of every two components, of a chunk and of a block; and a difference of whitened means.
    l.overlaps = place(&l, pools ? (2 * triangle(K) + D) * sizeof(double) : 0);
    l.wide_origin = place(&l, whitens_once(pass) ? D * sizeof(double) : 0);
    l.wide_shifts = place(&l, pools ? K * D * sizeof(double) : 0);
    l.near = place(&l, pools ? K * sizeof(uint32_t) : 0);
    // Sums over blocks: in one dimension as many doubles as lanes.
    l.sums = place(&l, is_univariate(pass) ? 3 * K * (64 / scalar) * sizeof(double) : 0);
    return l;
}

static inline bool scores_wanted(const gmm_pass *pass) {
    return pass->log_densities || pass->responsibilities || pass->labels;
}

// The point among the means of a tied pass, [D]: their mean by weights, as log_norms differ by log weights alone. A
// component without data, wherever it is, has little say. Not in the instances, whose loops are seen to call no exp by
// there being no call.
void gmm_place_origin(const gmm_pass *pass, double *origin);

typedef struct chunk_result {
    gmm_status status;
    size_t row;
    const struct instance *instance; // the one whose code ran
} chunk_result;

typedef struct instance {
    const char *name;
    // Whether the processor has the instructions and the operating system saves their registers.
    bool (*is_available)(void);
    // Writes the parameters into a worker's scratch, before its first chunk.
    void (*prepare[2])(const gmm_pass *pass, const layout *layout, char *scratch);
    // Sums rows start ..< end into statistics, or writes their scores.
    chunk_result (*chunk[2])(
        const gmm_pass *pass, const layout *layout, size_t start, size_t end, char *scratch, double *statistics);
    void (*exp[2])(const void *x, void *result, size_t count);
    void (*log[2])(const void *x, void *result, size_t count);
    // Of matrices in float64: what the functions of the same names do.
    bool (*decompose)(size_t n, size_t pitch, double *a);
    void (*invert_triangle)(size_t n, size_t pitch, double *l);
    void (*multiply_triangles)(size_t n, size_t pitch, const double *a, const double *b, double *c);
    void (*multiply_transposed)(size_t n, size_t pitch, const double *a, const double *b, double *c);
    void (*congruence)(size_t n, size_t pitch, const double *a, const double *s, double *scratch, double *c);
} instance;

extern const instance instance_baseline;
#if defined(__x86_64__)
extern const instance instance_avx2, instance_avx512;
#endif

#endif
