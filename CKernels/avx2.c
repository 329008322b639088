#if defined(__x86_64__)
#include <float.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL avx2
#define KERNEL_NAME "avx2"
#define INDEX_OF_KERNEL 1
#define VECTOR_BYTES 32
#include "instance.inc.h"
#pragma clang attribute pop
#endif
