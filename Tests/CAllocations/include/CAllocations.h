// Counts what the program that this is linked into asks of malloc and its kin. Only with glibc on Linux, and not under
// AddressSanitizer.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

bool allocations_are_counted(void);

// By this thread, so that what tests beside this one do does not count.
size_t allocations_of_this_thread(void);

#endif
