// From a pass to its result: kernels by number, workspace, workers, and the sums on their way up the tree of chunks.
#include "instance.h"
#include "tree.h"
#include "CKernelsMeasuring.h"

#include <math.h>
#include <sched.h>
#include <string.h>

// MARK: Kernels

static const instance *const instances[] = {
    &instance_baseline,
#if defined(__x86_64__)
    &instance_avx2,
    &instance_avx512,
#endif
};

size_t gmm_kernel_count(void) { return sizeof instances / sizeof *instances; }

const char *gmm_kernel_name(size_t kernel) { return instances[kernel]->name; }

bool gmm_kernel_available(size_t kernel) { return instances[kernel]->is_available(); }

static int32_t number_of(const instance *wanted) {
    for (size_t kernel = 0; kernel < gmm_kernel_count(); kernel++)
        if (instances[kernel] == wanted) return (int32_t)kernel;
    return -1;
}

void gmm_exp(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count) {
    instances[kernel]->exp[precision](x, result, count);
}

void gmm_log(size_t kernel, gmm_precision precision, const void *x, void *result, size_t count) {
    instances[kernel]->log[precision](x, result, count);
}

// MARK: Matrices

bool gmm_decompose(size_t kernel, size_t n, size_t pitch, double *a) {
    return instances[kernel]->decompose(n, pitch, a);
}

void gmm_invert_triangle(size_t kernel, size_t n, size_t pitch, double *l) {
    instances[kernel]->invert_triangle(n, pitch, l);
}

void gmm_multiply_triangles(size_t kernel, size_t n, size_t pitch, const double *a, const double *b, double *c) {
    instances[kernel]->multiply_triangles(n, pitch, a, b, c);
}

void gmm_multiply_transposed(size_t kernel, size_t n, size_t pitch, const double *a, const double *b, double *c) {
    instances[kernel]->multiply_transposed(n, pitch, a, b, c);
}

void gmm_congruence(
    size_t kernel, size_t n, size_t pitch, const double *a, const double *s, double *scratch, double *c) {
    instances[kernel]->congruence(n, pitch, a, s, scratch, c);
}

// MARK: Workspace: the progress of the pass, then sums, then scratch per worker.

static size_t aligned(size_t bytes) { return (bytes + 127) / 128 * 128; }

size_t gmm_statistics_length(const gmm_pass *pass) {
    size_t second = has_second_moments(pass) ? factor_length(pass) : 0;
    return 1 + pass->components * (1 + pass->dimension) + second;
}

// The sums of a subtree. In a list they wait for those of their sibling, or are free for another chunk.
typedef struct partial {
    struct partial *next;
    gmm_subtree subtree;
    double sums[];
} partial;

// What the workers of a pass share.
typedef struct progress {
    size_t next_chunk, end;
    const instance *instance; // the one whose code ran
    bool keeps_negligible;
    char *scratch;
    int lock;           // of what follows
    size_t fault_chunk; // the first chunk at fault so far, or SIZE_MAX
    chunk_result fault;
    partial *unused;
    partial *waiting[MOST_LEVELS]; // by the level of their sibling
} progress;

static size_t partial_bytes(const gmm_pass *pass) {
    return aligned(sizeof(partial) + gmm_statistics_length(pass) * sizeof(double));
}

// Siblings of those that wait on one level differ, and each has a chunk that is at work, to be handed out next, or
// before or behind the part: at most workers + 2. A worker has the sums of a chunk in hand, and of the sibling that it
// adds. Nothing more is handed out after a fault.
static size_t partial_count(const gmm_pass *pass) {
    size_t chunks = gmm_chunk_count(pass),
           most = height_of_tree(chunks_of_whole(pass)) * (pass->workers + 2) + 2 * pass->workers;
    return chunks < most ? chunks : most;
}

size_t gmm_workspace_size(const gmm_pass *pass) {
    return aligned(sizeof(progress)) + partial_count(pass) * partial_bytes(pass) +
           pass->workers * layout_of(pass).bytes;
}

// For a moment: unlike a mutex it needs no end, so that a pass may be left unfinished.
static void lock(progress *of_pass) {
    while (__atomic_exchange_n(&of_pass->lock, 1, __ATOMIC_ACQUIRE)) sched_yield();
}

static void unlock(progress *of_pass) { __atomic_store_n(&of_pass->lock, 0, __ATOMIC_RELEASE); }

static void push(partial **list, partial *sums) {
    sums->next = *list;
    *list = sums;
}

static partial *pop(partial **list) {
    partial *sums = *list;
    *list = sums->next;
    return sums;
}

// Takes the sums of a subtree out of a list; NULL if they are not there.
static partial *remove_subtree(partial **list, size_t first) {
    while (*list && (*list)->subtree.first != first) list = &(*list)->next;
    return *list ? pop(list) : NULL;
}

// Adds the sums of a subtree to those of its sibling, and these to theirs, until one is not there yet, for which they
// wait.
static void climb(progress *of_pass, partial *sums, size_t chunks, size_t length) {
    for (partial *sibling = NULL;;) {
        junction above = junction_of(sums->subtree, chunks);
        lock(of_pass);
        if (sibling) push(&of_pass->unused, sibling);
        sibling = remove_subtree(&of_pass->waiting[above.level], above.sibling);
        if (!sibling) push(&of_pass->waiting[above.level], sums);
        unlock(of_pass);
        if (!sibling) return;
        if (above.sibling < sums->subtree.first) sums->subtree.first = above.sibling;
        sums->subtree.count += sibling->subtree.count;
        add_to(sums->sums, sibling->sums, length);
    }
}

// MARK: Running

