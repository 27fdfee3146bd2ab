# nnet::multinom: softmax regression by the quasi-Newton method of nnet. Needs bridge.R and the package nnet.

# `options`: named list of the arguments of nnet.default that multinom hands on. Of two classes a score is the
# probability of the second, of `count` a column each. Coefficients are relative to the first class.
fit_multinom <- function(X, y, X_eval, options, task, count = 2) {
  frame <- data.frame(y = factor(y))
  frame$X <- X
  without <- isFALSE(options$intercept)
  asked <- options[setdiff(names(options), "intercept")]
  train <- function() {
    form <- if (without) y ~ X - 1 else y ~ X
    do.call(nnet::multinom, c(list(form, data = frame, trace = FALSE), asked))
  }
  answer <- function(fit) {
    respond <- function(rows) {
      new <- data.frame(row.names = seq_len(nrow(rows)))
      new$X <- rows
      made <- stats::predict(fit, newdata = new, type = "probs")
      if (length(fit$lev) == 2L) made <- cbind(1 - made, made)
      class_columns(as.double(made), nrow(rows), fit$lev, count)
    }
    beta <- stats::coef(fit)
    # One vector of two classes, else a row of each class but the first.
    beta <- if (is.matrix(beta)) cbind(0, t(beta)) else if (count == 2) cbind(beta)
    if (without && !is.null(beta)) beta <- rbind(0, beta)
    list(
      score = respond(X_eval),
      train_score = respond(X),
      is_probability = TRUE,
      intercept = if (count == 2) beta[1L],
      coefficients = if (count == 2) as.double(beta[-1L]) else if (NCOL(beta) == count) as.double(beta),
      omitted = length(fit$na.action),
      status = if (fit$convergence == 0L) "CONVERGED" else "ITERATION_LIMIT",
      iterations = -1L,
      word = paste0("convergence=", fit$convergence, ", residual deviance ", signif(fit$deviance, 8)),
      effective = multinom_settings(fit, asked, without)
    )
  }
  timed_fit(X, y, train, answer)
}

# The arguments in force: of the call, else the defaults of nnet.default.
multinom_settings <- function(fit, asked, without) {
  defaults <- formals(utils::getFromNamespace("nnet.default", "nnet"))
  passed <- function(name) if (is.null(asked[[name]])) eval(defaults[[name]]) else asked[[name]]
  names <- c("decay", "abstol", "reltol")
  c(stats::setNames(lapply(names, passed), names),
    list(maxit = as.integer(passed("maxit")), MaxNWts = as.integer(passed("MaxNWts")), intercept = !without))
}
