// The hot loop: a chunk of one-dimensional data under K components, in one precision and one instruction set.
//
// Goals, in this order: no NaN and no silent loss for any finite input; the bound of docs/accuracy.md; speed.
// Rows are taken in blocks, every step on a whole block: load, log-sum-exp, then either moments or scores. exp is most of the cost, so every
// other step is kept to what its port can do beside it: residuals are computed twice rather than stored, nothing is divided per component,
// and sum log s_i is a log of products.

// Vectors in flight, enough to hide the latency of exp's polynomial.
#define GROUP 4

#define Component NAMED(Component)
#define Block NAMED(Block)
#define LogProduct NAMED(LogProduct)
#define residual NAMED(residual)
#define sum_of_lanes NAMED(sum_of_lanes)
#define add_block NAMED(add_block)

typedef struct Component {
    // The mean in two parts, so that float32 loses nothing of a mean that is large beside the deviation. In float64 the low part is not used.
    SCALAR mean, mean_low;
    // P / sqrt(2), so that log density = log_norm - z^2 with z = scale (x - mean). Undone on the chunk's sums.
    SCALAR scale;
    SCALAR log_norm;
} Component;

// Views into the caller's scratch.
typedef struct Block {
    size_t rows, vectors;       // rows, and the vectors that hold them: whole groups, the last padded with its last datum
    VECTOR *x, *weights;        // [vectors]
    VECTOR *largest, *sum;      // [vectors]: max_k l, and sum_k exp(l - max)
    VECTOR *share;              // [vectors]: w / sum
    VECTOR *exps;               // [K][vectors]: l, then exp(l - max)
    DOUBLES *sums;              // [K][3]: sums over the blocks so far of w r, w r z, w r z^2
    Component *component; // [K]
} Block;

INLINE VECTOR residual(VECTOR x, const Component *c) {
#ifdef FLOAT64
    return (x - c->mean) * c->scale;
#else
    return ((x - c->mean) - c->mean_low) * c->scale;
#endif
}

// DOUBLES go by pointer: by value they would need registers that some instruction sets lack.
INLINE double sum_of_lanes(const DOUBLES *v) {
    double sum = 0;
    for (size_t i = 0; i < LANES; i++) sum += (*v)[i];
    return sum;
}

INLINE void add_block(DOUBLES *sum, VECTOR of_block) { *sum += __builtin_convertvector(of_block, DOUBLES); }

// Copies rows first ..< first + b->rows.
static void NAMED(load)(const gmm_pass *pass, size_t first, Block *b) {
    const SCALAR *values = (const SCALAR *)pass->values + (ptrdiff_t)first * pass->stride;
    SCALAR *x = (SCALAR *)b->x, *w = (SCALAR *)b->weights;
    size_t padded = b->vectors * LANES;
    if (pass->stride == 1) {
        memcpy(x, values, b->rows * sizeof *x);
        for (size_t i = 0; i < b->rows; i += 64 / sizeof *x) __builtin_prefetch(values + b->rows + i, 0, 2);
    } else for (size_t i = 0; i < b->rows; i++) x[i] = values[(ptrdiff_t)i * pass->stride];
    for (size_t i = b->rows; i < padded; i++) x[i] = x[b->rows - 1];
    if (pass->weights) {
        memcpy(w, (const SCALAR *)pass->weights + first, b->rows * sizeof *w);
        for (size_t i = b->rows; i < padded; i++) w[i] = 0;
    }
}

