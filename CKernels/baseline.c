// Whatever the compiler's default target has: SSE2 on x86-64, NEON on arm64.
#include <stdbool.h>

static bool is_available(void) { return true; }

#define KERNEL baseline
#define VECTOR_BYTES 16
#include "instance.inc.h"
