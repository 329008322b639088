"""pomegranate's GeneralMixtureModel of Normals, on torch, in float64. No floor; its tolerance is switched off."""
import torch
from pomegranate.distributions import Normal
from pomegranate.gmm import GeneralMixtureModel

import common

common.library("pomegranate")
options = common.arguments()
torch.set_num_threads(options.threads)
dtype = getattr(torch, options.precision)
torch.set_default_dtype(dtype)
x = torch.tensor(options.x, dtype=dtype)
covariance = {"full": "full", "diagonal": "diag"}[options.covariance]


def fit(iterations):
    components = [
        Normal(torch.tensor(mean, dtype=dtype), torch.tensor(variance, dtype=dtype), covariance_type=covariance, check_data=False)
        for mean, variance in zip(options.means, options.covariances)]
    model = GeneralMixtureModel(
        components, priors=torch.tensor(options.weights, dtype=dtype), max_iter=iterations, tol=-float("inf"), check_data=False)
    return model.fit(x)


with torch.no_grad():
    common.fixed_iterations(options, fit, lambda model: float(model.log_probability(x).sum()))