// Fills largest, sum, share and exps.
static void NAMED(log_sum_exp)(size_t components, bool weighted, Block *b) {
    for (size_t v = 0; v < b->vectors; v += GROUP) {
        VECTOR x[GROUP], largest[GROUP], sum[GROUP];
        UNROLL for (int u = 0; u < GROUP; u++) {
            x[u] = b->x[v + u];
            largest[u] = splat(-(SCALAR)INFINITY);
            sum[u] = (VECTOR){};
        }
        VECTOR *exps = b->exps + v;
        for (size_t k = 0; k < components; k++, exps += b->vectors) {
            UNROLL for (int u = 0; u < GROUP; u++) {
                VECTOR z = residual(x[u], &b->component[k]);
                VECTOR l = b->component[k].log_norm - z * z;
                exps[u] = l;
                largest[u] = maximum(l, largest[u]);
            }
        }
        exps = b->exps + v;
        if (components == 2) {
            // The larger has exp(0) = 1: one exp serves for two, with the same bits as below.
            UNROLL for (int u = 0; u < GROUP; u++) {
                VECTOR l0 = exps[u], l1 = exps[b->vectors + u], smaller = exp_vector(minimum(l0, l1) - largest[u]);
                exps[u] = select_lanes(l0 < l1, smaller, splat(1));
                exps[b->vectors + u] = select_lanes(l0 < l1, splat(1), smaller);
                sum[u] = 1 + smaller;
            }
        } else {
            for (size_t k = 0; k < components; k++, exps += b->vectors) {
                UNROLL for (int u = 0; u < GROUP; u++) {
                    exps[u] = exp_vector(exps[u] - largest[u]);
                    sum[u] += exps[u];
                }
            }
        }
        UNROLL for (int u = 0; u < GROUP; u++) {
            b->largest[v + u] = largest[u];
            b->sum[v + u] = sum[u];
            b->share[v + u] = (weighted ? b->weights[v + u] : splat(1)) / sum[u];
        }
    }
}

// The running sum of log s over rows without weights: products of s, whose exponents are moved to `exponent` before they overflow.
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
            UNROLL for (int u = 0; u < GROUP; u++) total += b->weights[v + u] * (b->largest[v + u] + log_vector(b->sum[v + u]));
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

// Adds a block's moments to b->sums.
static void NAMED(moments)(size_t components, Block *b) {
    const VECTOR *exps = b->exps;
    for (size_t k = 0; k < components; k++, exps += b->vectors) {
        VECTOR mass[2] = {}, first[2] = {}, second[2] = {};
        for (size_t v = 0; v < b->vectors; v += 2) {
            UNROLL for (int u = 0; u < 2; u++) {
                VECTOR z = residual(b->x[v + u], &b->component[k]);
                VECTOR r = exps[v + u] * b->share[v + u];
                VECTOR rz = r * z;
                mass[u] += r;
                first[u] += rz;
                second[u] += rz * z;
            }
        }
        add_block(&b->sums[3 * k], mass[0] + mass[1]);
        add_block(&b->sums[3 * k + 1], first[0] + first[1]);
        add_block(&b->sums[3 * k + 2], second[0] + second[1]);
    }
}

// Writes the scores of a block. False if a datum is out of reach or not finite, which leaves no largest log-density.
static bool NAMED(scores)(const gmm_pass *pass, size_t first, const Block *b) {
    size_t components = pass->components, padded = b->vectors * LANES;
    const SCALAR *largest = (const SCALAR *)b->largest, *share = (const SCALAR *)b->share, *exps = (const SCALAR *)b->exps;
    for (size_t i = 0; i < b->rows; i++)
        if (!(largest[i] >= -SCALAR_MAX)) return false;
    if (pass->log_densities) {
        SCALAR *out = (SCALAR *)pass->log_densities + first;
        for (size_t v = 0; v < b->vectors; v++) {
            VECTOR s = b->largest[v] + log_vector(b->sum[v]);
            for (size_t i = v * LANES; i < b->rows && i < (v + 1) * LANES; i++) out[i] = s[i - v * LANES];
        }
    }
    if (pass->responsibilities) {
        SCALAR *out = (SCALAR *)pass->responsibilities + first * components;
        for (size_t i = 0; i < b->rows; i++)
            for (size_t k = 0; k < components; k++) out[i * components + k] = exps[k * padded + i] * share[i];
    }
    if (pass->labels) {
        for (size_t i = 0; i < b->rows; i++) {
            size_t best = 0;
            for (size_t k = 1; k < components; k++)
                if (exps[k * padded + i] > exps[best * padded + i]) best = k;
            pass->labels[first + i] = (int32_t)best;
        }
    }
    return true;
}

