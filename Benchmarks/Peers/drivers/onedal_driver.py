"""oneDAL's em_gmm, by the module daal4py. Its regularisation acts only where a covariance cannot be factored; it is left at its default.

Its defaults are ten iterations after an initialisation of twenty trials of ten iterations each."""
import daal4py
import numpy as np

import common

common.library("daal")
options = common.arguments()
daal4py.daalinit(nthreads=options.threads)
storage = {"full": {}, "diagonal": {"covarianceStorage": "diagonal"}}[options.covariance]


def parameters(result):
    covariances = [np.asarray(c) for c in result.covariances]
    return np.ravel(result.weights), result.means, [c if options.covariance == "full" else np.ravel(c) for c in covariances]


if options.start:
    k = len(options.weights)
    covariances = [np.ascontiguousarray(np.atleast_2d(c)) for c in options.covariances]

    def fit(iterations):
        return daal4py.em_gmm(k, maxIterations=iterations, accuracyThreshold=0, **storage).compute(
            options.x, options.weights.reshape(1, -1), options.means, covariances)

    common.fixed_iterations(options, fit, lambda result: common.log_likelihood(options.x, *parameters(result)))
else:
    tight = {"accuracyThreshold": 1e-8 * len(options.x), "maxIterations": 10000} if options.tight else {}

    def fit(x, seed):
        engine = daal4py.engines_mt2203(seed=seed)
        start = daal4py.em_gmm_init(options.components, engine=engine, **storage).compute(x)
        return daal4py.em_gmm(options.components, **storage, **tight).compute(x, start.weights, start.means, start.covariances)

    common.seeds(options, fit, lambda result: {
        "log_likelihood": common.log_likelihood(options.x, *parameters(result)), "iterations": int(np.ravel(result.nIterations)[0]),
        "smallest_variance": common.smallest_variance(parameters(result)[2])})
