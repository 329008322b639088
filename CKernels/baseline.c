// Whatever the compiler's default target has: SSE2 on x86-64, NEON on arm64.
#define KERNEL baseline
#define KERNEL_NAME "baseline"
#define INDEX_OF_KERNEL 0
#define VECTOR_BYTES 16
#include "instance.inc.h"
