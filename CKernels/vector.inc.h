// Names for the vectors of one precision in one instruction set. The includer defines KERNEL and VECTOR_BYTES, and
// FLOAT64 or FLOAT32; including this file again gives every name its new meaning.
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

#define EACH(u) UNROLL for (int u = 0; u < GROUP; u++)
// Nothing, but the compiler may not move the computation of a vector past it. Left alone it puts independent chains one
// after the other, further apart than a processor looks ahead, and keeps operands of products that it has put off in
// memory.
#if defined(__x86_64__)
#define IN_ORDER(v) __asm__ volatile("" : "+v"(v) : : "memory")
#elif defined(__aarch64__)
// Halves, since two registers hold a vector.
#define IN_ORDER(v) __asm__ volatile("" : "+w"(((HALF *)&(v))[0]), "+w"(((HALF *)&(v))[1]) : : "memory")
#else
#define IN_ORDER(v)
#endif

#define LANES (VECTOR_BYTES / sizeof(SCALAR))
#define VECTOR NAMED(vector)
#define HALF NAMED(half)
#define UNSIGNED NAMED(unsigned)
#define INTEGERS NAMED(integers)
// As many doubles as VECTOR has lanes: blocks are added up in them.
#define DOUBLES NAMED(doubles)
#define splat NAMED(splat)
#define first_lanes NAMED(first_lanes)
#define last_lanes NAMED(last_lanes)
#define transpose NAMED(transpose)
#define select_lanes NAMED(select_lanes)
#define bits_of_lanes NAMED(bits_of_lanes)
#define LANE_FLAGS NAMED(lane_flags)
#define maximum NAMED(maximum)
#define minimum NAMED(minimum)
#endif

typedef SCALAR VECTOR __attribute__((vector_size(VECTOR_BYTES)));
typedef SCALAR HALF __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef NATURAL UNSIGNED __attribute__((vector_size(VECTOR_BYTES)));
typedef INTEGER INTEGERS __attribute__((vector_size(VECTOR_BYTES)));
typedef bool LANE_FLAGS __attribute__((ext_vector_type(VECTOR_BYTES / sizeof(SCALAR))));
typedef double DOUBLES __attribute__((vector_size(VECTOR_BYTES / sizeof(SCALAR) * sizeof(double))));

INLINE VECTOR splat(SCALAR x) { return x - (VECTOR){}; }

// Of each 2 n lanes the first n of a and then those of b; the same of the last n.
INLINE VECTOR first_lanes(size_t n, VECTOR a, VECTOR b) {
    VECTOR v;
    UNROLL for (size_t i = 0; i < LANES; i++) v[i] = i & n ? b[i - n] : a[i];
    return v;
}
INLINE VECTOR last_lanes(size_t n, VECTOR a, VECTOR b) {
    VECTOR v;
    UNROLL for (size_t i = 0; i < LANES; i++) v[i] = i & n ? b[i] : a[i + n];
    return v;
}

// Rows become columns: 2 x 2 squares of n x n lanes at a time, their corners are exchanged.
INLINE void transpose(VECTOR v[LANES]) {
    UNROLL for (size_t n = 1; n < LANES; n *= 2) {
        UNROLL for (size_t i = 0; i < LANES; i++) {
            if (i & n) continue;
            VECTOR a = v[i], b = v[i + n];
            v[i] = first_lanes(n, a, b);
            v[i + n] = last_lanes(n, a, b);
        }
    }
}

// Lanes of `yes` where the mask is -1, of `no` where it is 0.
INLINE VECTOR select_lanes(INTEGERS mask, VECTOR yes, VECTOR no) {
    return (VECTOR)((mask & (INTEGERS)yes) | (~mask & (INTEGERS)no));
}

// A bit for each lane, set where the mask is -1.
INLINE unsigned bits_of_lanes(INTEGERS mask) {
    LANE_FLAGS flags = __builtin_convertvector(mask, LANE_FLAGS);
    unsigned short bits = 0;
    memcpy(&bits, &flags, (LANES + 7) / 8);
    return bits & ((1u << LANES) - 1);
}

// Where a lane is NaN the result is that of b. Written so because __builtin_elementwise_max costs three instructions on
// x86, for NaN's sake.
INLINE VECTOR maximum(VECTOR a, VECTOR b) { return select_lanes(a > b, a, b); }
INLINE VECTOR minimum(VECTOR a, VECTOR b) { return select_lanes(a < b, a, b); }
