# ranger and gbm for a target of two classes, or of numbers. Needs bridge.R and the packages.

# `train()` with the generator of random numbers that `options` name (`seed` and `kind` of set.seed), which
# must not outlive it; the fit gets its name as `generator`.
with_seed <- function(options, train) {
  on.exit(RNGkind("default", "default", "default"))
  set.seed(options$seed, kind = option(options, "kind", "default"), normal.kind = "default",
           sample.kind = "default")
  generator <- RNGkind()[1L]
  fit <- train()
  fit$generator <- generator
  fit
}

columns_of <- function(X) {
  colnames(X) <- paste0("x", seq_len(ncol(X)))
  X
}

# `options`: named list of ranger's own arguments. A score is the mean share of the classes in the leaves
# (probability = TRUE), or the share of the trees that predict a class; or the mean of what the trees predict.
fit_ranger <- function(X, y, X_eval, options, task, count = 2) {
  classes <- task == "classes"
  asked <- options
  if (identical(asked$class.weights, "none")) asked$class.weights <- NULL
  train <- function() do.call(ranger::ranger, c(
    list(x = columns_of(X), y = if (classes) factor(y) else y, num.threads = 1L), asked))
  answer <- function(fit) {
    respond <- function(rows) {
      rows <- columns_of(rows)
      if (!classes) return(as.double(stats::predict(fit, rows, num.threads = 1L)$predictions))
      if (identical(fit$treetype, "Probability estimation")) {
        shares <- stats::predict(fit, rows, num.threads = 1L)$predictions
        return(class_columns(shares, nrow(rows), colnames(shares), count))
      }
      votes <- stats::predict(fit, rows, num.threads = 1L, predict.all = TRUE)$predictions
      present <- seq_along(fit$forest$levels)
      shares <- vapply(present, function(k) rowMeans(votes == k), double(nrow(rows)))
      class_columns(shares, nrow(rows), fit$forest$levels, count)
    }
    leaves <- range(vapply(fit$forest$split.varIDs, function(tree) (length(tree) + 1L) / 2, double(1L)))
    effective <- list(num.trees = as.integer(fit$num.trees), mtry = as.integer(fit$mtry),
                      min.node.size = as.integer(fit$min.node.size), replace = fit$replace,
                      splitrule = fit$splitrule, treetype = fit$treetype, seed = options$seed)
    defaults <- formals(ranger::ranger)
    for (name in c("num.random.splits", "regularization.factor", "regularization.usedepth"))
      effective[[name]] <- option(asked, name, defaults[[name]])
    effective$max.depth <- option(asked, "max.depth", 0L)
    effective$sample.fraction <- option(asked, "sample.fraction", if (fit$replace) 1 else 0.632)
    if (classes) {
      effective$class.weights <- option(asked, "class.weights", "none")
      effective$probability <- identical(fit$treetype, "Probability estimation")
    }
    list(
      score = respond(X_eval), train_score = respond(X), is_probability = classes, omitted = 0L,
      status = "CONVERGED", iterations = -1L,
      word = paste0(fit$num.trees, " trees of ", leaves[1L], " to ", leaves[2L],
                    " leaves, out-of-bag error ", signif(fit$prediction.error, 6)),
      effective = effective
    )
  }
  timed_fit(X, y, train, answer)
}

# `options`: named list of gbm's own arguments, and of the `seed` and `kind` of set.seed. A score is the
# prediction of all trees on the scale of the target.
fit_gbm <- function(X, y, X_eval, options, task) {
  asked <- options[setdiff(names(options), c("seed", "kind"))]
  # gbm() reports what it assumes where none is given.
  asked$distribution <- option(asked, "distribution", "bernoulli")
  if (identical(asked$var.monotone, "none")) asked$var.monotone <- NULL
  data <- data.frame(columns_of(X), y = y)
  train <- function() with_seed(options, function() do.call(gbm::gbm, c(
    list(formula = y ~ ., data = data, keep.data = FALSE, n.cores = 1L), asked)))
  answer <- function(fit) {
    respond <- function(rows)
      as.double(stats::predict(fit, data.frame(columns_of(rows)), n.trees = fit$n.trees, type = "response"))
    splits <- range(vapply(fit$trees, function(tree) sum(tree[[1L]] >= 0), double(1L)))
    list(
      score = respond(X_eval), train_score = respond(X),
      is_probability = fit$distribution$name %in% c("bernoulli", "adaboost"), omitted = 0L,
      status = "CONVERGED", iterations = -1L,
      word = paste0(fit$n.trees, " trees of ", splits[1L], " to ", splits[2L], " splits"),
      effective = list(
        distribution = fit$distribution$name, n.trees = as.integer(fit$n.trees),
        interaction.depth = as.integer(fit$interaction.depth), n.minobsinnode = as.integer(fit$n.minobsinnode),
        shrinkage = fit$shrinkage, bag.fraction = fit$bag.fraction, train.fraction = fit$train.fraction,
        var.monotone = option(asked, "var.monotone", "none"), seed = options$seed, kind = fit$generator)
    )
  }
  timed_fit(X, y, train, answer)
}
