// Threads where they are scarce: OpenMP's run-time ends the process when it cannot make one, and Dispatch waits until
// it can. So they are tried first.
#include "CKernels.h"

#include <pthread.h>

// The stacks that OpenMP and Dispatch give to their threads, and addresses beside them such as glibc takes when a
// thread first allocates.
enum { STACK_BYTES = 8 << 20, GUARD_BYTES = 128 << 20 };

static void *wait_for(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

// How many threads more, up to `wanted`, there is room for beside those that are. Where there is not room for all, half
// of it is left to others.
static size_t threads_to_be_had(size_t wanted) {
    pthread_t threads[wanted];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_attr_t attributes;
    size_t count = 0;
    if (pthread_attr_init(&attributes) != 0) return 0;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setguardsize(&attributes, GUARD_BYTES);
    pthread_mutex_lock(&gate);
    while (count < wanted && pthread_create(&threads[count], &attributes, wait_for, &gate) == 0) count++;
    pthread_mutex_unlock(&gate);
    for (size_t i = 0; i < count; i++) pthread_join(threads[i], NULL);
    pthread_attr_destroy(&attributes);
    return count < wanted ? count / 2 : count;
}

size_t gmm_team(size_t wanted) {
    static _Thread_local size_t tried = 1, team = 1;
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    if (wanted > tried) {
        // One after another, and each until its threads are there: two would find the same last thread free, and both
        // make it.
        pthread_mutex_lock(&turn);
        tried = wanted;
        team += threads_to_be_had(wanted - team);
#ifdef _OPENMP
        size_t present = 0;
#pragma omp parallel num_threads((int)team)
        __atomic_fetch_add(&present, 1, __ATOMIC_RELAXED);
        team = present;
#endif
        pthread_mutex_unlock(&turn);
    }
    return wanted < team ? wanted : team;
}

void gmm_run_team(size_t workers, void (*work)(void *context, size_t worker), void *context) {
    // The pragma stands here and not in an instance: the function that it outlines loses the `target` attribute, and
    // with it the vectors.
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)workers) schedule(static, 1)
#endif
    for (size_t worker = 0; worker < workers; worker++) work(context, worker);
}

typedef struct queue {
    size_t count, next;
    void (*work)(void *context, size_t item);
    void *context;
} queue;

static void *work_off(void *argument) {
    queue *items = argument;
    for (;;) {
        size_t item = __atomic_fetch_add(&items->next, 1, __ATOMIC_RELAXED);
        if (item >= items->count) return NULL;
        items->work(items->context, item);
    }
}

void gmm_for_each(size_t count, size_t most, void (*work)(void *context, size_t item), void *context) {
    queue items = {count, 0, work, context};
    pthread_t threads[most];
    size_t made = 0;
    while (made + 1 < most && made + 1 < count && pthread_create(&threads[made], NULL, work_off, &items) == 0) made++;
    work_off(&items);
    for (size_t i = 0; i < made; i++) pthread_join(threads[i], NULL);
}
