// The whole kernel in one instruction set, float64 and float32. The includer defines KERNEL, KERNEL_NAME, INDEX_OF_KERNEL and VECTOR_BYTES,
// with the instruction set switched on for every function.
#include "constants.h"
#include "instance.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define FLOAT64
#include "vector.h"
#include "exp_log.h"
#include "block.h"
#include "model.h"
#include "univariate.h"
#include "multivariate.h"
#include "assignment.h"
#include "chunk.h"
#undef FLOAT64

#include "vector.h"
#include "exp_log.h"
#include "block.h"
#include "model.h"
#include "univariate.h"
#include "multivariate.h"
#include "assignment.h"
#include "chunk.h"

#define INSTANCE_(kernel) instance_##kernel
#define INSTANCE(kernel) INSTANCE_(kernel)
#define BOTH_(name, kernel) {name##_##kernel##_f64, name##_##kernel##_f32}
#define BOTH(name, kernel) BOTH_(name, kernel)

const instance INSTANCE(KERNEL) = {
    KERNEL_NAME, BOTH(prepare, KERNEL), BOTH(chunk, KERNEL), BOTH(exp_array, KERNEL), BOTH(log_array, KERNEL),
};
