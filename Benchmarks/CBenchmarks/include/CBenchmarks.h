// What the machine can do at all, with the same instruction sets as the kernels of CKernels and by their names.
#ifndef CBENCHMARKS_H
#define CBENCHMARKS_H

#include <stdbool.h>
#include <stddef.h>

// The instruction set of a kernel, by its name; -1 if it is not known here.
int limit_of_kernel(const char *name);

// Multiply-adds of whole vectors in registers, in float64 or float32: `rounds` times the returned number of them. On
// instruction sets without fused ones, a product and a sum.
size_t limit_multiply_adds(int instruction_set, bool float32, size_t rounds);

// Reads bytes one after another, and combines them.
size_t limit_read(int instruction_set, const void *bytes, size_t count);

// work(context, i) for i in 0 ..< workers, on OpenMP's threads where this is compiled with them, else one after
// another: the threads that the kernels run on, since those of OpenMP stay busy for a while after a pass and would be
// in the way of others.
bool limit_has_openmp(void);
void limit_run(size_t workers, void (*work)(void *context, size_t worker), void *context);

// Does nothing. callgrind is told to write out what it has counted when this is entered.
void limit_mark(void);

// The compiler of this file, and whether it optimised.
const char *limit_compiler(void);
bool limit_is_optimized(void);

#endif
