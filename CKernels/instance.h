// What one instruction set offers, and what every one of them needs to know of a pass.
#ifndef INSTANCE_H
#define INSTANCE_H

#include "CKernels.h"

// Rows are taken in blocks whose size depends on K alone, so that a block's log-densities and the five numbers that it keeps of each datum
// stay in the first-level cache (from K = 42 on the second). Chunks are whole numbers of the largest block.
enum { BLOCK_BYTES = 24576, SMALLEST_BLOCK_ROW_BYTES = 512, LARGEST_BLOCK = 512 };

static inline size_t block_rows(size_t components, size_t scalar_bytes) {
    size_t smallest = SMALLEST_BLOCK_ROW_BYTES / scalar_bytes;
    size_t rows = BLOCK_BYTES / ((components + 5) * scalar_bytes) / smallest * smallest;
    return rows < smallest ? smallest : rows > LARGEST_BLOCK ? LARGEST_BLOCK : rows;
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
