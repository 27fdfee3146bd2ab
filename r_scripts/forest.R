# randomForest for a target of classes, or of numbers. Needs bridge.R and the package randomForest.

# `options`: named list of randomForest's own arguments, and of the `seed` and `kind` of set.seed. A score
# is the share of the trees that vote for class 1, or the mean of what the trees predict; of more than two
# classes (`count`) the shares of all of them, a column each, 0 for one without a training row.
fit_forest <- function(X, y, X_eval, options, task, count = 2) {
  classes <- task == "classes"
  target <- if (classes) factor(y) else y
  asked <- options[setdiff(names(options), c("seed", "kind"))]
  if (identical(asked$classwt, "none")) asked$classwt <- NULL
  kind <- option(options, "kind", "default")
  train <- function() {
    # The generator is the session's: another one must not outlive this fit.
    on.exit(RNGkind("default", "default", "default"))
    set.seed(options$seed, kind = kind, normal.kind = "default", sample.kind = "default")
    generator <- RNGkind()[1L]
    fit <- do.call(randomForest::randomForest, c(list(x = X, y = target), asked))
    fit$generator <- generator
    fit
  }
  answer <- function(fit) {
    respond <- function(rows) {
      if (!classes) return(as.double(stats::predict(fit, rows)))
      votes <- stats::predict(fit, rows, type = "prob")
      if (count == 2) return(as.double(votes[, "1"]))
      shares <- matrix(0, nrow(rows), count)
      shares[, as.integer(colnames(votes)) + 1L] <- votes
      as.double(shares)
    }
    # Of several classes R's own labels: randomForest breaks ties of the votes at random, each time it predicts.
    own <- function(rows) if (classes && count > 2) as.integer(as.character(stats::predict(fit, rows)))
    labels <- list(labels = own(X_eval), train_labels = own(X))
    leaves <- range(fit$forest$ndbigtree + 1L) / 2
    out_of_bag <- if (classes) paste("error", signif(fit$err.rate[fit$ntree, "OOB"], 6)) else
      paste("mean squared error", signif(fit$mse[fit$ntree], 6))
    c(Filter(Negate(is.null), labels), list(
      score = respond(X_eval),
      train_score = respond(X),
      is_probability = classes,
      omitted = 0L,
      status = "CONVERGED",
      iterations = -1L,
      word = paste0(fit$ntree, " trees of ", leaves[1L], " to ", leaves[2L], " leaves, out-of-bag ", out_of_bag),
      effective = forest_settings(fit, asked, X, target, options$seed)
    ))
  }
  timed_fit(X, y, train, answer)
}

# The arguments in force: what the forest holds, else what was passed, else randomForest's defaults for
# these rows.
forest_settings <- function(fit, asked, X, target, seed) {
  defaults <- formals(utils::getFromNamespace("randomForest.default", "randomForest"))
  where <- list2env(list(x = X, y = target))
  value <- function(name) {
    if (is.null(asked[[name]])) assign(name, eval(defaults[[name]], where), envir = where)
    else assign(name, asked[[name]], envir = where)
    get(name, envir = where)
  }
  given <- lapply(stats::setNames(nm = c("replace", "sampsize", "nodesize", "maxnodes", "corr.bias")), value)
  counts <- c("sampsize", "nodesize")
  given[counts] <- lapply(given[counts], as.integer)
  c(list(ntree = as.integer(fit$ntree), mtry = as.integer(fit$mtry)), given,
    # A regression ignores the weights of classes.
    if (is.factor(target)) list(classwt = option(asked, "classwt", "none")),
    list(type = fit$type, seed = seed, kind = fit$generator))
}
