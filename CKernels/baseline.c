// Whatever the compiler's default target has: SSE2 on x86-64, NEON on arm64.
#include <stdbool.h>

static bool is_available(void) { return true; }

#define KERNEL baseline
#if defined(__aarch64__)
// Two registers each, of 32: tiles then have as many sums in flight as four units of a latency of four take, and lanes
// are added as AVX2 adds them.
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#include "instance.inc.h"
