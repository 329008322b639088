// From a pass to its result: kernels by number, chunks, workers, and the order in which partial sums are combined.
#include "instance.h"

#include <math.h>
#include <string.h>

// MARK: Kernels

static const instance *const instances[] = {
    &instance_baseline,
#if defined(__x86_64__)
    &instance_avx2,
    &instance_avx512,
#endif
};

size_t gmm_kernel_count(void) { return sizeof instances / sizeof *instances; }

const char *gmm_kernel_name(size_t kernel) { return instances[kernel]->name; }

bool gmm_kernel_available(size_t kernel) {
#if defined(__x86_64__)
    // These ask the operating system too: it must save the registers.
    if (kernel == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (kernel == 2)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
#endif
    return kernel == 0;
}

void gmm_exp(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count) {
    instances[kernel]->exp[precision](x, result, count);
}

void gmm_log(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count) {
    instances[kernel]->log[precision](x, result, count);
}

// MARK: Chunks

// At least so many terms that handing a chunk out is cheap beside it, and at most so many chunks that combining them is.
enum { SMALLEST_CHUNK_TERMS = 8192, LARGEST_CHUNK_COUNT = 512 };

static size_t chunk_rows(const gmm_pass *pass) {
    size_t rows = (pass->count + LARGEST_CHUNK_COUNT - 1) / LARGEST_CHUNK_COUNT;
    size_t enough = SMALLEST_CHUNK_TERMS / pass->components / pass->dimension;
    if (rows < enough) rows = enough;
    return (rows / LARGEST_BLOCK + (rows % LARGEST_BLOCK != 0 || rows == 0)) * LARGEST_BLOCK;
}

size_t gmm_chunk_count(const gmm_pass *pass) {
    size_t rows = chunk_rows(pass);
    return pass->count / rows + (pass->count % rows != 0);
}

// MARK: Workspace: a result and sums per chunk, then scratch per worker.

static size_t aligned(size_t bytes) { return (bytes + 127) / 128 * 128; }

size_t gmm_statistics_length(const gmm_pass *pass) {
    size_t second = has_second_moments(pass) ? factor_length(pass) : 0;
    return 1 + pass->components * (1 + pass->dimension) + second;
}

static chunk_result *chunk_results(const gmm_pass *pass) { return pass->workspace; }

static double *chunk_sums(const gmm_pass *pass) {
    return (double *)((char *)pass->workspace + aligned(gmm_chunk_count(pass) * sizeof(chunk_result)));
}

static size_t sums_bytes(const gmm_pass *pass) { return aligned(gmm_chunk_count(pass) * gmm_statistics_length(pass) * sizeof(double)); }

size_t gmm_workspace_size(const gmm_pass *pass) {
    return aligned(gmm_chunk_count(pass) * sizeof(chunk_result)) + sums_bytes(pass) + pass->workers * layout_of(pass).bytes;
}

// MARK: Running

void gmm_place_origin(const gmm_pass *pass, double *origin) {
    // The same point whether or not the compiler's default target multiplies and adds at once.
    #pragma STDC FP_CONTRACT OFF
    double largest = -INFINITY, total = 0;
    for (size_t k = 0; k < pass->components; k++) largest = fmax(largest, pass->log_norms[k]);
    for (size_t k = 0; k < pass->components; k++) total += exp(pass->log_norms[k] - largest);
    memset(origin, 0, pass->dimension * sizeof *origin);
    for (size_t k = 0; k < pass->components; k++) {
        double weight = exp(pass->log_norms[k] - largest) / total;
        for (size_t d = 0; d < pass->dimension && weight > 0; d++) origin[d] += weight * pass->means[k * pass->dimension + d];
    }
}

void gmm_begin(gmm_pass *pass) { pass->next_chunk = 0; }

void gmm_work(gmm_pass *pass, size_t worker) {
    size_t rows = chunk_rows(pass), chunks = gmm_chunk_count(pass), length = gmm_statistics_length(pass);
    layout scratch_layout = layout_of(pass);
    double *sums = chunk_sums(pass);
    char *scratch = (char *)sums + sums_bytes(pass) + worker * scratch_layout.bytes;
    for (bool prepared = false;; prepared = true) {
        size_t chunk = __atomic_fetch_add(&pass->next_chunk, 1, __ATOMIC_RELAXED);
        if (chunk >= chunks) return;
        if (!prepared) instances[pass->kernel]->prepare[pass->precision](pass, &scratch_layout, scratch);
        size_t first = chunk * rows, last = pass->count - first < rows ? pass->count : first + rows;
        chunk_results(pass)[chunk] =
            instances[pass->kernel]->chunk[pass->precision](pass, &scratch_layout, first, last, scratch, sums + chunk * length);
    }
}

bool gmm_openmp(void) {
#ifdef _OPENMP
    return true;
#else
    return false;
#endif
}

void gmm_run_openmp(gmm_pass *pass) {
    // The pragma stands here and not in an instance: the function that it outlines loses the `target` attribute, and with it the vectors.
#ifdef _OPENMP
    #pragma omp parallel for num_threads((int)pass->workers) schedule(static, 1)
#endif
    for (size_t worker = 0; worker < pass->workers; worker++) gmm_work(pass, worker);
}

gmm_result gmm_finish(const gmm_pass *pass, double *statistics) {
    size_t chunks = gmm_chunk_count(pass), length = gmm_statistics_length(pass);
    const chunk_result *results = chunk_results(pass);
    for (size_t chunk = 0; chunk < chunks; chunk++)
        if (results[chunk].status != GMM_OK) return (gmm_result){results[chunk].status, results[chunk].row, results[chunk].kernel};
    if (!scores_wanted(pass)) {
        // Pairwise, in place: neighbours, then neighbours of those, so that rounding grows with the logarithm of the number of chunks.
        double *sums = chunk_sums(pass);
        for (size_t step = 1; step < chunks; step *= 2)
            for (size_t chunk = 0; chunk + step < chunks; chunk += 2 * step)
                for (size_t i = 0; i < length; i++) sums[chunk * length + i] += sums[(chunk + step) * length + i];
        if (chunks > 0) memcpy(statistics, sums, length * sizeof *statistics);
        else memset(statistics, 0, length * sizeof *statistics);
    }
    return (gmm_result){GMM_OK, 0, chunks > 0 ? results[0].kernel : -1};
}
