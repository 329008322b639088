// Where chunks begin, which parts are made of them, and how the sums of parts become those of the whole.
#include "tree.h"
#include "instance.h"

#include <string.h>

// MARK: Chunks

size_t gmm_chunk_rows(const gmm_pass *pass) {
    size_t rows = quotient_rounded_up(rows_of_whole(pass), FEW_CHUNKS),
           least = SMALLEST_CHUNK_TERMS / pass->components / pass->dimension;
    size_t most = LARGEST_CHUNK_RATIO * pass->components * pass->dimension;
    if (most < LARGEST_CHUNK_ROWS) most = LARGEST_CHUNK_ROWS;
    rows = rows < least ? least : rows > most ? most : rows;
    return rows > 0 ? quotient_rounded_up(rows, LARGEST_BLOCK) * LARGEST_BLOCK : LARGEST_BLOCK;
}

size_t gmm_chunk_count(const gmm_pass *pass) {
    size_t whole = rows_of_whole(pass), rows = gmm_chunk_rows(pass);
    if (pass->first_row > whole || pass->count > whole - pass->first_row) return 0;
    size_t end = pass->first_row + pass->count;
    bool is_part = (pass->first_row % rows == 0 || pass->first_row == whole) && (end % rows == 0 || end == whole);
    return is_part ? quotient_rounded_up(pass->count, rows) : 0;
}

// MARK: Parts

size_t gmm_subtree_count(const gmm_pass *pass) {
    size_t chunks = chunks_of_whole(pass), first = first_chunk(pass), end = first + gmm_chunk_count(pass), count = 0;
    for (; first < end; first += largest_subtree(first, end, chunks).count) count++;
    return count;
}

static bool is_subtree(gmm_subtree subtree, size_t chunks) {
    if (subtree.count == 0 || subtree.count > chunks || subtree.first > chunks - subtree.count) return false;
    size_t width = (size_t)1 << height_of_tree(subtree.count);
    return subtree.first % width == 0 && (subtree.count == width || subtree.first + subtree.count == chunks);
}

static bool are_siblings(gmm_subtree left, gmm_subtree right, size_t chunks) {
    junction of_left = junction_of(left, chunks), of_right = junction_of(right, chunks);
    return of_left.level == of_right.level && of_left.sibling == right.first;
}

static void exchange(gmm_subtree *subtrees, double *sums, size_t length, size_t i, size_t j) {
    gmm_subtree subtree = subtrees[i];
    subtrees[i] = subtrees[j];
    subtrees[j] = subtree;
    for (size_t e = 0; e < length; e++) {
        double sum = sums[i * length + e];
        sums[i * length + e] = sums[j * length + e];
        sums[j * length + e] = sum;
    }
}

gmm_status gmm_combine(const gmm_pass *pass, size_t *count, gmm_subtree *subtrees, double *sums) {
    size_t chunks = chunks_of_whole(pass), length = gmm_statistics_length(pass), kept = 0;
    for (size_t i = 0; i < *count; i++) {
        size_t least = i;
        for (size_t j = i + 1; j < *count; j++)
            if (subtrees[j].first < subtrees[least].first) least = j;
        if (least != i) exchange(subtrees, sums, length, i, least);
        bool overlaps = i > 0 && subtrees[i - 1].first + subtrees[i - 1].count > subtrees[i].first;
        if (overlaps || !is_subtree(subtrees[i], chunks)) return GMM_INVALID_PART;
    }
    // In the order of the data siblings are neighbours: each subtree is added to the one before as long as they are.
    for (size_t i = 0; i < *count; i++, kept++) {
        subtrees[kept] = subtrees[i];
        if (kept < i) memcpy(sums + kept * length, sums + i * length, length * sizeof *sums);
        for (; kept > 0 && are_siblings(subtrees[kept - 1], subtrees[kept], chunks); kept--) {
            add_to(sums + (kept - 1) * length, sums + kept * length, length);
            subtrees[kept - 1].count += subtrees[kept].count;
        }
    }
    *count = kept;
    return kept == 1 && subtrees[0].count == chunks ? GMM_OK : GMM_INCOMPLETE;
}
