// Runs one kernel over every covariance type and many shapes and layouts, on data made by a formula, and prints a line
// with the bits of each result: programs for two processors agree if their lines do. scripts/check-arm64.sh compiles
// and compares them.
//
//   crosscheck KERNEL   exits with 77 where the processor cannot run it
// For MAP_ANONYMOUS.
#define _DEFAULT_SOURCE

#include "CKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Parameters and data have the same bits whether or not the processor can multiply and add at once.
#pragma STDC FP_CONTRACT OFF

// MARK: Numbers

static uint64_t state;

static uint64_t random_bits(void) {
    // Sebastiano Vigna's splitmix64.
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double uniform(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

static size_t one_of(const size_t *choices, size_t count) { return choices[random_bits() % count]; }
#define ONE_OF(choices) one_of(choices, sizeof(choices) / sizeof *(choices))

// Near enough to normal: the deviation is 1, and 6 the furthest.
static double deviate(void) {
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += uniform();
    return sum;
}

// FNV-1a.
static uint64_t hash(uint64_t h, const void *bytes, size_t count) {
    for (const unsigned char *byte = bytes; count-- > 0; byte++) h = (h ^ *byte) * 0x100000001b3;
    return h;
}
static const uint64_t empty_hash = 0xcbf29ce484222325;

// MARK: Memory between two pages that cannot be read

typedef struct guarded {
    char *mapping;
    size_t mapped;
    void *bytes; // against the first page, or the last
} guarded;

static guarded guard(size_t bytes, bool at_end) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (bytes + page - 1) / page + 2;
    char *mapping = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED || mprotect(mapping, page, PROT_NONE) != 0 ||
        mprotect(mapping + (pages - 1) * page, page, PROT_NONE) != 0) {
        perror("crosscheck: no memory between guard pages");
        exit(1);
    }
    return (guarded){mapping, pages * page, at_end ? mapping + (pages - 1) * page - bytes : mapping + page};
}

static void release(guarded g) { munmap(g.mapping, g.mapped); }

static void store(gmm_precision precision, void *to, size_t index, double x) {
    if (precision == GMM_FLOAT64) ((double *)to)[index] = x;
    else ((float *)to)[index] = (float)x;
}

// MARK: A pass

static const char *const covariances[] = {"full", "tied", "diagonal", "spherical", "tied-diagonal"};

static size_t factor_length(gmm_covariance covariance, size_t components, size_t dimension) {
    size_t triangle = dimension * (dimension + 1) / 2;
    switch (covariance) {
    case GMM_FULL: return components * triangle;
    case GMM_TIED: return triangle;
    case GMM_DIAGONAL: return components * dimension;
    case GMM_SPHERICAL: return components;
    case GMM_TIED_DIAGONAL: return dimension;
    }
    return 0;
}

// Lower triangles near the identity, or positive numbers near one.
static void fill_factors(gmm_covariance covariance, size_t dimension, double *factors, size_t length) {
    bool triangular = covariance == GMM_FULL || covariance == GMM_TIED;
    size_t row = 0, column = 0;
    for (size_t i = 0; i < length; i++) {
        factors[i] = !triangular || row == column ? 0.5 + uniform() : (uniform() - 0.5) / (double)dimension;
        if (!triangular) continue;
        if (column++ == row) row = (row + 1) % dimension, column = 0;
    }
}

// Row-major, the same with gaps, the same from the last row to the first, column-major, and neither.
enum { LAYOUTS = 5 };

