// exp and log on vectors, for what a log-sum-exp asks of them. Both follow the usual course (W. J. Cody and W. Waite,
// Software Manual for the Elementary Functions, 1980): take out a power of two exactly, evaluate a minimax polynomial
// (constants.sollya) on what is left, put the power back.
//
// Contract, checked by ElementaryFunctionTests; errors in units of the last place of the exact value:
//   exp  domain x <= 0 and -infinity. Below -708 (float32: -87) the result is 0. Above: error at most 1.2, with FMA 0.9.
//        Worst found, float64: 1.13 at x = -535.42264 without FMA, 0.88 at -472.3422 with; float32: 1.11 at -61.3263 and 0.86 at -4.55706.
//        exp(0) = 1 exactly, so that the most probable component has no rounding error.
//   log  domain: normal numbers x >= 1. Error at most 0.9. Worst found, float64: 0.81 at x = 2.694; float32: 0.83 at 1.411. log(1) = 0.
// The result for x outside the domain is not specified.

// Adding this rounds to a whole number, which is then in the low bits. |x| below 2^(MANTISSA_BITS - 2).
#define ROUNDER ((SCALAR)((NATURAL)3 << (MANTISSA_BITS - 1)))
#define TERMS(polynomial) ((int)(sizeof(polynomial) / sizeof(SCALAR)))

#define exp_vectors NAMED(exp_vectors)
#define log_vectors NAMED(log_vectors)
#define log_vector NAMED(log_vector)

// Replaces GROUP vectors by their exp, every step for all of them before the next: no processor looks far enough ahead
// to overlap four chains of some twenty steps that stand one after the other.
INLINE void exp_vectors(VECTOR x[GROUP]) {
    VECTOR shifted[GROUP], f[GROUP], f2[GROUP], p[GROUP];
    EACH(u) shifted[u] = x[u] * CONSTANT(LOG2_E) + ROUNDER;
    EACH(u) f[u] = x[u] - (shifted[u] - ROUNDER) * CONSTANT(LN_2_HIGH);
    EACH(u) f[u] = f[u] - (shifted[u] - ROUNDER) * CONSTANT(LN_2_LOW);
    EACH(u) f2[u] = f[u] * f[u];
    // Pairs of terms (G. Estrin, 1960): half the steps of a chain.
    const SCALAR *c = POLYNOMIAL(exp);
    int last = TERMS(POLYNOMIAL(exp)) - 1;
    EACH(u) p[u] = last % 2 ? c[last] * f[u] + c[last - 1] : splat(c[last]);
    UNROLL for (int i = last - (last % 2 ? 3 : 2); i >= 0; i -= 2) {
        EACH(u) IN_ORDER(p[u]);
        EACH(u) p[u] = p[u] * f2[u] + (c[i + 1] * f[u] + c[i]);
    }
    EACH(u) IN_ORDER(p[u]);
    EACH(u) p[u] = p[u] * f[u] + 1;
    EACH(u) p[u] = p[u] * f[u] + 1;
    // The exponent is raised by adding to its bits, cheaper than a product, and right because the result is normal.
    EACH(u) p[u] = (VECTOR)((UNSIGNED)p[u] + ((UNSIGNED)shifted[u] << MANTISSA_BITS));
    // A true zero below the cut-off: the smallest normal number times the square of a far residual would not be
    // negligible.
    EACH(u) x[u] = (VECTOR)((INTEGERS)p[u] & (x[u] >= SMALLEST_EXP_ARGUMENT));
}

INLINE VECTOR log_vector(VECTOR x) {
    // x = m 2^exponent, m in [sqrt(1/2), sqrt(2)).
    UNSIGNED exponent_bits = ((UNSIGNED)x - BITS_OF_SQRT_HALF) >> MANTISSA_BITS;
    VECTOR m = (VECTOR)((UNSIGNED)x - (exponent_bits << MANTISSA_BITS));
    VECTOR exponent = (VECTOR)((UNSIGNED)splat(ROUNDER) + exponent_bits) - ROUNDER;
    VECTOR f = m - 1;
    VECTOR t = f / (f + 2);
    VECTOR t2 = t * t;
    const SCALAR *c = POLYNOMIAL(log);
    VECTOR q = splat(c[TERMS(POLYNOMIAL(log)) - 1]);
    UNROLL for (int i = TERMS(POLYNOMIAL(log)) - 2; i >= 0; i--) q = q * t2 + c[i];
    // log m = 2 t + t^3 q = f + t (t^2 q - f): the leading term is exact, which 2 t is not.
    VECTOR tail = t * (t2 * q - f) + exponent * CONSTANT(LN_2_LOW);
    return exponent * CONSTANT(LN_2_HIGH) + (f + tail);
}

INLINE void log_vectors(VECTOR x[GROUP]) { EACH(u) x[u] = log_vector(x[u]); }

// Whole arrays, a group at a time as the passes do it; `neutral` pads the last ones.
#define ARRAY_FUNCTION(name, of_vectors, neutral) \
    static void NAMED(name)(const void *x, void *result, size_t count) { \
        size_t whole = count / (GROUP * LANES) * (GROUP * LANES); \
        VECTOR v[GROUP]; \
        for (size_t i = 0; i < whole; i += GROUP * LANES) { \
            memcpy(v, (const SCALAR *)x + i, sizeof v); \
            of_vectors(v); \
            memcpy((SCALAR *)result + i, v, sizeof v); \
        } \
        EACH(u) v[u] = splat(neutral); \
        memcpy(v, (const SCALAR *)x + whole, (count - whole) * sizeof(SCALAR)); \
        of_vectors(v); \
        memcpy((SCALAR *)result + whole, v, (count - whole) * sizeof(SCALAR)); \
    }
ARRAY_FUNCTION(exp_array, exp_vectors, 0)
ARRAY_FUNCTION(log_array, log_vectors, 1)
#undef ARRAY_FUNCTION
