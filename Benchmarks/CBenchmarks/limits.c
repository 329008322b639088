#include "CBenchmarks.h"

#include <string.h>

// The target attributes of CKernels' instances.
#if defined(__x86_64__)
#define SET baseline
#define VECTOR_BYTES 16
#define ACCUMULATORS 14
#include "limits.inc.h"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avx2
#define VECTOR_BYTES 32
#define ACCUMULATORS 14
#include "limits.inc.h"
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))), apply_to = function)
#define SET avx512
#define VECTOR_BYTES 64
#define ACCUMULATORS 24
#include "limits.inc.h"
#pragma clang attribute pop
#else
#define SET baseline
#define VECTOR_BYTES 16
#define ACCUMULATORS 24
#include "limits.inc.h"
#endif

static const struct {
    const char *name;
    size_t (*multiply_adds[2])(size_t rounds);
    size_t (*read)(const void *bytes, size_t count);
} sets[] = {
    {"baseline", {multiply_adds_f64_baseline, multiply_adds_f32_baseline}, read_baseline},
#if defined(__x86_64__)
    {"avx2", {multiply_adds_f64_avx2, multiply_adds_f32_avx2}, read_avx2},
    {"avx512", {multiply_adds_f64_avx512, multiply_adds_f32_avx512}, read_avx512},
#endif
};

int limit_of_kernel(const char *name) {
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(sets[i].name, name) == 0) return (int)i;
    return -1;
}

size_t limit_multiply_adds(int set, bool float32, size_t rounds) { return sets[set].multiply_adds[float32](rounds); }

size_t limit_read(int set, const void *bytes, size_t count) { return sets[set].read(bytes, count); }

bool limit_has_openmp(void) {
#ifdef _OPENMP
    return true;
#else
    return false;
#endif
}

void limit_run(size_t workers, void (*work)(void *context, size_t worker), void *context) {
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)workers) schedule(static, 1)
#endif
    for (size_t worker = 0; worker < workers; worker++) work(context, worker);
}

__attribute__((noinline)) void limit_mark(void) { __asm__ volatile("" ::: "memory"); }

const char *limit_compiler(void) { return __VERSION__; }

bool limit_is_optimized(void) {
#ifdef __OPTIMIZE__
    return true;
#else
    return false;
#endif
}