void gmm_place_origin(const gmm_pass *pass, double *origin) {
// The same point whether or not the compiler's default target multiplies and adds at once.
#pragma STDC FP_CONTRACT OFF
    double largest = -INFINITY, total = 0;
    for (size_t k = 0; k < pass->components; k++) largest = fmax(largest, pass->log_norms[k]);
    for (size_t k = 0; k < pass->components; k++) total += exp(pass->log_norms[k] - largest);
    memset(origin, 0, pass->dimension * sizeof *origin);
    for (size_t k = 0; k < pass->components; k++) {
        double weight = exp(pass->log_norms[k] - largest) / total;
        for (size_t d = 0; d < pass->dimension && weight > 0; d++)
            origin[d] += weight * pass->means[k * pass->dimension + d];
    }
}

void gmm_begin(gmm_pass *pass) {
    progress *of_pass = pass->workspace;
    size_t first = first_chunk(pass);
    *of_pass = (progress){.next_chunk = first, .end = first + gmm_chunk_count(pass), .fault_chunk = SIZE_MAX};
    char *place = (char *)pass->workspace + aligned(sizeof(progress));
    for (size_t count = partial_count(pass); count > 0; count--, place += partial_bytes(pass))
        push(&of_pass->unused, (partial *)place);
    of_pass->scratch = place;
}

void gmm_keep_negligible(gmm_pass *pass) { ((progress *)pass->workspace)->keeps_negligible = true; }

static void note_fault(progress *of_pass, size_t chunk, chunk_result fault) {
    lock(of_pass);
    if (chunk < of_pass->fault_chunk) {
        of_pass->fault = fault;
        __atomic_store_n(&of_pass->fault_chunk, chunk, __ATOMIC_RELAXED);
    }
    unlock(of_pass);
}

void gmm_work(gmm_pass *pass, size_t worker) {
    progress *of_pass = pass->workspace;
    const instance *kernel = instances[pass->kernel];
    size_t rows = gmm_chunk_rows(pass), chunks = chunks_of_whole(pass), length = gmm_statistics_length(pass);
    layout scratch_layout = layout_of(pass);
    scratch_layout.keeps_negligible = of_pass->keeps_negligible;
    char *scratch = of_pass->scratch + worker * scratch_layout.bytes;
    partial *sums = NULL;
    for (bool prepared = false;; prepared = true) {
        size_t chunk = __atomic_fetch_add(&of_pass->next_chunk, 1, __ATOMIC_RELAXED);
        // Chunks before one at fault have all been handed out, and may have a fault that comes first.
        if (chunk >= of_pass->end || chunk > __atomic_load_n(&of_pass->fault_chunk, __ATOMIC_RELAXED)) return;
        if (!prepared) kernel->prepare[pass->precision](pass, &scratch_layout, scratch);
        if (!sums) {
            lock(of_pass);
            sums = pop(&of_pass->unused);
            unlock(of_pass);
        }
        size_t first = chunk * rows - pass->first_row, last = pass->count - first < rows ? pass->count : first + rows;
        chunk_result result = kernel->chunk[pass->precision](pass, &scratch_layout, first, last, scratch, sums->sums);
        __atomic_store_n(&of_pass->instance, result.instance, __ATOMIC_RELAXED);
        if (result.status != GMM_OK) {
            note_fault(of_pass, chunk, result);
            return;
        }
        if (scores_wanted(pass)) continue;
        sums->subtree = (gmm_subtree){chunk, 1};
        climb(of_pass, sums, chunks, length);
        sums = NULL;
    }
}

bool gmm_openmp(void) {
#ifdef _OPENMP
    return true;
#else
    return false;
#endif
}

static void work_on_pass(void *pass, size_t worker) { gmm_work(pass, worker); }

void gmm_run_openmp(gmm_pass *pass) { gmm_run_team(pass->workers, work_on_pass, pass); }

// MARK: Results

static gmm_result result_of(const gmm_pass *pass) {
    const progress *of_pass = pass->workspace;
    if (pass->count > 0 && gmm_chunk_count(pass) == 0) return (gmm_result){GMM_INVALID_PART, 0, -1};
    return (gmm_result){of_pass->fault.status, of_pass->fault.row, number_of(of_pass->instance)};
}

// Copies what a subtree of the pass sums to.
static void read_sums(const gmm_pass *pass, gmm_subtree subtree, double *sums) {
    const progress *of_pass = pass->workspace;
    const partial *waiting = of_pass->waiting[junction_of(subtree, chunks_of_whole(pass)).level];
    while (waiting->subtree.first != subtree.first) waiting = waiting->next;
    memcpy(sums, waiting->sums, gmm_statistics_length(pass) * sizeof *sums);
}

gmm_result gmm_finish(const gmm_pass *pass, double *statistics) {
    gmm_result result = result_of(pass);
    if (result.status != GMM_OK || scores_wanted(pass)) return result;
    size_t chunks = chunks_of_whole(pass);
    if (gmm_chunk_count(pass) < chunks) return (gmm_result){GMM_INCOMPLETE, 0, result.kernel};
    if (chunks > 0) read_sums(pass, (gmm_subtree){0, chunks}, statistics);
    else memset(statistics, 0, gmm_statistics_length(pass) * sizeof *statistics);
    return result;
}

gmm_result gmm_finish_part(const gmm_pass *pass, gmm_subtree *subtrees, double *sums) {
    gmm_result result = result_of(pass);
    if (result.status != GMM_OK || scores_wanted(pass)) return result;
    size_t chunks = chunks_of_whole(pass), first = first_chunk(pass), end = first + gmm_chunk_count(pass);
    for (; first < end; first += subtrees->count, subtrees++, sums += gmm_statistics_length(pass)) {
        *subtrees = largest_subtree(first, end, chunks);
        read_sums(pass, *subtrees, sums);
    }
    return result;
}
