// A block of rows in structure-of-arrays form, and the steps that are the same in any dimension: log-sum-exp from the
// components' log-densities, the sum of log-likelihoods, the scores.

#define Block NAMED(Block)
#define stride NAMED(stride)
#define LogProduct NAMED(LogProduct)
#define sum_of_lanes NAMED(sum_of_lanes)
#define add_block NAMED(add_block)

// Views into the caller's scratch.
typedef struct Block {
    size_t rows, vectors;  // rows, and the vectors that hold them: whole groups, the last padded with its last datum
    VECTOR *x;             // [D][vectors]
    VECTOR *weights;       // [vectors]
    VECTOR *largest, *sum; // [vectors]: max_k l, and sum_k exp(l - max)
    VECTOR *share;         // [vectors]: w / sum
    VECTOR *norm; // [vectors]: |z|^2 of one component, or its l; in place of sum while that is not there or no longer
                  // needed
    VECTOR *log_densities; // [K][vectors]: l
    VECTOR *exps;          // [K][vectors]: exp(l - max), in place of log_densities
    INTEGERS *labels;      // [vectors], instead of both where each datum goes to one centre
} Block;

// Vectors from one row of x, exps or residuals to the next: an odd number of cache lines, as rows that lie a power of
// two apart share few sets of the first-level cache and are taken for one another where loads are compared with earlier
// stores.
INLINE size_t stride(size_t vectors) { return vectors + 64 / VECTOR_BYTES; }

// DOUBLES go by pointer: by value they would need registers that some instruction sets lack.
INLINE double sum_of_lanes(const DOUBLES *v) {
    double sum = 0;
    for (size_t i = 0; i < LANES; i++) sum += (*v)[i];
    return sum;
}

INLINE void add_block(DOUBLES *sum, VECTOR of_block) { *sum += __builtin_convertvector(of_block, DOUBLES); }

// Fills largest from log_densities.
static void NAMED(find_largest)(size_t components, Block *b) {
    memcpy(b->largest, b->log_densities, b->vectors * sizeof *b->largest);
    for (size_t k = 1; k < components; k++)
        for (size_t v = 0; v < b->vectors; v++)
            b->largest[v] = maximum(b->log_densities[k * stride(b->vectors) + v], b->largest[v]);
}

// Fills sum and share from log_densities and the largest of each, and replaces log_densities by exps: exp(l - largest),
// in a hard pass one where that is one and else zero.
static void NAMED(exponentials)(size_t components, bool hard, bool weighted, Block *b) {
    for (size_t v = 0; v < b->vectors; v += GROUP) {
        VECTOR largest[GROUP], sum[GROUP];
        UNROLL for (int u = 0; u < GROUP; u++) {
            largest[u] = b->largest[v + u];
            sum[u] = (VECTOR){};
        }
        VECTOR *exps = b->exps + v;
        if (hard) {
            for (size_t k = 0; k < components; k++, exps += stride(b->vectors)) {
                UNROLL for (int u = 0; u < GROUP; u++) {
                    exps[u] = select_lanes(exps[u] == largest[u], splat(1), (VECTOR){});
                    sum[u] += exps[u];
                }
            }
        } else if (components == 2) {
            // The larger has exp(0) = 1: one exp serves for two, with the same bits as below.
            VECTOR *l0 = exps, *l1 = exps + stride(b->vectors), smaller[GROUP];
            EACH(u) smaller[u] = minimum(l0[u], l1[u]) - largest[u];
            exp_vectors(smaller);
            EACH(u) {
                INTEGERS second = l0[u] < l1[u];
                l0[u] = select_lanes(second, smaller[u], splat(1));
                l1[u] = select_lanes(second, splat(1), smaller[u]);
                sum[u] = 1 + smaller[u];
            }
        } else {
            for (size_t k = 0; k < components; k++, exps += stride(b->vectors)) {
                VECTOR e[GROUP];
                EACH(u) e[u] = exps[u] - largest[u];
                exp_vectors(e);
                EACH(u) {
                    exps[u] = e[u];
                    sum[u] += e[u];
                }
            }
        }
        UNROLL for (int u = 0; u < GROUP; u++) {
            b->sum[v + u] = sum[u];
            b->share[v + u] = (weighted ? b->weights[v + u] : splat(1)) / sum[u];
        }
    }
}

// The running sum of log s over rows without weights: products of s, whose exponents are moved to `exponent` before
// they overflow.
typedef struct LogProduct {
    VECTOR mantissa; // in [1, 2)
    INTEGERS exponent;
} LogProduct;

// Adds a block's sum of w s, and takes the padding out of it and of what follows.
static void NAMED(log_likelihood)(bool weighted, Block *b, DOUBLES *log_likelihood, LogProduct *product) {
    for (size_t i = b->rows; i < b->vectors * LANES; i++) {
        ((SCALAR *)b->largest)[i] = 0;
        ((SCALAR *)b->sum)[i] = 1;
        ((SCALAR *)b->share)[i] = 0;
    }
    VECTOR total = {};
    for (size_t v = 0; v < b->vectors; v += GROUP) {
        if (weighted) {
            UNROLL for (int u = 0; u < GROUP; u++) total +=
                b->weights[v + u] * (b->largest[v + u] + log_vector(b->sum[v + u]));
        } else {
            // At most 2 K^GROUP, far below overflow in either precision.
            VECTOR p = product->mantissa;
            UNROLL for (int u = 0; u < GROUP; u++) {
                total += b->largest[v + u];
                p *= b->sum[v + u];
            }
            UNSIGNED bits = (UNSIGNED)p - (UNSIGNED)splat(1);
            product->exponent += (INTEGERS)(bits >> MANTISSA_BITS);
            product->mantissa = (VECTOR)((bits & (((NATURAL)1 << MANTISSA_BITS) - 1)) + (UNSIGNED)splat(1));
        }
    }
    add_block(log_likelihood, total);
}

// Writes the scores of a block, unless a datum is out of reach or not finite, which leaves no largest log-density;
// returns the rows before it.
static size_t NAMED(scores)(const gmm_pass *pass, size_t row, const Block *b) {
    size_t components = pass->components, padded = stride(b->vectors) * LANES;
    const SCALAR *largest = (const SCALAR *)b->largest, *share = (const SCALAR *)b->share,
                 *exps = (const SCALAR *)b->exps;
    for (size_t i = 0; i < b->rows; i++)
        if (!(largest[i] >= -SCALAR_MAX)) return i;
    if (pass->log_densities) {
        SCALAR *out = (SCALAR *)pass->log_densities + row;
        for (size_t v = 0; v < b->vectors; v++) {
            VECTOR s = b->largest[v] + log_vector(b->sum[v]);
            for (size_t i = v * LANES; i < b->rows && i < (v + 1) * LANES; i++) out[i] = s[i - v * LANES];
        }
    }
    if (pass->responsibilities) {
        SCALAR *out = (SCALAR *)pass->responsibilities + row * components;
        for (size_t i = 0; i < b->rows; i++)
            for (size_t k = 0; k < components; k++) out[i * components + k] = exps[k * padded + i] * share[i];
    }
    if (pass->labels) {
        for (size_t i = 0; i < b->rows; i++) {
            size_t best = 0;
            for (size_t k = 1; k < components; k++)
                if (exps[k * padded + i] > exps[best * padded + i]) best = k;
            pass->labels[row + i] = (int32_t)best;
        }
    }
    return b->rows;
}
