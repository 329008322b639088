// What one instruction set offers, and what every one of them needs to know of a pass.
#ifndef INSTANCE_H
#define INSTANCE_H

#include "CKernels.h"

// Rows are taken in blocks whose size depends on K alone, so that the log-densities of a block stay in the first-level cache
// (second-level from K = 64 on). Chunks are whole numbers of the largest block.
enum { SMALLEST_BLOCK = 64, LARGEST_BLOCK = 512, BLOCK_BYTES = 32768 };

static inline size_t block_rows(size_t components, size_t scalar_bytes) {
    size_t rows = BLOCK_BYTES / (components * scalar_bytes) / SMALLEST_BLOCK * SMALLEST_BLOCK;
    return rows < SMALLEST_BLOCK ? SMALLEST_BLOCK : rows > LARGEST_BLOCK ? LARGEST_BLOCK : rows;
}

static inline bool scores_wanted(const gmm_pass *pass) { return pass->log_densities || pass->responsibilities || pass->labels; }

typedef struct chunk_result {
    gmm_status status;
    int32_t kernel;
    size_t row;
} chunk_result;

typedef struct instance {
    const char *name;
    // Sums rows first ..< last into statistics, or writes their scores.
    chunk_result (*chunk[2])(const gmm_pass *pass, size_t first, size_t last, void *scratch, double *statistics);
    void (*exp[2])(const void *x, void *result, size_t count);
    void (*log[2])(const void *x, void *result, size_t count);
} instance;

extern const instance instance_baseline;
#if defined(__x86_64__)
extern const instance instance_avx2, instance_avx512;
#endif

#endif
