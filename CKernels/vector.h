// Names for the vectors of one precision in one instruction set. The includer defines KERNEL and VECTOR_BYTES, and FLOAT64 or FLOAT32;
// including this file again gives every name its new meaning.
#undef PRECISION
#undef SCALAR
#undef NATURAL
#undef INTEGER
#undef SCALAR_MAX
#undef MANTISSA_BITS
#undef CONSTANT
#undef POLYNOMIAL
#undef SMALLEST_EXP_ARGUMENT
#undef BITS_OF_SQRT_HALF

#ifdef FLOAT64
#define PRECISION f64
#define SCALAR double
#define NATURAL uint64_t
#define INTEGER int64_t
#define SCALAR_MAX DBL_MAX
#define MANTISSA_BITS 52
#define CONSTANT(name) name##_F64
#define POLYNOMIAL(name) name##_f64
#define SMALLEST_EXP_ARGUMENT -708
#define BITS_OF_SQRT_HALF 0x3fe6a09e667f3bcd
#else
#define PRECISION f32
#define SCALAR float
#define NATURAL uint32_t
#define INTEGER int32_t
#define SCALAR_MAX FLT_MAX
#define MANTISSA_BITS 23
#define CONSTANT(name) name##_F32
#define POLYNOMIAL(name) name##_f32
#define SMALLEST_EXP_ARGUMENT -87
#define BITS_OF_SQRT_HALF 0x3f3504f3
#endif

#ifndef NAMED
#define JOIN_(a, b, c) a##_##b##_##c
#define JOIN(a, b, c) JOIN_(a, b, c)
#define NAMED(name) JOIN(name, KERNEL, PRECISION)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// Vectors in flight, enough to hide the latency of exp's polynomial.
#define GROUP 4
#define EACH(u) UNROLL for (int u = 0; u < GROUP; u++)
// Nothing, but the compiler may not move the computation of a vector past it. Left alone it puts independent chains one after the other,
// further apart than a processor looks ahead, and keeps operands of products that it has put off in memory.
#if defined(__x86_64__)
#define IN_ORDER(v) __asm__ volatile("" : "+v"(v) : : "memory")
#elif defined(__aarch64__)
#define IN_ORDER(v) __asm__ volatile("" : "+w"(v) : : "memory")
#else
#define IN_ORDER(v)
#endif

#define LANES (VECTOR_BYTES / sizeof(SCALAR))
#define VECTOR NAMED(vector)
#define UNSIGNED NAMED(unsigned)
#define INTEGERS NAMED(integers)
// As many doubles as VECTOR has lanes: blocks are added up in them.
#define DOUBLES NAMED(doubles)
#define splat NAMED(splat)
#define transpose NAMED(transpose)
#define select_lanes NAMED(select_lanes)
#define maximum NAMED(maximum)
#define minimum NAMED(minimum)
#endif

typedef SCALAR VECTOR __attribute__((vector_size(VECTOR_BYTES)));
typedef NATURAL UNSIGNED __attribute__((vector_size(VECTOR_BYTES)));
typedef INTEGER INTEGERS __attribute__((vector_size(VECTOR_BYTES)));
typedef double DOUBLES __attribute__((vector_size(VECTOR_BYTES / sizeof(SCALAR) * sizeof(double))));

INLINE VECTOR splat(SCALAR x) { return x - (VECTOR){}; }

// Lanes of a and b in turn, from their lower and their upper halves.
#undef LOWER
#undef UPPER
#if defined(FLOAT64) ? VECTOR_BYTES == 16 : 0
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 2)
#define UPPER(a, b) __builtin_shufflevector(a, b, 1, 3)
#elif defined(FLOAT64) ? VECTOR_BYTES == 32 : VECTOR_BYTES == 16
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define UPPER(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#elif defined(FLOAT64) ? VECTOR_BYTES == 64 : VECTOR_BYTES == 32
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define UPPER(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

// Rows become columns: as often as LANES can be halved, each vector is interleaved with the one half of them away.
INLINE void transpose(VECTOR v[LANES]) {
    UNROLL for (size_t round = 1; round < LANES; round *= 2) {
        VECTOR half[LANES];
        UNROLL for (size_t i = 0; i < LANES / 2; i++) {
            half[2 * i] = LOWER(v[i], v[i + LANES / 2]);
            half[2 * i + 1] = UPPER(v[i], v[i + LANES / 2]);
        }
        UNROLL for (size_t i = 0; i < LANES; i++) v[i] = half[i];
    }
}

// Lanes of `yes` where the mask is -1, of `no` where it is 0.
INLINE VECTOR select_lanes(INTEGERS mask, VECTOR yes, VECTOR no) {
    return (VECTOR)((mask & (INTEGERS)yes) | (~mask & (INTEGERS)no));
}

// Where a lane is NaN the result is that of b. Written so because __builtin_elementwise_max costs three instructions on x86, for NaN's sake.
INLINE VECTOR maximum(VECTOR a, VECTOR b) { return select_lanes(a > b, a, b); }
INLINE VECTOR minimum(VECTOR a, VECTOR b) { return select_lanes(a < b, a, b); }
