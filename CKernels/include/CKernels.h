// The sums over the data, in C: everything whose cost grows with the number of data is behind this header.
//
// One pass reads N data in D dimensions under a mixture of K Gaussians and yields either the additive statistics or
// per-datum scores:
//
//     y = P (x - mean)               P = L^-1, lower triangular, for a covariance L L^T
//     l = log_norm - |y|^2 / 2       log_norm = log weight + log |P| - D log(2 pi) / 2
//     s = log sum over components of exp l,      r = exp(l - s)
//
//     statistics = { sum w s,  sum w r [K],  sum w r y [K][D],  sum w r y y^T },  w the weight of a datum
//
// The covariance type says what P is and what is kept of y y^T:
//     full       P [K][D (D + 1) / 2], the rows of lower triangles; of y y^T the same
//     tied       P [D (D + 1) / 2], shared; of y y^T the lower triangle of the sum over all components, nothing in a hard pass
//     diagonal   P [K][D]; the diagonal [K][D]
//     spherical  P [K]; the trace [K]
//     tied diagonal  P [D], shared; of y y^T nothing
//
// A hard pass takes r to be one for the most probable component and zero for the others. Under the tied types equals go
// to the first of them, and s is the largest l: with equal log_norms, nearest centres and the sums of k-means. Under
// the other types n equals have 1 / n each, and s = largest l + log n. The sums of y under the tied types then cost the
// same at any K.
//
// The data are cut into chunks whose borders depend on N, K and D alone. A chunk is summed in order by one worker and
// the chunks' sums are added up along one binary tree, so the result has the same bits for any number of workers and
// whoever runs them. A chunk has the rows of N / 512, but at least 8192 / (K D) and at most 8192 or 32 K D, the larger
// of the two, rounded up to a multiple of 512. So large data sets have more than 512 chunks.
//
// A data set can also be read in parts, at other times or on other machines. A pass over a part is told N and its first
// row, so that parts have the chunks and the tree of the whole. A part yields the sums of the largest subtrees that it
// covers, and gmm_combine adds those of any parts, in any order, along the tree: the result has the bits of one pass
// over all data.
//
// Nothing here prints, exits, allocates or keeps state but what a thread knows of its team; the caller brings the
// workspace.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gmm_precision { GMM_FLOAT64, GMM_FLOAT32 } gmm_precision;

typedef enum gmm_status {
    GMM_OK,
    GMM_NOT_FINITE,     // a datum is NaN or infinite
    GMM_INVALID_WEIGHT, // the weight of a datum is negative, NaN or infinite
    // l overflows for all components, or |y| for one whose moments are computed: the precision of the data cannot hold
    // it. Or sums are too large, by this row with those before it.
    GMM_OUT_OF_REACH,
    GMM_INVALID_PART, // a part does not begin and end at borders of chunks, or subtrees overlap or are none
    GMM_INCOMPLETE,   // the statistics of the whole want other parts
} gmm_status;

typedef enum gmm_covariance { GMM_FULL, GMM_TIED, GMM_DIAGONAL, GMM_SPHERICAL, GMM_TIED_DIAGONAL } gmm_covariance;

typedef struct gmm_pass {
    gmm_precision precision; // of values, weights, log_density and responsibilities
    size_t count;            // rows that this pass reads, N unless they are a part; arrays of N below have as many
    size_t first_row;        // the place of its first row in the whole data set
    size_t whole_count;      // N, the rows of the whole data set; 0 where this pass reads all of it
    size_t dimension;        // D
    const void *values;      // [N][D], `row_stride` and `column_stride` elements apart
    ptrdiff_t row_stride, column_stride;
    // [D][N], the elements of each `row_stride` apart, in place of values and column_stride; or NULL
    const void *const *columns;
    const void *weights; // [N] contiguous, or NULL for weights of one

    size_t components; // K
    gmm_covariance covariance;
    const double *log_norms; // [K], may be -infinity
    const double *means;     // [K][D]
    const double *factors;   // P, as the type has it
    bool hard;               // assigns each datum to its most probable component

    // Scores, each wanted unless NULL. Where any is wanted, scores are computed instead of statistics. Unless the
    // status is GMM_OK, some may not have been written.
    void *log_densities;    // [N], s
    void *responsibilities; // [N][K], r
    int32_t *labels;        // [N], the most probable component, the first of equals

    size_t kernel;   // < gmm_kernel_count(), and available
    size_t workers;  // at least 1
    void *workspace; // gmm_workspace_size bytes, 128-byte aligned
} gmm_pass;

typedef struct gmm_result {
    gmm_status status;
    size_t row;     // the first row at fault, among those of the pass, where the status says that there is one
    int32_t kernel; // the kernel that ran, as its own code says; -1 where there were no data
} gmm_result;

// Kernels, slowest first. The last available one is the best.
size_t gmm_kernel_count(void);
const char *gmm_kernel_name(size_t kernel);
bool gmm_kernel_available(size_t kernel);

// The number of doubles in the statistics of a pass.
size_t gmm_statistics_length(const gmm_pass *pass);

