// One dimension. exp takes most of the time and keeps the units that multiply busy, so every other step must be cheap
// enough to run in its shadow: residuals are computed twice rather than stored and loaded, and nothing is divided once
// for each component.

// Fills log_densities and largest.
static void NAMED(univariate_log_densities)(const Model *m, Block *b) {
    for (size_t v = 0; v < b->vectors; v += GROUP) {
        VECTOR x[GROUP], largest[GROUP], *l = b->log_densities + v;
        UNROLL for (int u = 0; u < GROUP; u++) {
            x[u] = b->x[v + u];
            largest[u] = splat(-(SCALAR)INFINITY);
        }
        for (size_t k = 0; k < m->components; k++, l += stride(b->vectors)) {
            UNROLL for (int u = 0; u < GROUP; u++) {
                VECTOR z = centred(x[u], m->means[k], m->low_means[k]) * m->factors[k];
                l[u] = m->log_norms[k] - z * z;
                largest[u] = maximum(l[u], largest[u]);
            }
        }
        UNROLL for (int u = 0; u < GROUP; u++) b->largest[v + u] = largest[u];
    }
}

// Adds a block's sums of w r, w r (x - mean) and w r (x - mean)^2 to sums [K][3].
static void NAMED(univariate_moments)(const Model *m, const Block *b, DOUBLES *sums) {
    const VECTOR *exps = b->exps;
    for (size_t k = 0; k < m->components; k++, exps += stride(b->vectors)) {
        VECTOR mass[2] = {}, first[2] = {}, second[2] = {};
        for (size_t v = 0; v < b->vectors; v += 2) {
            UNROLL for (int u = 0; u < 2; u++) {
                VECTOR z = centred(b->x[v + u], m->means[k], m->low_means[k]);
                VECTOR r = exps[v + u] * b->share[v + u];
                VECTOR rz = r * z;
                mass[u] += r;
                first[u] += rz;
                second[u] += rz * z;
            }
        }
        add_block(&sums[3 * k], mass[0] + mass[1]);
        add_block(&sums[3 * k + 1], first[0] + first[1]);
        add_block(&sums[3 * k + 2], second[0] + second[1]);
    }
}