// What is wrong with the first datum at fault, looked for only when a result is not finite: any fault makes one so, which costs the hot loop
// nothing. An infinite residual of one component times its responsibility of zero is NaN; no log-density at all leaves -infinity, or 0 / 0.
static chunk_result NAMED(diagnosis)(const gmm_pass *pass, size_t first, size_t last, const Component *component) {
    for (size_t i = first; i < last; i++) {
        SCALAR x = ((const SCALAR *)pass->values)[(ptrdiff_t)i * pass->stride], w = pass->weights ? ((const SCALAR *)pass->weights)[i] : 1;
        if (!(x >= -SCALAR_MAX && x <= SCALAR_MAX)) return (chunk_result){GMM_NOT_FINITE, INDEX_OF_KERNEL, i};
        if (!(w >= 0 && w <= SCALAR_MAX)) return (chunk_result){GMM_INVALID_WEIGHT, INDEX_OF_KERNEL, i};
        bool reached = false;
        for (size_t k = 0; k < pass->components; k++) {
            SCALAR z = (x - component[k].mean) * component[k].scale;
            if (!(z >= -SCALAR_MAX && z <= SCALAR_MAX)) return (chunk_result){GMM_OUT_OF_REACH, INDEX_OF_KERNEL, i};
            if (component[k].log_norm - z * z >= -SCALAR_MAX) reached = true;
        }
        if (!reached) return (chunk_result){GMM_OUT_OF_REACH, INDEX_OF_KERNEL, i};
    }
    return (chunk_result){GMM_OK, INDEX_OF_KERNEL, 0};
}

static chunk_result NAMED(chunk)(const gmm_pass *pass, size_t first, size_t last, void *scratch, double *statistics) {
    size_t components = pass->components, block = block_rows(components, sizeof(SCALAR)), block_vectors = block / LANES;
    // Responsibilities are not weighted, only their sums.
    bool scoring = scores_wanted(pass), weighted = pass->weights && !scoring;
    Block b;
    b.sums = scratch;
    b.x = (VECTOR *)(b.sums + 3 * components);
    b.weights = b.x + block_vectors;
    b.largest = b.weights + block_vectors;
    b.sum = b.largest + block_vectors;
    b.share = b.sum + block_vectors;
    b.exps = b.share + block_vectors;
    b.component = (Component *)(b.exps + components * block_vectors);
    for (size_t k = 0; k < components; k++) {
        SCALAR mean = (SCALAR)pass->means[k];
        b.component[k] = (Component){mean, (SCALAR)(pass->means[k] - (double)mean), (SCALAR)(pass->precisions[k] * SQRT_HALF),
                                     (SCALAR)pass->log_norms[k]};
    }
    memset(b.sums, 0, 3 * components * sizeof *b.sums);
    DOUBLES log_likelihood = {};
    LogProduct product = {splat(1), (INTEGERS){}};

    for (size_t row = first; row < last; row += block) {
        b.rows = last - row < block ? last - row : block;
        b.vectors = (b.rows + GROUP * LANES - 1) / (GROUP * LANES) * GROUP;
        NAMED(load)(pass, row, &b);
        NAMED(log_sum_exp)(components, weighted, &b);
        if (scoring) {
            if (!NAMED(scores)(pass, row, &b)) return NAMED(diagnosis)(pass, row, last, b.component);
        } else {
            NAMED(log_likelihood)(weighted, &b, &log_likelihood, &product);
            NAMED(moments)(components, &b);
        }
    }
    if (scoring) return (chunk_result){GMM_OK, INDEX_OF_KERNEL, 0};

    double logs = 0;
    for (size_t i = 0; i < LANES; i++) logs += log((double)product.mantissa[i]) + (double)product.exponent[i] * LN_2;
    statistics[0] = sum_of_lanes(&log_likelihood) + logs;
    double *mass = statistics + 1, *first_moment = mass + components, *second_moment = first_moment + components;
    for (size_t k = 0; k < components; k++) {
        mass[k] = sum_of_lanes(&b.sums[3 * k]);
        first_moment[k] = SQRT_2 * sum_of_lanes(&b.sums[3 * k + 1]);
        second_moment[k] = 2 * sum_of_lanes(&b.sums[3 * k + 2]);
    }
    for (size_t i = 0; i < 1 + 3 * components; i++)
        if (!(statistics[i] >= -DBL_MAX && statistics[i] <= DBL_MAX)) return NAMED(diagnosis)(pass, first, last, b.component);
    return (chunk_result){GMM_OK, INDEX_OF_KERNEL, 0};
}
