// The whole kernel in one instruction set, float64 and float32. The includer defines KERNEL, its name; VECTOR_BYTES;
// and, before it switches the instruction set on for every function here, is_available, which runs on every processor.
#include "constants.h"
#include "instance.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define INSTANCE_(kernel) instance_##kernel
#define INSTANCE(kernel) INSTANCE_(kernel)

#define FLOAT64
#include "vector.inc.h"
#include "exp_log.inc.h"
#include "block.inc.h"
#include "model.inc.h"
#include "univariate.inc.h"
#include "multivariate.inc.h"
#include "assignment.inc.h"
#include "chunk.inc.h"
#include "triangles.inc.h"
#undef FLOAT64

#include "vector.inc.h"
#include "exp_log.inc.h"
#include "block.inc.h"
#include "model.inc.h"
#include "univariate.inc.h"
#include "multivariate.inc.h"
#include "assignment.inc.h"
#include "chunk.inc.h"

#define NAME_(kernel) #kernel
#define NAME(kernel) NAME_(kernel)
#define BOTH_(name, kernel) \
    { name##_##kernel##_f64, name##_##kernel##_f32 }
#define BOTH(name, kernel) BOTH_(name, kernel)
#define DOUBLE_(name, kernel) name##_##kernel##_f64
#define DOUBLE(name, kernel) DOUBLE_(name, kernel)

const instance INSTANCE(KERNEL) = {
    NAME(KERNEL),
    is_available,
    BOTH(prepare, KERNEL),
    BOTH(chunk, KERNEL),
    BOTH(exp_array, KERNEL),
    BOTH(log_array, KERNEL),
    DOUBLE(decompose, KERNEL),
    DOUBLE(invert_triangle, KERNEL),
    DOUBLE(multiply_triangles, KERNEL),
    DOUBLE(multiply_transposed, KERNEL),
    DOUBLE(congruence, KERNEL),
};
