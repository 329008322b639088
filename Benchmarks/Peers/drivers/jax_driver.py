"""EM in JAX, compiled as one program: E-step, M-step and the loop over iterations, whose number is an argument, so that one compilation serves all.

JAX has no mixture of its own; this is what a user would write. The pass over full covariances is written in three ways, of which none is always
the fastest, and the driver takes the one that is fastest here. No floor."""
import os
import time

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
components = len(options.weights)


def whitening(covariances):
    """The inverse Cholesky factors, and the constants of the log-densities without the weights."""
    factors = jnp.linalg.cholesky(covariances)
    inverses = jax.vmap(lambda factor: solve_triangular(factor, jnp.eye(dimension, dtype=dtype), lower=True))(factors)
    return inverses, jnp.log(jnp.diagonal(inverses, axis1=1, axis2=2)).sum(1) - 0.5 * dimension * jnp.log(2 * jnp.pi)


def by_component(each):
    """The pass over the data for one component at a time, where `each` is lax.map, or for all of them, where it is vmap."""
    def joint(x, weights, means, covariances):
        inverses, constants = whitening(covariances)
        squares = each(lambda p: (((x - p[1]) @ p[0].T) ** 2).sum(1), (inverses, means))
        return (jnp.log(weights) + constants)[:, None] - 0.5 * squares

    def covariances(x, responsibilities, mass, means):
        def scatter(p):
            centred = x - p[1]
            return (centred * p[0][:, None]).T @ centred
        return each(scatter, (responsibilities, means)) / mass[:, None, None]

    return joint, covariances


def one_product():
    """All components in one matrix product each for the densities and the moments."""
    def joint(x, weights, means, covariances):
        inverses, constants = whitening(covariances)
        y = (x @ inverses.reshape(-1, dimension).T).reshape(count, components, dimension) - jnp.einsum("kij,kj->ki", inverses, means)
        return (jnp.log(weights) + constants - 0.5 * (y * y).sum(2)).T

    def covariances(x, responsibilities, mass, means):
        weighted = (responsibilities.T[:, :, None] * x[:, None, :]).reshape(count, -1)
        moments = (weighted.T @ x).reshape(components, dimension, dimension)
        return moments / mass[:, None, None] - means[:, :, None] * means[:, None, :]

    return joint, covariances


def diagonal():
    def joint(x, weights, means, variances):
        constants = jnp.log(weights) - 0.5 * (jnp.log(variances).sum(1) + dimension * jnp.log(2 * jnp.pi))
        squares = (means**2 / variances).sum(1)[:, None] - 2 * (means / variances) @ x.T + (1 / variances) @ (x * x).T
        return constants[:, None] - 0.5 * squares

    def variances(x, responsibilities, mass, means):
        return (responsibilities @ (x * x)) / mass[:, None] - means**2

    return joint, variances


def program(joint, covariances):
    def step(x, mixture):
        terms = joint(x, *mixture)
        responsibilities = jnp.exp(terms - logsumexp(terms, axis=0))
        mass = responsibilities.sum(1)
        means = (responsibilities @ x) / mass[:, None]
        return mass / count, means, covariances(x, responsibilities, mass, means)

    run = jax.jit(lambda x, mixture, iterations: jax.lax.fori_loop(0, iterations, lambda _, mixture: step(x, mixture), mixture))
    return lambda iterations: jax.block_until_ready(run(x, start, iterations))


def seconds(run):
    run(1)  # compiles
    begin = time.perf_counter()
    run(1)
    return time.perf_counter() - begin


if options.covariance == "diagonal":
    ways = [diagonal()]
else:
    ways = [by_component(lambda f, p: jax.vmap(f)(p)), by_component(jax.lax.map), one_product()]
runs = [program(*way) for way in ways]
run = min(runs, key=seconds) if len(runs) > 1 else runs[0]
joint = ways[0][0]
common.fixed_iterations(options, run, lambda mixture: float(logsumexp(joint(x, *mixture), axis=0).sum()))
