// Armadillo's gmm_full and gmm_diag, started with keep_existing and no k-means. The variances' floor is 1e-10. It has its threads from OpenMP.
#define ARMA_OPENMP_THREADS 1024
#include <armadillo>
#include <vector>

#include "input.h"

template <typename Model>
static void run(const arma::mat &x, const Model &start, const int *iterations, int counts, int repeats) {
    std::vector<std::vector<double>> seconds(counts);
    std::vector<double> likelihoods(counts);
    for (int repeat = -1; repeat < repeats; repeat++)  // the first is not counted
        for (int i = 0; i < (repeat < 0 ? 1 : counts); i++) {
            Model model = start;
            double begin = now();
            bool learned = model.learn(x, start.n_gaus(), arma::eucl_dist, arma::keep_existing, 0, iterations[i], 1e-10, false);
            double elapsed = now() - begin;
            if (!learned) fail("learn failed");
            if (repeat < 0) continue;
            seconds[i].push_back(elapsed);
            if (repeat == 0) likelihoods[i] = model.avg_log_p(x) * x.n_cols;
        }
    for (int i = 0; i < counts; i++) {
        emit(seconds[i].data(), repeats, likelihoods[i], iterations[i]);
        printf(", \"version\": \"%s\"}\n", arma::arma_version::as_string().c_str());
    }
}

int main(int count, char **arguments) {
    bool full = strcmp(option(count, arguments, "--covariance", NULL), "full") == 0;
    Start start = read_start(option(count, arguments, "--start", NULL), full);
    size_t k = start.components, d = start.dimension, numbers;
    double *data = read_npy(option(count, arguments, "--data", NULL), &numbers);
    int iterations[8], counts = read_list(option(count, arguments, "--iterations", NULL), iterations);
    int repeats = atoi(option(count, arguments, "--repeats", "1"));
    arma::mat x(data, d, numbers / d, false, true), means(start.means, d, k);
    arma::rowvec weights(start.weights, k);
    if (full) {
        arma::gmm_full model;
        model.set_params(means, arma::cube(start.covariances, d, d, k), weights);
        run(x, model, iterations, counts, repeats);
    } else {
        arma::gmm_diag model;
        model.set_params(means, arma::mat(start.covariances, d, k), weights);
        run(x, model, iterations, counts, repeats);
    }
}