// Writes the bits of the statistics and of the scores of one problem, which `number` determines.
static void check(size_t kernel, uint64_t number, gmm_precision precision, gmm_covariance covariance, bool hard,
    size_t D, size_t K, size_t N) {
    state = number * 0xd1342543de82ef95;
    size_t layout = random_bits() % LAYOUTS, scalar = precision == GMM_FLOAT64 ? sizeof(double) : sizeof(float);
    bool weighted = random_bits() % 2, at_end = random_bits() % 2, faulty = random_bits() % 16 == 0,
         far = random_bits() % 8 == 0;
    // Components that overlap, stand apart, or stand so far apart that a tied type whitens for each.
    double apart = far ? 0x1p21 : (double)(1 + random_bits() % 8);

    size_t length = factor_length(covariance, K, D);
    double *log_norms = malloc(K * sizeof *log_norms), *means = malloc(K * D * sizeof *means),
           *factors = malloc(length * sizeof *factors);
    for (size_t k = 0; k < K; k++) log_norms[k] = -3 * uniform() - 0.9 * (double)D;
    if (K > 2 && random_bits() % 4 == 0) log_norms[random_bits() % K] = -INFINITY;
    for (size_t i = 0; i < K * D; i++) means[i] = apart * deviate();
    fill_factors(covariance, D, factors, length);

    gmm_pass pass = {
        .precision = precision,
        .count = N,
        .dimension = D,
        .components = K,
        .covariance = covariance,
        .hard = hard,
        .log_norms = log_norms,
        .means = means,
        .factors = factors,
        .kernel = kernel,
        .workers = 1,
    };
    size_t gap = layout == 0 ? 0 : random_bits() % 5, step = layout == 4 ? 2 : 1,
           width = step * (layout == 3 ? N : D) + gap;
    pass.row_stride = layout == 3 ? 1 : layout == 2 ? -(ptrdiff_t)width : (ptrdiff_t)width;
    pass.column_stride = layout == 3 ? (ptrdiff_t)width : (ptrdiff_t)step;
    size_t start = layout == 2 ? (N - 1) * width : 0, lines = layout == 3 ? D : N,
           line = layout == 3 ? N : step * (D - 1) + 1;
    size_t elements = (lines - 1) * width + line;
    guarded values = guard(elements * scalar, at_end), weights = guard(N * scalar, at_end);
    for (size_t i = 0; i < elements; i++) store(precision, values.bytes, i, NAN);
    for (size_t i = 0; i < N; i++) {
        size_t k = random_bits() % K;
        for (size_t d = 0; d < D; d++) {
            ptrdiff_t index = (ptrdiff_t)start + (ptrdiff_t)i * pass.row_stride + (ptrdiff_t)d * pass.column_stride;
            store(precision, values.bytes, (size_t)index, means[k * D + d] + 1.5 * deviate());
        }
        store(precision, weights.bytes, i, random_bits() % 8 == 0 ? 0 : 2 * uniform());
    }
    if (faulty) store(precision, values.bytes, start, NAN);
    pass.values = (char *)values.bytes + start * scalar;
    if (weighted) pass.weights = weights.bytes;

    size_t sums = gmm_statistics_length(&pass);
    double *statistics = calloc(sums, sizeof *statistics);
    guarded workspace = guard((gmm_workspace_size(&pass) + 127) / 128 * 128, true);
    pass.workspace = workspace.bytes;
    gmm_begin(&pass);
    gmm_work(&pass, 0);
    gmm_result result = gmm_finish(&pass, statistics);
    uint64_t of_sums = result.status == GMM_OK ? hash(empty_hash, statistics, sums * sizeof *statistics) : 0;

    guarded densities = guard(N * scalar, at_end), responsibilities = guard(N * K * scalar, at_end),
            labels = guard(N * sizeof(int32_t), at_end);
    pass.log_densities = densities.bytes, pass.responsibilities = responsibilities.bytes, pass.labels = labels.bytes;
    gmm_begin(&pass);
    gmm_work(&pass, 0);
    gmm_result scored = gmm_finish(&pass, NULL);
    uint64_t of_scores = 0;
    if (scored.status == GMM_OK)
        of_scores = hash(hash(hash(empty_hash, densities.bytes, N * scalar), responsibilities.bytes, N * K * scalar),
            labels.bytes, N * sizeof(int32_t));

    printf("%llu float%zu %s%s D %zu K %zu N %zu layout %zu%s%s: %d at %zu, sums %016llx (log-likelihood %a), %d at "
           "%zu, scores %016llx\n",
        (unsigned long long)number, 8 * scalar, covariances[covariance], hard ? " hard" : "", D, K, N, layout,
        weighted ? " weighted" : "", far ? " far" : "", result.status, result.row, (unsigned long long)of_sums,
        statistics[0], scored.status, scored.row, (unsigned long long)of_scores);
    release(values), release(weights), release(workspace), release(densities), release(responsibilities),
        release(labels);
    free(log_norms), free(means), free(factors), free(statistics);
}

// exp and log over their domains.
static void check_functions(size_t kernel, gmm_precision precision) {
    enum { COUNT = 100003 };
    size_t scalar = precision == GMM_FLOAT64 ? sizeof(double) : sizeof(float);
    double least = precision == GMM_FLOAT64 ? -710 : -90;
    char *x = malloc(COUNT * scalar), *y = malloc(COUNT * scalar);
    for (size_t i = 0; i < COUNT; i++) store(precision, x, i, least * ((double)i / COUNT));
    gmm_exp(kernel, precision, x, y, COUNT);
    uint64_t of_exp = hash(empty_hash, y, COUNT * scalar);
    for (size_t i = 0; i < COUNT; i++) store(precision, x, i, 1 + 1e3 * ((double)i / COUNT) * ((double)i / COUNT));
    gmm_log(kernel, precision, x, y, COUNT);
    printf("float%zu exp %016llx log %016llx\n", 8 * scalar, (unsigned long long)of_exp,
        (unsigned long long)hash(empty_hash, y, COUNT * scalar));
    free(x), free(y);
}

int main(int count, char **arguments) {
    size_t kernel = 0;
    if (count != 2) return fprintf(stderr, "usage: crosscheck KERNEL\n"), 64;
    while (kernel < gmm_kernel_count() && strcmp(gmm_kernel_name(kernel), arguments[1]) != 0) kernel++;
    if (kernel == gmm_kernel_count() || !gmm_kernel_available(kernel)) return 77;
    check_functions(kernel, GMM_FLOAT64);
    check_functions(kernel, GMM_FLOAT32);

    // Around whole tiles of rows and columns, from where residuals are pooled, gathered, and not kept.
    static const size_t dimensions[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 18, 25, 64, 67};
    static const size_t components[] = {1, 2, 3, 4, 5, 8, 21};
    // Around whole vectors, groups, blocks and chunks.
    static const size_t rows[] = {1, 2, 7, 8, 31, 33, 65, 200, 511, 513, 700, 1025, 2100};
    uint64_t number = 0;
    for (size_t d = 0; d < sizeof dimensions / sizeof *dimensions; d++)
        for (size_t k = 0; k < sizeof components / sizeof *components; k++)
            for (int of = 0; of < 20; of++) {
                size_t D = dimensions[d], K = components[k];
                state = ++number;
                size_t N = ONE_OF(rows), most = 3000000 / (K * D * (of / 4 < 2 ? D : 1)) + 1;
                check(kernel, number, (gmm_precision)(of % 2), (gmm_covariance)(of / 4), of / 2 % 2, D, K,
                    N < most ? N : most);
            }
    return 0;
}
