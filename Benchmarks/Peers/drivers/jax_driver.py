"""EM in JAX, compiled as one program: E-step, M-step and the loop over iterations. The number of iterations is an argument, so one compilation
serves all. JAX has no mixture of its own; this is what a user would write. No floor."""
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import logsumexp

import common

common.library("jax")
options = common.arguments()
dtype = jnp.dtype(options.precision)
x = jnp.asarray(options.x, dtype)
start = tuple(jnp.asarray(a, dtype) for a in (options.weights, options.means, options.covariances))
count, dimension = x.shape


def log_densities_full(x, weights, means, covariances):
    factors = jnp.linalg.cholesky(covariances)
    precisions = jax.vmap(lambda factor: solve_triangular(factor, jnp.eye(dimension, dtype=dtype), lower=True))(factors)
    constants = jnp.log(weights) + jnp.log(jnp.diagonal(precisions, axis1=1, axis2=2)).sum(1) - 0.5 * dimension * jnp.log(2 * jnp.pi)
    # One component at a time: [N, D] stays in the cache where [N, K, D] would not.
    squares = jax.lax.map(lambda pm: (((x - pm[1]) @ pm[0].T) ** 2).sum(1), (precisions, means))
    return constants[:, None] - 0.5 * squares


def log_densities_diagonal(x, weights, means, variances):
    constants = jnp.log(weights) - 0.5 * (jnp.log(variances).sum(1) + dimension * jnp.log(2 * jnp.pi))
    squares = jax.lax.map(lambda vm: (((x - vm[1]) ** 2) / vm[0]).sum(1), (variances, means))
    return constants[:, None] - 0.5 * squares


full = options.covariance == "full"
log_densities = log_densities_full if full else log_densities_diagonal


def step(x, mixture):
    joint = log_densities(x, *mixture)
    responsibilities = jnp.exp(joint - logsumexp(joint, axis=0))
    mass = responsibilities.sum(1)
    means = (responsibilities @ x) / mass[:, None]

    def scatter(r_mean):
        r, centred = r_mean[0], x - r_mean[1]
        return (centred * r[:, None]).T @ centred if full else r @ centred**2

    scatters = jax.lax.map(scatter, (responsibilities, means))
    return mass / count, means, scatters / mass.reshape((-1,) + (1,) * (scatters.ndim - 1))


@jax.jit
def run(x, mixture, iterations):
    return jax.lax.fori_loop(0, iterations, lambda _, mixture: step(x, mixture), mixture)


common.fixed_iterations(
    options,
    lambda iterations: jax.block_until_ready(run(x, start, iterations)),
    lambda mixture: float(logsumexp(log_densities(x, *mixture), axis=0).sum()))
