# mclust's em() and Mclust(), models V (one dimension), VVV (full) and VVI (diagonal). One thread. No floor: a fit that turns singular is NA.
# The contract is that of common.py; the start is text, as input.h says.
suppressPackageStartupMessages(library(mclust))
arguments <- commandArgs(trailingOnly = TRUE)
option <- function(name, otherwise = NULL) {
    at <- match(paste0("--", name), arguments)
    if (is.na(at)) otherwise else arguments[at + 1]
}
numbers <- function(text) as.integer(strsplit(text, ",")[[1]])

read_npy <- function(path, dimension) {
    file <- file(path, "rb")
    head <- readBin(file, "raw", 10)
    readBin(file, "raw", as.integer(head[9]) + 256L * as.integer(head[10]))
    x <- readBin(file, "double", (file.size(path) - 10) / 8)
    close(file)
    matrix(x, ncol = dimension, byrow = TRUE)
}
emit <- function(seconds, log_likelihood, more = "") {
    cat(sprintf('{"seconds": [%s], "log_likelihood": %s%s, "version": "%s"}\n', paste(sprintf("%.9g", seconds), collapse = ", "),
                if (is.na(log_likelihood)) "null" else sprintf("%.17g", log_likelihood), more, packageVersion("mclust")))
}
elapsed <- function(expression) {
    begin <- as.numeric(Sys.time())
    force(expression)
    as.numeric(Sys.time()) - begin
}

full <- option("covariance") == "full"
dimension <- as.integer(option("dimension"))
x <- read_npy(option("data"), dimension)
if (dimension == 1) x <- as.vector(x)
model <- if (dimension == 1) "V" else if (full) "VVV" else "VVI"

if (!is.null(option("start"))) {
    start <- scan(option("start"), quiet = TRUE)
    k <- start[1]; d <- start[2]
    weights <- start[3:(2 + k)]
    means <- matrix(start[(3 + k):(2 + k + k * d)], d, k)
    rest <- start[-(1:(2 + k + k * d))]
    variance <- if (d == 1) list(modelName = "V", d = 1, G = k, sigmasq = rest)
        else if (full) {
            sigma <- array(rest, c(d, d, k))
            list(modelName = "VVV", d = d, G = k, sigma = sigma, cholsigma = array(apply(sigma, 3, chol), c(d, d, k)))
        } else {
            variances <- matrix(rest, d, k)
            scale <- exp(colMeans(log(variances)))
            list(modelName = "VVI", d = d, G = k, scale = scale, shape = sweep(variances, 2, scale, "/"))
        }
    parameters <- list(pro = weights, mean = if (d == 1) as.vector(means) else means, variance = variance)
    counts <- numbers(option("iterations"))
    fit <- function(n) em(modelName = model, data = x, parameters = parameters, control = emControl(tol = c(0, 0), itmax = c(n, n)), warn = FALSE)
    invisible(fit(counts[1]))
    seconds <- lapply(counts, function(n) numeric())
    likelihoods <- numeric(length(counts))
    for (repeat_ in seq_len(as.integer(option("repeats", "1")))) {
        for (i in seq_along(counts)) {
            seconds[[i]] <- c(seconds[[i]], elapsed(answer <- fit(counts[i])))
            likelihoods[i] <- answer$loglik
        }
    }
    for (i in seq_along(counts)) emit(seconds[[i]], likelihoods[i], sprintf(', "iterations": %d', counts[i]))
} else {
    k <- as.integer(option("components"))
    control <- if ("--tight" %in% arguments) emControl(tol = c(1e-10, 1e-10), itmax = c(10000, 10000)) else emControl()
    budget <- as.numeric(option("budget", "Inf"))
    spent <- 0
    fit <- function(x) Mclust(x, G = k, modelNames = model, control = control, verbose = FALSE, warn = FALSE)
    # Up to this many data nothing is random, so one seed says all.
    random <- NROW(x) > mclust.options("subset")
    seeds <- numbers(option("seeds"))
    invisible(fit(if (dimension == 1) x[1:200] else x[1:min(200, nrow(x)), ]))
    for (seed in if (random) seeds else seeds[1]) {
        if (spent > budget) break
        set.seed(seed)
        answer <- NULL
        seconds <- elapsed(answer <- fit(x))
        spent <- spent + seconds
        sigma <- if (is.null(answer)) NULL else answer$parameters$variance$sigma
        smallest <- if (is.null(answer)) NA else if (dimension == 1) min(answer$parameters$variance$sigmasq)
            else min(apply(sigma, 3, function(s) min(eigen(s, symmetric = TRUE, only.values = TRUE)$values)))
        emit(seconds, if (is.null(answer)) NA else answer$loglik,
             sprintf(', "seed": %d, "deterministic": %s%s', seed, if (random) "false" else "true",
                     if (is.na(smallest)) "" else sprintf(', "smallest_variance": %.9g', smallest)))
    }
}
