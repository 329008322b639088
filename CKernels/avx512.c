#if defined(__x86_64__)
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool is_available(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))), apply_to = function)
#define KERNEL avx512
#define VECTOR_BYTES 64
#include "instance.inc.h"
#pragma clang attribute pop
#endif
