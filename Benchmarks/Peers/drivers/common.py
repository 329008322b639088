"""What the Python drivers share: their arguments, their clock and the line that they print for each answer.

    --data x.npy --start start.json --covariance full --iterations 2,12 --threads 1 --precision float64 --repeats 3
    --data x.npy --components 4 --covariance full --seeds 1,2,3 --threads 1 [--restarts 10] [--tight] [--budget SECONDS]

The first form runs a fixed number of EM iterations from a given start and prints one line of JSON for each number of iterations;
the second fits with the library's defaults and prints one line for each seed.
"""
import argparse
import json
import time
from importlib.metadata import version

import numpy as np


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--covariance", choices=["full", "diagonal"], required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="float64")
    parser.add_argument("--start")
    parser.add_argument("--iterations", type=numbers)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--components", type=int)
    parser.add_argument("--seeds", type=numbers)
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--tight", action="store_true")
    parser.add_argument("--budget", type=float, default=float("inf"))
    options = parser.parse_args()
    options.x = np.load(options.data)
    if options.start:
        with open(options.start) as file:
            model = json.load(file)
        options.weights, options.means, options.covariances = (np.array(model[name]) for name in ("weights", "means", "covariances"))
    return options


def library(name):
    """Names the library whose version goes with each answer."""
    global VERSION
    VERSION = version(name)


def numbers(text):
    return [int(part) for part in text.split(",")]


def fixed_iterations(options, fit, log_likelihood):
    """Times fit(n), in turns over the numbers of iterations, after one run that is not counted; log_likelihood(fit(n)) is not timed."""
    fit(options.iterations[0])
    seconds, answers = {n: [] for n in options.iterations}, {}
    for _ in range(options.repeats):
        for n in options.iterations:
            begin = time.perf_counter()
            answers[n] = fit(n)
            seconds[n].append(time.perf_counter() - begin)
    for n in options.iterations:
        emit(seconds=seconds[n], log_likelihood=log_likelihood(answers[n]), iterations=n)


def seeds(options, fit, describe):
    """Times fit(x, seed) for each seed until the budget is spent, after one small fit that is not counted; describe(answer) is not timed.

    A fit that fails is an answer too: it took its time and has no log-likelihood.
    """
    def attempt(function, *arguments):
        try:
            return function(*arguments)
        except (ValueError, RuntimeError, np.linalg.LinAlgError):
            return None

    attempt(fit, options.x[: max(20 * options.components, 100)], 0)
    spent = 0
    for seed in options.seeds:
        if spent > options.budget:
            break
        begin = time.perf_counter()
        answer = attempt(fit, options.x, seed)
        elapsed = time.perf_counter() - begin
        spent += elapsed
        description = None if answer is None else attempt(describe, answer)
        emit(seconds=[elapsed], seed=seed, **(description or {"log_likelihood": None}))


def emit(**fields):
    print(json.dumps({**fields, "version": VERSION}), flush=True)


def log_likelihood(x, weights, means, covariances):
    """Of all data; covariances are [K][D][D] or [K][D]. Where a library gives parameters and no log-likelihood under them."""
    terms = []
    for weight, mean, covariance in zip(weights, means, covariances):
        if covariance.ndim == 1:
            squares, logarithm = (((x - mean) ** 2) / covariance).sum(axis=1), np.log(covariance).sum()
        else:
            factor = np.linalg.cholesky(covariance)
            squares = (np.linalg.solve(factor, (x - mean).T) ** 2).sum(axis=0)
            logarithm = 2 * np.log(np.diag(factor)).sum()
        terms.append(np.log(weight) - 0.5 * (squares + logarithm + x.shape[1] * np.log(2 * np.pi)))
    return float(np.logaddexp.reduce(terms).sum())


def smallest_variance(covariances):
    """The smallest eigenvalue of any covariance, by which a spike on a few data is recognised."""
    return float(min(np.min(c) if c.ndim == 1 else np.linalg.eigvalsh(c)[0] for c in covariances))
