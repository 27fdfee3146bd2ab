# glmnet for a target of classes, or of numbers. Needs bridge.R and the package glmnet.

# glmnet(x, y, family = "binomial", "gaussian" or "poisson") fits a path of penalties; a prediction needs one
# of them, `s`: without one it is the last of the path, the smallest. `options`: named list of the arguments
# of glmnet, glmnet.control and of predict (`s`, `exact`). Of more than two classes (`count`) the family is
# multinomial, and scores and coefficients have a column each.
fit_glmnet <- function(X, y, X_eval, options, task, count = 2, rows = list()) {
  internal <- names(formals(glmnet::glmnet.control))
  of_fit <- options[setdiff(names(options), c(internal, "s", "exact", "family"))]
  family <- option(options, "family", "binomial")
  beside <- rows[intersect(names(rows), c("weights", "offset"))]
  train <- function() {
    # The constants are the session's: set for this fit, and put back.
    on.exit(glmnet::glmnet.control(factory = TRUE))
    glmnet::glmnet.control(factory = TRUE)
    do.call(glmnet::glmnet.control, options[intersect(names(options), internal)])
    fit <- do.call(glmnet::glmnet, c(list(x = X, y = y, family = family), of_fit, beside))
    fit$constants <- glmnet::glmnet.control()
    fit
  }
  answer <- function(fit) {
    last <- fit$lambda[length(fit$lambda)]
    s <- option(options, "s", last)
    exact <- option(options, "exact", FALSE)
    several <- family == "multinomial"
    # A refit at `s` wants the sample again, and these.
    again <- intersect(names(options), c("penalty.factor", "lower.limits", "upper.limits"))
    sample <- if (exact) c(list(x = X, y = y), beside, options[again])
    respond <- function(newx, newoffset) {
      made <- as.double(do.call(stats::predict, c(list(fit, newx = newx, s = s, exact = exact, type = "response"),
                                                  list(newoffset = newoffset), sample)))
      if (several) class_columns(made, nrow(newx), fit$classnames, count) else made
    }
    beta <- do.call(stats::coef, c(list(fit, s = s, exact = exact), sample))
    # Of two classes the difference is the usual coefficients; of a class without a training row there are none.
    beta <- if (!several) as.double(beta) else vapply(beta, as.double, numeric(ncol(X) + 1L))
    if (several && count == 2) beta <- beta[, 2L] - beta[, 1L]
    separates <- function() {
      family == "binomial" && s == 0 && isTRUE(all((2 * y - 1) * (beta[1L] + X %*% beta[-1L]) > 0))
    }
    list(
      score = respond(X_eval, rows$offset_eval),
      train_score = respond(X, rows$offset),
      is_probability = family %in% c("binomial", "multinomial"),
      intercept = if (count == 2) beta[1L],
      coefficients = if (count == 2) beta[-1L] else if (ncol(beta) == count) as.double(beta),
      omitted = 0L,
      status = if (separates()) "SEPARATED" else
        # Below 0: the path ended before its time; between -1 and -9999 it is the limit of passes.
        if (fit$jerr < 0 && fit$jerr > -10000) "ITERATION_LIMIT" else "CONVERGED",
      iterations = as.integer(fit$npasses),
      word = paste0("lambda ", signif(s, 6), ", the path of ", length(fit$lambda), " ends at ",
                    signif(last, 6), ", ", fit$npasses, " passes over the features"),
      effective = c(glmnet_settings(fit, nrow(X), ncol(X)),
                    list(family = family, s = s, exact = exact, lambda.last = last))
    )
  }
  timed_fit(X, y, train, answer, beside)
}

# The arguments in force: of the call, else glmnet's defaults for this many rows and columns.
glmnet_settings <- function(fit, nobs, nvars) {
  given <- as.list(fit$call)
  defaults <- formals(glmnet::glmnet)
  where <- list2env(list(nobs = nobs, nvars = nvars))
  value <- function(name) {
    if (!is.null(given[[name]])) return(given[[name]])
    default <- eval(defaults[[name]], where)
    if (length(default) > 1L) default <- default[1L]
    assign(name, default, envir = where)
    default
  }
  names <- c("alpha", "nlambda", "lambda.min.ratio", "lambda", "standardize", "intercept", "thresh", "dfmax",
             "pmax", "lower.limits", "upper.limits", "maxit", "type.logistic", "type.multinomial")
  if (!is.null(given$dfmax)) assign("dfmax", given$dfmax, envir = where)
  settings <- stats::setNames(lapply(names, value), names)
  counts <- c("nlambda", "dfmax", "pmax", "maxit")
  settings[counts] <- lapply(settings[counts], as.integer)
  c(settings,
    list(penalty.factor = given$penalty.factor),
    fit$constants[c("fdev", "devmax", "eps", "mnlam", "pmin")])
}
