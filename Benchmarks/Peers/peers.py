"""Compares this package with other programs for Gaussian mixtures. `run.sh` installs them and calls this; README.md says what is measured.

Every system is a program that takes the arguments that drivers/common.py describes and prints JSON.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from timing import cell, fastest, iteration_seconds, ratio

HERE = Path(__file__).resolve().parent
BUILD = HERE / ".build"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
OURS = "swift-gaussian-mixtures"
ONEDALS = ("oneDAL-2024.7", "oneDAL-2026.2")


# Systems

@dataclass
class System:
    name: str
    command: list
    needs: Path                 # what run.sh leaves where the system could be installed
    text_start: bool = False    # reads its start as text
    one_at_a_time: bool = False  # gmm-bench answers one question in each process
    threaded: bool = True
    precisions: tuple = ("float64",)
    covariances: tuple = ("full", "diagonal")
    exact: bool = True          # does EM and nothing else, so its log-likelihood is checked
    fits: bool = False          # takes part in the time to a solution


def systems():
    python = lambda folder, driver: [str(HERE / folder / "bin" / "python"), str(HERE / "drivers" / driver)]
    ours = BUILD / "gmm-bench"
    listed = [
        System(OURS, [str(ours), "peer"], ours, one_at_a_time=True, precisions=("float64", "float32"), fits=True),
        System("scikit-learn", python(".venv", "sklearn_driver.py"), HERE / ".venv", fits=True),
        System("JAX", python(".venv", "jax_driver.py"), HERE / ".venv"),
        System("pomegranate", python(".venv-pomegranate", "pomegranate_driver.py"), HERE / ".venv-pomegranate"),
        *(System(name, python(f".venv-{name}", "onedal_driver.py"), HERE / f".venv-{name}", fits=True) for name in ONEDALS),
        System("Armadillo", [str(BUILD / "armadillo")], BUILD / "armadillo", text_start=True),
        System("VLFeat", [str(BUILD / "vlfeat")], BUILD / "vlfeat", text_start=True, precisions=("float64", "float32"),
               covariances=("diagonal",), exact=False),
        System("mclust", ["Rscript", "--vanilla", str(HERE / "drivers" / "mclust.R")], HERE / "drivers" / "mclust.R",
               text_start=True, threaded=False, fits=True),
    ]
    return {system.name: system for system in listed}


def call(system, threads, limit=None, **options):
    """Runs a driver on `threads` threads and returns its answers, one for each number of iterations or seed.

    After `limit` seconds it is stopped, and the answers are those that it has given.
    """
    environment = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT"):
        environment[name] = str(threads)
    environment["XLA_FLAGS"] = "" if threads > 1 else "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    command = list(system.command)
    if threads < CORES and hasattr(os, "sched_getaffinity") and shutil.which("taskset"):
        command = ["taskset", "-c", ",".join(map(str, sorted(os.sched_getaffinity(0))[-threads:]))] + command
    if not system.one_at_a_time:
        return ask(command, environment, limit, threads=threads, **options)
    # gmm-bench knows one number of iterations or one seed for each process, and its defaults alone: no --restarts, --tight and --budget.
    answers, spent, budget = [], 0, options.pop("budget", float("inf"))
    if "iterations" in options:
        for n in options.pop("iterations").split(","):
            answers += ask(command, environment, limit, threads=threads, iterations=n, repeats=2, **options)
            answers[-1]["seconds"] = answers[-1]["seconds"][1:]  # the first is not counted, as in the other drivers
    else:
        for seed in options.pop("seeds").split(","):
            if spent <= budget:
                answers += ask(command, environment, limit, threads=threads, seed=seed, **options)
                spent += answers[-1]["seconds"][0]
    return answers


def ask(command, environment, limit, **options):
    flags = [part for name, value in options.items() for part in ([f"--{name}"] if value is True else [f"--{name}", str(value)])]
    try:
        done = subprocess.run(command + flags, env=environment, capture_output=True, text=True, timeout=limit)
        output, error = done.stdout, done.returncode and (" ".join(done.stderr.split())[-200:] or f"exit {done.returncode}")
    except subprocess.TimeoutExpired as expired:
        output, error = (expired.stdout or b"").decode(), None
    answers = [json.loads(line) for line in output.splitlines() if line.startswith("{") and line.endswith("}")]
    if error or not answers:
        raise RuntimeError(error or f"no answer within {limit} s")
    return answers


def usable(listed):
    """The systems that answer a small question; the others are named."""
    rng = np.random.default_rng(1)
    working = {}
    for name, system in listed.items():
        if not system.needs.exists():
            print(f"skipped: {name}: not installed", flush=True)
            continue
        try:
            for covariance in system.covariances:
                problem = blobs(rng, dimension=2, components=2, count=200, covariance=covariance)
                files = write("probe-" + covariance, problem)
                call(system, 1, **fixed_arguments(system, files, covariance, problem), iterations="1,2")
            working[name] = system
        except (RuntimeError, OSError, ValueError) as error:
            print(f"skipped: {name}: {error}", flush=True)
    return working


# Data

def blobs(rng, dimension, components, count, covariance, distance=3.0, condition=4.0):
    """Data from a mixture whose means lie about `distance` standard deviations from the origin, and a start beside the truth."""
    weights = rng.dirichlet(np.full(components, 10.0))
    means = rng.normal(size=(components, dimension)) * distance / np.sqrt(dimension)
    matrices = []
    for _ in range(components):
        axes = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0] if covariance == "full" else np.eye(dimension)
        matrices.append((axes * np.exp(rng.uniform(-0.5, 0.5, dimension) * np.log(condition))) @ axes.T)
    matrices = np.array(matrices)
    labels = rng.choice(components, count, p=weights)
    x = np.empty((count, dimension))
    for k in range(components):
        mine = labels == k
        x[mine] = means[k] + rng.normal(size=(mine.sum(), dimension)) @ np.linalg.cholesky(matrices[k]).T
    start_means = means + 0.5 * rng.normal(size=means.shape)
    start_covariances = np.array([1.5 * np.diag(np.diag(m)) if covariance == "full" else 1.5 * np.diag(m) for m in matrices])
    return {"x": x, "weights": np.full(components, 1 / components), "means": start_means, "covariances": start_covariances,
            "truth": (weights, means, matrices), "covariance": covariance}


def write(name, problem):
    """The data as .npy, and the start as the model file of docs/model.schema.json and as text."""
    folder = BUILD / "work"
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{name}.npy", np.ascontiguousarray(problem["x"], dtype=np.float64))
    if "means" in problem:
        components, dimension = problem["means"].shape
        model = {"format": "gaussian-mixture", "version": 1, "covariance": problem["covariance"], "dimension": dimension,
                 "components": components, "features": [f"x{d + 1}" for d in range(dimension)],
                 **{field: problem[field].tolist() for field in ("weights", "means", "covariances")}}
        (folder / f"{name}.json").write_text(json.dumps(model))
        numbers = np.concatenate([np.ravel(problem[field]) for field in ("weights", "means", "covariances")])
        (folder / f"{name}.txt").write_text(f"{components} {dimension}\n" + "\n".join(repr(float(v)) for v in numbers) + "\n")
    return {kind: folder / f"{name}.{kind}" for kind in ("npy", "json", "txt")}


def fixed_arguments(system, files, covariance, problem):
    return {"data": files["npy"], "start": files["txt" if system.text_start else "json"], "covariance": covariance,
            **({"dimension": problem["x"].shape[1]} if system.name == "mclust" else {})}


# An iteration

@dataclass
class Case:
    name: str
    dimension: int
    components: int
    count: int
    covariance: str
    iterations: tuple
    distance: float = 3.0  # of the means from the origin, in standard deviations


CASES = [
    Case("D1-K8-full", 1, 8, 1_000_000, "full", (1, 4)),
    Case("D8-K8-full", 8, 8, 200_000, "full", (1, 5)),
    Case("D16-K16-full", 16, 16, 100_000, "full", (1, 4)),
    Case("D64-K16-full", 64, 16, 20_000, "full", (1, 3)),
    Case("D16-K16-full-apart", 16, 16, 100_000, "full", (1, 4), distance=25),
    Case("D8-K8-diagonal", 8, 8, 200_000, "diagonal", (2, 8)),
    Case("D64-K16-diagonal", 64, 16, 20_000, "diagonal", (2, 12)),
]


def iteration_cost(working, cases, quick):
    """Rows of {case, system, precision, threads, ns, noise, log_likelihood}, with `at_most` for `ns` where the noise hides it, or with `error`.

    Systems take turns: a round asks each of them once. The third leaves out those that have had enough seconds, which are the slow ones.
    """
    rounds, enough = (2 if quick else 3), 5
    rows = []
    for case in cases:
        count = max(case.count // 10, 20_000) if quick else case.count
        problem = blobs(np.random.default_rng(7), case.dimension, case.components, count, case.covariance, case.distance)
        files = write(case.name, problem)
        few, many = case.iterations
        for threads in sorted({1, CORES}):
            entrants = [(system, precision) for system in working.values() if case.covariance in system.covariances
                        and (threads == 1 or system.threaded) for precision in system.precisions]
            samples = {}
            for turn in range(rounds):
                for system, precision in entrants:
                    key = (system.name, precision)
                    if samples.get(key, {}).get("error") or turn > 1 and samples[key]["wall"] > enough:
                        continue
                    begin = time.perf_counter()
                    try:
                        short, long = call(system, threads, **fixed_arguments(system, files, case.covariance, problem),
                                           iterations=f"{few},{many}", precision=precision)
                    except (RuntimeError, ValueError) as error:
                        samples[key] = {"error": str(error)}
                        continue
                    sample = samples.setdefault(key, {"short": [], "long": [], "wall": 0})
                    sample["short"] += short["seconds"]
                    sample["long"] += long["seconds"]
                    sample["wall"] += time.perf_counter() - begin
                    sample.update(log_likelihood=long["log_likelihood"], version=long.get("version"), kernel=long.get("kernel"))
            for (name, precision), sample in samples.items():
                row = {"case": case.name, "count": count, "system": name, "precision": precision, "threads": threads}
                if "error" in sample:
                    row["error"] = sample["error"]
                else:
                    cost = iteration_seconds(sample["short"], sample["long"], many - few)
                    row.update({"ns" if part == "seconds" else part: 1e9 * value / (count * case.components) for part, value in cost.items()}, **sample)
                rows.append(row)
                print(f"{case.name:18} {threads} thr  {name:24} {precision}  "
                      + (row["error"] if "error" in row else f"{cell(row):>9} ns  {row['log_likelihood']:.9g}  ({sample['wall']:.1f} s)"), flush=True)
    check(rows)
    return rows


def check(rows):
    """Marks each row with its relative distance from the median log-likelihood of the exact float64 systems, and whether that is a disagreement."""
    listed = systems()
    for case in {row["case"] for row in rows}:
        mine = [row for row in rows if row["case"] == case and "error" not in row]
        exact = [row["log_likelihood"] for row in mine if row["precision"] == "float64" and listed[row["system"]].exact]
        if not exact:
            continue
        middle = statistics.median(exact)
        for row in mine:
            row["difference"] = abs(row["log_likelihood"] - middle) / abs(middle)
            bound = (1e-6 if row["precision"] == "float64" else 1e-4) if listed[row["system"]].exact else None
            row["agrees"] = None if bound is None else row["difference"] <= bound


# A solution

@dataclass
class Problem:
    name: str
    dimension: int
    components: int
    count: int
    error: float | None = None   # the truth's own share of misclassified data
    file: str | None = None


PROBLEMS = [Problem(f"D{d}-K{k}-{round(100 * e)}%", d, k, n, e)
            for d, k, n in ((1, 3, 2000), (2, 5, 2000), (4, 8, 3000), (10, 10, 5000)) for e in (0.01, 0.05, 0.15)]
PROBLEMS += [Problem("faithful-K2", 2, 2, 272, file="faithful.csv"), Problem("faithful-K3", 2, 3, 272, file="faithful.csv"),
             Problem("iris-K2", 4, 2, 150, file="iris.csv"), Problem("iris-K3", 4, 3, 150, file="iris.csv")]


def make(problem):
    if problem.file:
        return {"x": np.loadtxt(HERE / "data" / problem.file, delimiter=",", skiprows=1)}
    low, high = 0.1, 50.0
    for _ in range(20):  # the distance at which the truth misclassifies that share
        distance = (low * high) ** 0.5
        made = blobs(np.random.default_rng(11), problem.dimension, problem.components, problem.count, "full", distance)
        low, high = (low, distance) if misclassified(made) < problem.error else (distance, high)
    return made


def misclassified(made):
    x, (weights, means, matrices) = made["x"], made["truth"]
    joint = []
    for weight, mean, matrix in zip(weights, means, matrices):
        y = np.linalg.solve(np.linalg.cholesky(matrix), (x - mean).T)
        joint.append(np.log(weight) - 0.5 * (y * y).sum(0) - 0.5 * np.linalg.slogdet(matrix)[1])
    joint = np.array(joint)
    return float(np.mean(1 - 1 / np.exp(joint - joint.max(0)).sum(0)))


# Each system as it comes, and with a tolerance that can reach the target.
VARIANTS = [(OURS, {}), ("scikit-learn", {}), ("scikit-learn n_init=10", {"restarts": 10}), ("scikit-learn tight", {"tight": True}),
            ("scikit-learn n_init=10 tight", {"restarts": 10, "tight": True}),
            *((name + suffix, options) for name in ONEDALS for suffix, options in (("", {}), (" tight", {"tight": True}))),
            ("mclust", {}), ("mclust tight", {"tight": True})]


def solution_time(working, quick):
    """Rows of {problem, variant, runs: [{seconds, log_likelihood}], success, median, expected}. On one thread: the problems are small."""
    seeds, budget, limit = (3, 2, 20) if quick else (10, 3, 30)
    problems = [p for p in PROBLEMS if not quick or p.file or p.dimension == 2]
    rows = []
    for problem in problems:
        made = make(problem)
        x = made["x"]
        files = write(problem.name.replace("%", ""), {"x": x})
        # A component this narrow is a spike on a few data, where the likelihood has no bound: it is no solution.
        spike = 1e-4 * np.linalg.eigvalsh(np.atleast_2d(np.cov(x.T)))[0]
        mine = []
        for variant, options in VARIANTS:
            system = working.get(variant.split(" ")[0])
            if system is None or not system.fits:
                continue
            row = {"problem": problem.name, "variant": variant, "runs": []}
            try:
                row["runs"] = call(system, 1, limit=limit, data=files["npy"], components=problem.components, covariance="full",
                                   seeds=",".join(map(str, range(1, seeds + 1))), budget=budget, **options,
                                   **({"dimension": problem.dimension} if system.name == "mclust" else {}))
            except (RuntimeError, ValueError) as error:
                row["error"] = str(error)
            mine.append(row)
        good = lambda run: run["log_likelihood"] is not None and run.get("smallest_variance", spike) >= spike
        best = max((run["log_likelihood"] for row in mine for run in row["runs"] if good(run)), default=None)
        for row in mine:
            runs = row["runs"]
            if not runs:
                continue
            seconds = [run["seconds"][0] for run in runs]
            wins = [good(run) and run["log_likelihood"] >= best - 1e-6 * len(x) for run in runs]
            row.update(success=sum(wins) / len(wins), median=statistics.median(seconds), best=best,
                       shortfall=min((best - run["log_likelihood"]) / len(x) for run in runs if good(run)) if any(map(good, runs)) else None,
                       expected=statistics.mean(seconds) / (sum(wins) / len(wins)) if any(wins) else None,
                       deterministic=bool(runs[0].get("deterministic")))
            print(f"{problem.name:14} {row['variant']:30} {sum(wins)}/{len(wins)}  median {row['median']:8.4f} s  "
                  + (f"expected {row['expected']:8.4f} s" if row["expected"] else "never"), flush=True)
        for row in mine:
            if "error" in row:
                print(f"{problem.name:14} {row['variant']:30} {row['error']}", flush=True)
        rows += mine
    return rows


# What is written

def machine():
    name = platform.processor() or platform.machine()
    fields = {}
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
            field, _, value = line.partition(":")
            fields[field.strip()] = value.strip()
        name = fields.get("model name", name)
        if "cpu family" in fields:
            name += f" (family {fields['cpu family']}, model {fields['model']}{', AVX-512' if 'avx512f' in fields.get('flags', '') else ''})"
    elif shutil.which("sysctl"):
        name = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True).stdout.strip() or name
    return f"{name}, {CORES} cores, {platform.system()}"


def label(row):
    return row["system"] + (" float32" if row["precision"] == "float32" else "")


def versions(iteration, solution):
    found = {row["system"]: row["version"] for row in iteration if row.get("version")}
    for row in solution:
        if row["runs"] and row["runs"][0].get("version"):
            found.setdefault(row["variant"].split(" ")[0], row["runs"][0]["version"])
    kernels = {row["kernel"] for row in iteration if row.get("kernel")}
    return found, sorted(kernels)


def iteration_tables(rows):
    cases = [case for case in CASES if any(row["case"] == case.name for row in rows)]
    lines, wins, undecided = [], [], []
    for threads in sorted({row["threads"] for row in rows}):
        lines += [f"Nanoseconds for each datum, component and EM iteration, {threads} thread{'s' if threads > 1 else ''}:\n",
                  "| | " + " | ".join(case.name for case in cases) + " |", "|---|" + "---|" * len(cases)]
        columns = [{label(row): row for row in rows if row["case"] == case.name and row["threads"] == threads} for case in cases]
        best = [fastest([row for row in column.values() if row["precision"] == "float64"]) for column in columns]
        for name in dict.fromkeys(label(row) for row in rows if row["threads"] == threads):
            lines.append(f"| {name} | " + " | ".join(cell(column.get(name), winner) for column, winner in zip(columns, best)) + " |")
        onedal = [fastest([column[name] for name in ONEDALS if name in column]) for column in columns]
        if any(onedal) and any(OURS in column for column in columns):
            lines.append(f"| the faster oneDAL / {OURS} | " + " | ".join(ratio(column.get(OURS), row) for column, row in zip(columns, onedal)) + " |")
        lines.append("")
        for case, column, winner in zip(cases, columns, best):
            if winner is None:
                undecided.append(f"{case.name} ({threads} thr.)")
            elif winner["system"] != OURS:
                wins.append(f"{winner['system']} at {case.name} ({threads} thr.)")
    lines += ["Bold is the fastest in float64.", ""]
    measured = [row for row in rows if "ns" in row]
    if measured:
        shares = [row["noise"] / row["ns"] for row in measured]
        worst = max(measured, key=lambda row: row["noise"] / row["ns"])
        lines.append(f"By the scatter of its times a figure may be off by {statistics.median(shares):.0%} (the median), by {max(shares):.0%} at most "
                     f"({label(worst)} at {worst['case']}, {worst['threads']} thr.).\n")
    if any("at_most" in row for row in rows):
        lines.append("¹ The times scatter by more than what the iterations add, so a limit is all that is known, or nothing (–). Such a figure wins no "
                     "column, and while a row in float64 has no figure its column has no winner.\n")
    if any(row["system"] == OURS and "ns" in row for row in rows):
        lines.append("A peer is faster: " + ("; ".join(wins) or "nowhere") + ("; not decided: " + "; ".join(undecided) if undecided else "") + ".\n")
    differing = sorted({(label(row), row["case"]) for row in rows if row.get("agrees") is False})
    lines.append("Log-likelihoods differ by more than 1e-6 (float32: 1e-4): "
                 + ("; ".join(f"{name} at {case}" for name, case in differing) or "nowhere") + ".")
    inexact = [row["difference"] for row in rows if row.get("agrees", 0) is None and "difference" in row]
    if inexact:
        lines.append(f"VLFeat's, which leaves out small responsibilities, differ by up to {max(inexact):.1g}.")
    return lines + [""]


def solution_tables(rows):
    variants = [v for v, _ in VARIANTS if any(row["variant"] == v for row in rows)]
    problems = list(dict.fromkeys(row["problem"] for row in rows))
    at = {(row["problem"], row["variant"]): row for row in rows}
    lines = ["Expected seconds until within 1e-6 per datum of the best log-likelihood that anyone found (the mean time of a run, divided by the share of "
             "runs that get there); in brackets the share and the median seconds of a run:\n",
             "| | " + " | ".join(variants) + " |", "|---|" + "---|" * len(variants)]
    wins = []
    for problem in problems:
        reached = [at[problem, v] for v in variants if (problem, v) in at and at[problem, v].get("expected")]
        best = min(reached, key=lambda row: row["expected"], default=None)
        if best and not best["variant"].startswith(OURS):
            wins.append(f"{best['variant']} at {problem}")
        cells = []
        for variant in variants:
            row = at.get((problem, variant), {})
            if "success" not in row:
                cells.append("failed")
                continue
            share = f"{sum(1 for _ in row['runs']) * row['success']:.0f}/{len(row['runs'])}"
            text = f"{row['expected']:.3g}" if row["expected"] else "never"
            cells.append((f"**{text}**" if row is best else text) + f" ({share}, {row['median']:.2g})")
        lines.append(f"| {problem} | " + " | ".join(cells) + " |")
    lines += ["", "The problems are named by dimension, components and the share of data that the truth itself misclassifies. "
              "Up to 2000 data nothing in mclust is random, and it runs once."]
    if any(row["variant"] == OURS and row["runs"] for row in rows):
        lines.append("A peer is faster: " + ("; ".join(wins) or "nowhere") + ".")
    return lines + [""]


# Okabe and Ito's colours, and a marker for each, so that colour is not all that tells.
STYLES = {OURS: ("#000000", "o"), "scikit-learn": ("#E69F00", "s"), "JAX": ("#56B4E9", "^"), "pomegranate": ("#009E73", "v"),
          "oneDAL-2024.7": ("#D55E00", "D"), "oneDAL-2026.2": ("#8A3C00", "d"), "Armadillo": ("#0072B2", "P"),
          "VLFeat": ("#CC79A7", "X"), "mclust": ("#8C8C00", "*")}


def scatter_panel(axes, rows, names, place, value, series, style, unit):
    """Points in rows: one line for each of `names`, one style for each of `series`."""
    for y in range(len(names)):
        axes.axhline(y, color="0.9", linewidth=0.8, zorder=0)
    for index, one in enumerate(series):
        points = [(value(row), names.index(place(row))) for row in rows if row["_series"] == one and value(row)]
        if points:
            colour, marker, hollow = style(one)
            shift = 0.5 * (index / max(1, len(series) - 1) - 0.5)
            axes.scatter([p[0] for p in points], [p[1] + shift for p in points], color="none" if hollow else colour, edgecolors=colour, marker=marker,
                         s=70 if marker == "*" else 45, linewidths=1.3, label=one, zorder=3)
    axes.set_xscale("log")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(unit)
    axes.grid(axis="x", which="both", color="0.92", linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def plots(iteration, solution, folder, where):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    def finish(figure, axes, path, title):
        entries = {}
        for one in axes:
            for handle, text in zip(*one.get_legend_handles_labels()):
                entries.setdefault(text, handle)
        figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=5, frameon=False, fontsize=9)
        figure.suptitle(f"{title}\n{where}", fontsize=10)
        figure.savefig(path, dpi=150)
        plt.close(figure)

    measured = [{**row, "_series": label(row)} for row in iteration if "ns" in row]
    if measured:
        names = [case.name for case in CASES if any(row["case"] == case.name for row in measured)]
        series = [s for name in STYLES for s in (name, name + " float32") if any(row["_series"] == s for row in measured)]
        threads = sorted({row["threads"] for row in measured})
        figure, grid = plt.subplots(1, len(threads), figsize=(5 * len(threads), 1.6 + 0.75 * len(names)), sharey=True, sharex=True, squeeze=False,
                                    layout="constrained")
        for axes, count in zip(grid[0], threads):
            scatter_panel(axes, [row for row in measured if row["threads"] == count], names, lambda row: row["case"], lambda row: row["ns"], series,
                          lambda s: (*STYLES[s.removesuffix(" float32")], s.endswith("float32")), "ns per datum, component and EM iteration")
            axes.set_title(f"{count} thread{'s' if count > 1 else ''}", fontsize=10)
        finish(figure, grid[0], folder / "iteration.png", "Cost of an EM iteration (less is better; hollow is float32)")

    solved = [{**row, "_series": row["variant"]} for row in solution if row.get("expected")]
    if solved:
        names = list(dict.fromkeys(row["problem"] for row in solution))
        series = [v for v, _ in VARIANTS if any(row["variant"] == v for row in solved)]
        markers = {"": "o", "tight": "D", "n_init=10": "s", "n_init=10 tight": "^"}
        figure, axes = plt.subplots(figsize=(9, 1.8 + 0.4 * len(names)), layout="constrained")
        scatter_panel(axes, solved, names, lambda row: row["problem"], lambda row: row["expected"], series,
                      lambda s: (STYLES[s.split(" ")[0]][0], markers[s.partition(" ")[2]], "tight" in s), "expected seconds to the best known solution")
        finish(figure, [axes], folder / "solution.png", "Time to a solution (less is better; hollow is a tight tolerance; no point: never reached)")


def main():
    parser = argparse.ArgumentParser(prog="run.sh", description="Compares this package with other programs for Gaussian mixtures.")
    parser.add_argument("--quick", action="store_true", help="less data, two rounds, fewer seeds and problems: to see that all works")
    parser.add_argument("--cases", help="of the iteration's cost, separated by commas: " + ", ".join(case.name for case in CASES) + "; or none")
    parser.add_argument("--only", help="systems, separated by commas: " + ", ".join(systems()) + "; oneDAL is both of them")
    parser.add_argument("--no-solution", action="store_true", help="leave out the time to a solution")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="the folder for results.json, results.md and the plots")
    options = parser.parse_args()
    listed, cases = systems(), CASES
    if options.only:
        wanted = [name for one in options.only.split(",") for name in (ONEDALS if one == "oneDAL" else (one,))]
        unknown = set(wanted) - set(listed)
        if unknown:
            parser.error("no such system: " + ", ".join(sorted(unknown)))
        listed = {name: listed[name] for name in wanted}
    if options.cases:
        wanted = [] if options.cases == "none" else options.cases.split(",")
        unknown = set(wanted) - {case.name for case in CASES}
        if unknown:
            parser.error("no such case: " + ", ".join(sorted(unknown)))
        cases = [case for case in CASES if case.name in wanted]

    begin = time.time()
    working = usable(listed)
    where = machine()
    print(where, flush=True)
    iteration = iteration_cost(working, cases, options.quick)
    solution = [] if options.no_solution else solution_time(working, options.quick)

    options.output.mkdir(parents=True, exist_ok=True)
    found, kernels = versions(iteration, solution)
    (options.output / "results.json").write_text(json.dumps(
        {"machine": where, "quick": options.quick, "versions": found, "iteration": iteration, "solution": solution}, indent=1) + "\n")
    text = [where + ("; kernel " + ", ".join(kernels) if kernels else "") + "."
            + (" " + ", ".join(f"{name} {version}" for name, version in found.items()) + "." if found else "") + "\n"]
    if options.quick:
        text.append("A quick run: its times say little.\n")
    missing = [name for name in listed if name not in working]
    if missing:
        text.append("Not there: " + ", ".join(missing) + ".\n")
    text += (iteration_tables(iteration) if iteration else []) + (solution_tables(solution) if solution else [])
    (options.output / "results.md").write_text("\n".join(text).rstrip() + "\n")
    plots(iteration, solution, options.output, where)
    print(f"\n{time.time() - begin:.0f} s; results.md, results.json and plots are in {os.path.relpath(options.output)}\n")
    print("\n".join(text))
    return 1 if any(row.get("agrees") is False for row in iteration) else 0


if __name__ == "__main__":
    sys.exit(main())
