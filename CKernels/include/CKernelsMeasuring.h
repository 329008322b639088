// For measuring and testing the kernels alone: no part of what a user of the kernels needs. In Swift: import
// CKernels.Measuring.
#ifndef CKERNELS_MEASURING_H
#define CKERNELS_MEASURING_H

#include "CKernels.h"

// Between gmm_begin and gmm_work: computes the moments of every datum under every component, also where they cannot
// change a sum. So it can be measured what leaving them out saves, and tested that it changes nothing.
void gmm_keep_negligible(gmm_pass *pass);

#endif
