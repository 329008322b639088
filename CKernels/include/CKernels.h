// The sums over the data, in C: everything whose cost grows with the number of data is behind this header.
//
// One pass reads N data in D dimensions under a mixture of K Gaussians and yields either the additive statistics or per-datum scores:
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
// A hard pass takes r to be one for the most probable component and zero for the others. Under the tied types equals go to the first of them,
// and s is the largest l: with equal log_norms, nearest centres and the sums of k-means. Under the other types n equals have 1 / n each, and
// s = largest l + log n. The sums of y under the tied types then cost the same at any K.
//
// The data are cut into chunks that depend on N, K and D alone. A chunk is summed in order by one worker and the chunks' sums are
// combined in a fixed tree, so the result has the same bits for any number of workers and whoever runs them.
//
// Nothing here prints, exits, allocates or keeps state but what a thread knows of its team; the caller brings the workspace.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gmm_precision { GMM_FLOAT64, GMM_FLOAT32 } gmm_precision;

typedef enum gmm_status {
    GMM_OK,
    GMM_NOT_FINITE,      // a datum is NaN or infinite
    GMM_INVALID_WEIGHT,  // the weight of a datum is negative, NaN or infinite
    // l overflows for all components, or |y| for one whose moments are computed: the precision of the data cannot hold it. Or sums are too large,
    // by this row with those before it.
    GMM_OUT_OF_REACH,
} gmm_status;

typedef enum gmm_covariance { GMM_FULL, GMM_TIED, GMM_DIAGONAL, GMM_SPHERICAL, GMM_TIED_DIAGONAL } gmm_covariance;

typedef struct gmm_pass {
    gmm_precision precision;  // of values, weights, log_density and responsibilities
    size_t count;             // N
    size_t dimension;         // D
    const void *values;       // [N][D], `row_stride` and `column_stride` elements apart
    ptrdiff_t row_stride, column_stride;
    const void *weights;      // [N] contiguous, or NULL for weights of one

    size_t components;        // K
    gmm_covariance covariance;
    const double *log_norms;  // [K], may be -infinity
    const double *means;      // [K][D]
    const double *factors;    // P, as the type has it
    bool hard;                // assigns each datum to its most probable component
    // Computes the moments of every datum under every component, also where they cannot change a sum. For measuring what leaving them out saves.
    bool keeps_negligible;

    // Scores, each wanted unless NULL. Where any is wanted, scores are computed instead of statistics. Unless the status is GMM_OK, some may not have
    // been written.
    void *log_densities;      // [N], s
    void *responsibilities;   // [N][K], r
    int32_t *labels;          // [N], the most probable component, the first of equals

    size_t kernel;            // < gmm_kernel_count(), and available
    size_t workers;           // at least 1
    void *workspace;          // gmm_workspace_size bytes, 128-byte aligned
    size_t next_chunk;        // written by gmm_begin and gmm_work
} gmm_pass;

typedef struct gmm_result {
    gmm_status status;
    size_t row;     // the first row at fault where status is not GMM_OK
    int32_t kernel; // the kernel that ran, as its own code says; -1 where there were no data
} gmm_result;

// Kernels, slowest first. The last available one is the best.
size_t gmm_kernel_count(void);
const char *gmm_kernel_name(size_t kernel);
bool gmm_kernel_available(size_t kernel);

// The number of doubles in the statistics of a pass.
size_t gmm_statistics_length(const gmm_pass *pass);

// Bytes for a pass whose sizes, types, `hard` and workers are set: 24 and the statistics for each of at most 512 chunks; and for each
// worker at most 2 MiB, 2.25 KiB for each of K + 3 D + 10 numbers of a datum, and the parameters in the precision of the data, means twice; in
// soft passes of the tied type up to K = 1024 also K D + K^2 numbers of 8 bytes.
size_t gmm_workspace_size(const gmm_pass *pass);

// A worker takes one chunk after another; more workers than chunks have nothing to do.
size_t gmm_chunk_count(const gmm_pass *pass);

// A pass is gmm_begin; gmm_work for each worker 0 ..< workers, in any order and on any threads; gmm_finish.
// gmm_run_openmp does the middle part on OpenMP threads where gmm_openmp() says that they are compiled in, and else one worker after another.
// `statistics` is neither read nor written when scores were computed.
void gmm_begin(gmm_pass *pass);
void gmm_work(gmm_pass *pass, size_t worker);
bool gmm_openmp(void);
void gmm_run_openmp(gmm_pass *pass);
gmm_result gmm_finish(const gmm_pass *pass, double *statistics);

// How many workers, from 1 to `wanted`, this thread can have side by side, itself among them; to be asked before OpenMP or Dispatch is, which end the
// process or wait for ever where the system has no thread to give. Threads are made and, with OpenMP, kept when a thread asks for more than before.
size_t gmm_team(size_t wanted);

// Calls work(context, item) for each item 0 ..< count, on this thread and on at most `most` - 1 of its own, or fewer where the system gives fewer.
void gmm_for_each(size_t count, size_t most, void (*work)(void *context, size_t item), void *context);

// The kernels' own elementary functions on whole arrays, for their tests and for measuring the machine's limit.
// exp for x <= 0, log for x >= 1; accuracy and domain: exp_log.h.
void gmm_exp(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count);
void gmm_log(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count);

#endif
