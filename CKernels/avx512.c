#if defined(__x86_64__)
#include <float.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))), apply_to = function)
#define KERNEL avx512
#define KERNEL_NAME "avx512"
#define INDEX_OF_KERNEL 2
#define VECTOR_BYTES 64
#include "instance.inc.h"
#pragma clang attribute pop
#endif
