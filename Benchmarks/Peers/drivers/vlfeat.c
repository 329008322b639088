/* VLFeat's VlGMM: diagonal covariances only, float64 and float32. Its lower bound of variances is set to 1e-10 (its default is 1e-4).

   It stops by itself once an iteration changes the log-likelihood by less than 1e-5 of it, which cannot be switched off. So an iteration is one call
   for one iteration, and that call does a second E-step at its end, which is timed on its own and taken off.
   Its M-step leaves out responsibilities below 0.01/K, so its log-likelihood is not quite that of EM. */
#include <vl/gmm.h>

#include "input.h"

int main(int count, char **arguments) {
    if (strcmp(option(count, arguments, "--covariance", NULL), "diagonal") != 0) fail("diagonal only");
    int single = strcmp(option(count, arguments, "--precision", "float64"), "float32") == 0;
    Start start = read_start(option(count, arguments, "--start", NULL), 0);
    size_t k = start.components, d = start.dimension, numbers;
    double *data = read_npy(option(count, arguments, "--data", NULL), &numbers);
    size_t n = numbers / d;
    int iterations[8], counts = read_list(option(count, arguments, "--iterations", NULL), iterations);
    int repeats = atoi(option(count, arguments, "--repeats", "1"));
    vl_set_num_threads(atoi(option(count, arguments, "--threads", "1")));

    void *arrays[4] = {data, start.weights, start.means, start.covariances};
    size_t sizes[4] = {numbers, k, k * d, k * d};
    for (int a = 0; single && a < 4; a++) {
        float *narrow = malloc(sizes[a] * sizeof(float));
        for (size_t i = 0; i < sizes[a]; i++) narrow[i] = (float)((double *)arrays[a])[i];
        arrays[a] = narrow;
    }
    void *posteriors = malloc(n * k * sizeof(double));
    double seconds[8][64], likelihoods[8];
    if (repeats > 64) fail("--repeats");

    for (int repeat = -1; repeat < repeats; repeat++) /* the first is not counted */
        for (int c = 0; c < (repeat < 0 ? 1 : counts); c++) {
            VlGMM *model = vl_gmm_new(single ? VL_TYPE_FLOAT : VL_TYPE_DOUBLE, d, k);
            vl_gmm_set_initialization(model, VlGMMCustom);
            vl_gmm_set_max_num_iterations(model, 1);
            vl_gmm_set_covariance_lower_bound(model, 1e-10);
            vl_gmm_set_priors(model, arrays[1]);
            vl_gmm_set_means(model, arrays[2]);
            vl_gmm_set_covariances(model, arrays[3]);
            double elapsed = 0;
            for (int i = 0; i < iterations[c]; i++) {
                double begin = now();
                likelihoods[c] = vl_gmm_em(model, arrays[0], n);
                double middle = now();
                if (single)
                    vl_get_gmm_data_posteriors_f(posteriors, k, n, vl_gmm_get_priors(model), vl_gmm_get_means(model), d,
                                                 vl_gmm_get_covariances(model), arrays[0]);
                else
                    vl_get_gmm_data_posteriors_d(posteriors, k, n, vl_gmm_get_priors(model), vl_gmm_get_means(model), d,
                                                 vl_gmm_get_covariances(model), arrays[0]);
                elapsed += (middle - begin) - (now() - middle);
            }
            if (repeat >= 0) seconds[c][repeat] = elapsed;
            vl_gmm_delete(model);
        }
    for (int c = 0; c < counts; c++) {
        emit(seconds[c], repeats, likelihoods[c], iterations[c]);
        printf(", \"version\": \"%s\"}\n", VL_VERSION_STRING);
    }
}
