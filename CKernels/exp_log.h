// exp and log on vectors, for what a log-sum-exp asks of them. Both follow the usual course (W. J. Cody and W. Waite, Software Manual for the
// Elementary Functions, 1980): take out a power of two exactly, evaluate a minimax polynomial (constants.sollya) on what is left, put the
// power back.
//
// Contract, checked by ElementaryFunctionTests; errors in units of the last place of the exact value:
//   exp  domain x <= 0 and -infinity. Below -708 (float32: -87) the result is 0. Above: error at most 1.2, with FMA 0.9.
//        Worst found, float64: 1.12 at x = -168.77 without FMA, 0.85 at -151.5 with; float32: 1.12 at -28.72 and 0.86 at -5.82.
//        exp(0) = 1 exactly, so that the most probable component has no rounding error.
//   log  domain: normal numbers x >= 1. Error at most 0.9. Worst found, float64: 0.81 at x = 2.694; float32: 0.83 at 1.411. log(1) = 0.
// The result for x outside the domain is not specified.

// Adding this rounds to a whole number, which is then in the low bits. |x| below 2^(MANTISSA_BITS - 2).
#define ROUNDER ((SCALAR)((NATURAL)3 << (MANTISSA_BITS - 1)))
#define TERMS(polynomial) ((int)(sizeof(polynomial) / sizeof(SCALAR)))

#define exp_vector NAMED(exp_vector)
#define log_vector NAMED(log_vector)

INLINE VECTOR exp_vector(VECTOR x) {
    VECTOR shifted = x * CONSTANT(LOG2_E) + ROUNDER;
    VECTOR exponent = shifted - ROUNDER;
    VECTOR f = x - exponent * CONSTANT(LN_2_HIGH);
    f = f - exponent * CONSTANT(LN_2_LOW);
    const SCALAR *c = POLYNOMIAL(exp);
    VECTOR p = splat(c[TERMS(POLYNOMIAL(exp)) - 1]);
    UNROLL for (int i = TERMS(POLYNOMIAL(exp)) - 2; i >= 0; i--) p = p * f + c[i];
    p = p * f + 1;
    p = p * f + 1;
    // The exponent is raised by adding to its bits, cheaper than a product, and right because the result is normal.
    VECTOR result = (VECTOR)((UNSIGNED)p + ((UNSIGNED)shifted << MANTISSA_BITS));
    // A true zero below the cut-off: the smallest normal number times the square of a far residual would not be negligible.
    return (VECTOR)((INTEGERS)result & (x >= SMALLEST_EXP_ARGUMENT));
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

// Whole arrays, four vectors at a time as the passes do it; `neutral` pads the last ones.
#define ARRAY_FUNCTION(name, of_vector, neutral)                                      \
    static void NAMED(name)(const void *x, void *result, size_t count) {              \
        for (size_t i = 0; i < count; i += 4 * LANES) {                               \
            size_t bytes = (count - i < 4 * LANES ? count - i : 4 * LANES) * sizeof(SCALAR); \
            VECTOR v[4] = {splat(neutral), splat(neutral), splat(neutral), splat(neutral)};  \
            memcpy(v, (const SCALAR *)x + i, bytes);                                  \
            UNROLL for (int u = 0; u < 4; u++) v[u] = of_vector(v[u]);                \
            memcpy((SCALAR *)result + i, v, bytes);                                   \
        }                                                                             \
    }
ARRAY_FUNCTION(exp_array, exp_vector, 0)
ARRAY_FUNCTION(log_array, log_vector, 1)
#undef ARRAY_FUNCTION
