#if defined(__x86_64__)
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool is_available(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL avx2
#define VECTOR_BYTES 32
#include "instance.inc.h"
#pragma clang attribute pop
#endif
