"""scikit-learn's GaussianMixture. Its floor, reg_covar, is 0 for fixed iterations and its default, 1e-6, for whole fits."""
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

import common

warnings.filterwarnings("ignore")
common.library("scikit-learn")
options = common.arguments()
covariance = {"full": "full", "diagonal": "diag"}[options.covariance]

if options.start:
    precisions = np.linalg.inv(options.covariances) if options.covariance == "full" else 1 / options.covariances

    def fit(iterations):
        return GaussianMixture(
            len(options.weights), covariance_type=covariance, tol=0, reg_covar=0, max_iter=iterations,
            weights_init=options.weights, means_init=options.means, precisions_init=precisions).fit(options.x)

    common.fixed_iterations(options, fit, lambda model: float(model.score_samples(options.x).sum()))
else:
    tight = {"tol": 1e-8, "max_iter": 10000} if options.tight else {}

    def fit(x, seed):
        return GaussianMixture(options.components, covariance_type=covariance, n_init=options.restarts, random_state=seed, **tight).fit(x)

    common.seeds(options, fit, lambda model: {
        "log_likelihood": float(model.score_samples(options.x).sum()), "iterations": int(model.n_iter_), "converged": bool(model.converged_),
        "smallest_variance": common.smallest_variance(model.covariances_)})
