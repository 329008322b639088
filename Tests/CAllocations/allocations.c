#define _GNU_SOURCE
#include "CAllocations.h"

#include <errno.h>

// A program's own malloc takes the place of the C library's in all of its shared libraries, Swift's run-time too.
// glibc's names of the real ones are called here: dlsym would itself allocate. AddressSanitizer has taken that place
// already.
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER
#endif
#endif

#if defined(__linux__) && defined(__GLIBC__) && !defined(HAS_ADDRESS_SANITIZER)
static _Thread_local size_t count;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

bool allocations_are_counted(void) { return true; }
size_t allocations_of_this_thread(void) { return count; }

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count++;
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count++;
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    void *allocated = memalign(alignment, size);
    if (!allocated) return ENOMEM;
    *result = allocated;
    return 0;
}
#else
bool allocations_are_counted(void) { return false; }
size_t allocations_of_this_thread(void) { return 0; }
#endif
