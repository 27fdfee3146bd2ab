# nnet, one hidden layer and one output, or of several classes one of each. Needs bridge.R and the package nnet.

# `options`: named list of nnet's own arguments, and of the `seed` and `kind` of set.seed. The target is
# numbers, or classes as a column of 0 and 1, for which `entropy = TRUE` is the loss of a logistic regression. Of
# more than two classes (`count`) it is a column of 0 and 1 for each, and the same loss that of a softmax.
fit_nnet <- function(X, y, X_eval, options, task, count = 2) {
  asked <- options[setdiff(names(options), c("seed", "kind"))]
  arguments <- utils::modifyList(list(size = 8L, entropy = TRUE, trace = FALSE), asked)
  kind <- option(options, "kind", "default")
  several <- count > 2
  train <- function() {
    if (several && !isTRUE(arguments$entropy)) stop("several classes take the log-loss: entropy = TRUE")
    target <- if (several) outer(y, seq_len(count) - 1, "==") + 0 else matrix(as.double(y))
    if (several) arguments <- utils::modifyList(arguments, list(entropy = FALSE, softmax = TRUE))
    # The generator is the session's: another one must not outlive this fit.
    on.exit(RNGkind("default", "default", "default"))
    set.seed(options$seed, kind = kind, normal.kind = "default", sample.kind = "default")
    generator <- RNGkind()[1L]
    fit <- do.call(nnet::nnet, c(list(x = X, y = target), arguments))
    fit$generator <- generator
    fit
  }
  answer <- function(fit) {
    list(
      score = as.double(stats::predict(fit, X_eval, type = "raw")),
      train_score = as.double(stats::predict(fit, X, type = "raw")),
      is_probability = several || fit$nsunits == fit$nunits,
      omitted = 0L,
      status = if (fit$convergence == 0L) "CONVERGED" else "ITERATION_LIMIT",
      iterations = -1L,
      word = paste0("convergence=", fit$convergence, ", ", length(fit$wts), " weights, fitting criterion ",
                    signif(fit$value, 6)),
      effective = nnet_settings(fit, arguments, options$seed)
    )
  }
  timed_fit(X, y, train, answer)
}

# The arguments in force: what the network holds, else what was passed, else nnet's defaults.
nnet_settings <- function(fit, arguments, seed) {
  defaults <- formals(utils::getFromNamespace("nnet.default", "nnet"))
  passed <- function(name) if (is.null(arguments[[name]])) eval(defaults[[name]]) else arguments[[name]]
  names <- c("skip", "rang", "abstol", "reltol")
  classes <- isTRUE(fit$softmax)
  c(list(size = as.integer(fit$n[2L]), entropy = fit$entropy || classes,
         linout = !classes && fit$nsunits < fit$nunits,
         decay = fit$decay),
    stats::setNames(lapply(names, passed), names),
    list(maxit = as.integer(passed("maxit")), MaxNWts = as.integer(passed("MaxNWts"))),
    list(seed = seed, kind = fit$generator))
}
