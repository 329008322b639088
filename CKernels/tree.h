// The chunks of a data set, and the binary tree along which their sums are added: neighbours, then neighbours of those,
// so that rounding grows with the logarithm of their number. A node has the chunks first ..< first + 2^level, first a
// multiple of 2^level, as far as there are any.
#ifndef TREE_H
#define TREE_H

#include "CKernels.h"

static inline size_t quotient_rounded_up(size_t a, size_t b) { return a / b + (a % b != 0); }

static inline size_t rows_of_whole(const gmm_pass *pass) {
    return pass->whole_count > 0 ? pass->whole_count : pass->count;
}

static inline size_t chunks_of_whole(const gmm_pass *pass) {
    return quotient_rounded_up(rows_of_whole(pass), gmm_chunk_rows(pass));
}

// The first chunk of a part.
static inline size_t first_chunk(const gmm_pass *pass) {
    return quotient_rounded_up(pass->first_row, gmm_chunk_rows(pass));
}

// log2 of a number of chunks, rounded up.
static inline size_t height_of_tree(size_t chunks) {
    size_t level = 0;
    while ((size_t)1 << level < chunks) level++;
    return level;
}

enum { MOST_LEVELS = 64 };

// Where the sums of a subtree go next: the level of its sibling, and the sibling's first chunk. The root has none.
typedef struct junction {
    size_t level, sibling;
} junction;

static inline junction junction_of(gmm_subtree subtree, size_t chunks) {
    size_t level = height_of_tree(subtree.count);
    if (subtree.count == chunks) return (junction){level, SIZE_MAX};
    // A node without a sibling, at the end of the data, is the node above too.
    while ((subtree.first >> level) % 2 == 0 && chunks - subtree.first <= (size_t)1 << level) level++;
    return (junction){level, subtree.first ^ (size_t)1 << level};
}

// The largest subtree that begins with chunk `first` and has none from `end` on.
static inline gmm_subtree largest_subtree(size_t first, size_t end, size_t chunks) {
    size_t count = 1;
    while (first + count < chunks && first % (2 * count) == 0 && (first + 2 * count <= end || end == chunks))
        count *= 2;
    return (gmm_subtree){first, first + count < chunks ? count : chunks - first};
}

static inline void add_to(double *restrict sums, const double *restrict others, size_t length) {
    for (size_t i = 0; i < length; i++) sums[i] += others[i];
}

#endif