// Bytes for a pass whose sizes, types, `hard` and workers are set. With h the height of the tree, log2 of the chunks of
// the whole: 1 KiB; the statistics h (workers + 2) + 2 workers times, or once a chunk where that is less; and for each
// worker at most 2 MiB, 2.25 KiB for each of K + 3 D + 10 numbers of a datum, and the parameters in the precision of
// the data, means twice; in soft passes of the tied type up to K = 1024 also K D + K^2 numbers of 8 bytes.
size_t gmm_workspace_size(const gmm_pass *pass);

// Rows of every chunk but the last, which N, K and D decide. A part begins at a multiple of them, and ends at one or at
// the end of the data.
size_t gmm_chunk_rows(const gmm_pass *pass);

// The chunks of this pass, 0 for an invalid part. A worker takes one after another; more workers than chunks have
// nothing to do.
size_t gmm_chunk_count(const gmm_pass *pass);

// A pass is gmm_begin; gmm_work for each worker 0 ..< workers, in any order and on any threads; gmm_finish or
// gmm_finish_part. gmm_begin lays the workspace out for `workers`; from then on there may be fewer. gmm_run_openmp does
// the middle part on OpenMP threads where gmm_openmp() says that they are compiled in, and else one worker after
// another. `statistics` is neither read nor written when scores were computed, and of a part only scores are to be had
// from gmm_finish.
void gmm_begin(gmm_pass *pass);
void gmm_work(gmm_pass *pass, size_t worker);
bool gmm_openmp(void);
void gmm_run_openmp(gmm_pass *pass);
gmm_result gmm_finish(const gmm_pass *pass, double *statistics);

// Chunks first ..< first + count of the whole, which are all those below one node of the tree. Its level is log2 of
// count, rounded up, since a subtree at the end of the data can be short of chunks; its index in that level is first /
// 2^level.
typedef struct gmm_subtree {
    size_t first, count;
} gmm_subtree;

// The number of largest subtrees that make up the chunks of this pass: one for the whole, and at most twice the height
// of the tree.
size_t gmm_subtree_count(const gmm_pass *pass);

// Writes them, in the order of the data, and the statistics of each, [gmm_subtree_count][gmm_statistics_length].
gmm_result gmm_finish_part(const gmm_pass *pass, gmm_subtree *subtrees, double *sums);

// Adds up subtrees of several parts, `count` of them in any order, with the sums of each. Left are the largest subtrees
// that they make up, in the order of the data, and `count` is then their number. GMM_OK: one is left, and it is the
// whole. GMM_INCOMPLETE: parts are missing. GMM_INVALID_PART: some have chunks in common or are no subtrees; then
// nothing was added. Of the pass its sizes, types and `hard` are read.
gmm_status gmm_combine(const gmm_pass *pass, size_t *count, gmm_subtree *subtrees, double *sums);

// How many workers, from 1 to `wanted`, this thread can have side by side, itself among them; to be asked before OpenMP
// or Dispatch is, which end the process or wait for ever where the system has no thread to give. Threads are made and,
// with OpenMP, kept when a thread asks for more than before.
size_t gmm_team(size_t wanted);

// Calls work(context, worker) for each worker 0 ..< workers, no more than gmm_team grants, on OpenMP threads where
// gmm_openmp() says that they are compiled in, and else one after another.
void gmm_run_team(size_t workers, void (*work)(void *context, size_t worker), void *context);

// Calls work(context, item) for each item 0 ..< count, on this thread and on at most `most` - 1 of its own, or fewer
// where the system gives fewer.
void gmm_for_each(size_t count, size_t most, void (*work)(void *context, size_t item), void *context);

// Square matrices of one component, n x n in float64, O(n^3). Rows lie `pitch` doubles apart, a multiple of 8 and at
// least n, and are zero from column n on. Triangles are lower ones, zero above the diagonal. No matrix may overlap
// another. Every kernel gives the same bits, those of the plain loops: triangles.inc.h.
//
// Replaces a symmetric a, of which the lower triangle is read, by its Cholesky factor L, a = L L^T. False, with rubbish
// left, if a pivot is not positive.
bool gmm_decompose(size_t kernel, size_t n, size_t pitch, double *a);
// Replaces a triangle, whose diagonal must have reciprocals, by its inverse.
void gmm_invert_triangle(size_t kernel, size_t n, size_t pitch, double *l);
// c = a b, all triangles.
void gmm_multiply_triangles(size_t kernel, size_t n, size_t pitch, const double *a, const double *b, double *c);
// c = the lower triangle of a^T b, a a triangle and b any matrix.
void gmm_multiply_transposed(size_t kernel, size_t n, size_t pitch, const double *a, const double *b, double *c);
// c = a s a^T, a a triangle and s symmetric; `scratch` is a matrix to work in.
void gmm_congruence(
    size_t kernel, size_t n, size_t pitch, const double *a, const double *s, double *scratch, double *c);

// The kernels' own elementary functions on whole arrays, for their tests and for measuring the machine's limit.
// exp for x <= 0, log for x >= 1; accuracy and domain: exp_log.inc.h.
void gmm_exp(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count);
void gmm_log(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count);

#endif
