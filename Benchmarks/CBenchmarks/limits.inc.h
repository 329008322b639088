// One instruction set's limits. Defined before: SET, VECTOR_BYTES, and ACCUMULATORS, as many as fit into registers
// beside a factor and a summand and hide the latency.
#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define NAMED(name) JOIN(name, SET)

typedef double NAMED(doubles) __attribute__((vector_size(VECTOR_BYTES)));
typedef float NAMED(floats) __attribute__((vector_size(VECTOR_BYTES)));
typedef unsigned long long NAMED(words) __attribute__((vector_size(VECTOR_BYTES), aligned(8)));

// A product and a sum, in one instruction where there is one. arm64's writes over the summand, so that a sum over y
// would first take a copy of it, and peak at little more than half; x is then hidden from the compiler each time, which
// would multiply once for all. On x86 the sum over the product takes no copy, with SSE2 neither.
#if defined(__aarch64__)
#define MULTIPLY_ADD(a, x, y) \
    __asm__ volatile("" : "+w"(x)); \
    a += x * y
#else
#define MULTIPLY_ADD(a, x, y) a = a * x + y
#endif

// x and y come from memory, or the compiler would know the result.
#define MULTIPLY_ADDS(VECTOR, SCALAR) \
    _Pragma("clang fp contract(fast)") volatile SCALAR factor = (SCALAR)0.999, summand = (SCALAR)0.001; \
    VECTOR x = (VECTOR){} + factor, y = (VECTOR){} + summand, a[ACCUMULATORS]; \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < ACCUMULATORS; i++) a[i] = (VECTOR){} + (SCALAR)i; \
    _Pragma("clang loop unroll(disable)") for (size_t round = 0; round < rounds; round++) { \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < ACCUMULATORS; i++) { MULTIPLY_ADD(a[i], x, y); } \
    } \
    _Pragma("clang loop unroll(full)") for (int i = 1; i < ACCUMULATORS; i++) a[0] += a[i]; \
    factor = a[0][0]; \
    return ACCUMULATORS * sizeof x / sizeof(SCALAR);

static size_t NAMED(multiply_adds_f64)(size_t rounds) { MULTIPLY_ADDS(NAMED(doubles), double) }
static size_t NAMED(multiply_adds_f32)(size_t rounds) { MULTIPLY_ADDS(NAMED(floats), float) }

static size_t NAMED(read)(const void *bytes, size_t count) {
    const NAMED(words) *words = bytes;
    NAMED(words) sum[8] = {};
    size_t vectors = count / VECTOR_BYTES;
    for (size_t i = 0; i + 8 <= vectors; i += 8) {
        _Pragma("clang loop unroll(full)") for (int j = 0; j < 8; j++) sum[j] |= words[i + j];
    }
    for (int j = 1; j < 8; j++) sum[0] |= sum[j];
    return sum[0][0];
}

#undef MULTIPLY_ADDS
#undef MULTIPLY_ADD
#undef NAMED
#undef JOIN
#undef JOIN2
#undef ACCUMULATORS
#undef VECTOR_BYTES
#undef SET
