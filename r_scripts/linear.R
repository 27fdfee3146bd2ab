# lm and glm, called as their users call them: a formula and a data frame.
# Needs bridge.R. The features are one matrix column, so that 784 of them cost no formula expansion;
# coefficients come back in the order of the columns.

sample_frame <- function(X, y) {
  frame <- data.frame(y = y)
  frame$X <- X
  frame
}

# One fit and its predictions. `options`: named list of lm's or glm's own arguments.
fit_linear <- function(model, X, y, X_eval, options) {
  clock <- proc.time()[["elapsed"]]
  frame <- sample_frame(X, y)
  na_action <- get(if (is.null(options$na.action)) "na.omit" else options$na.action)
  train <- function() {
    if (model == "lm") {
      tol <- if (is.null(options$tol)) formals(lm.fit)$tol else options$tol
      lm(y ~ X, data = frame, na.action = na_action, tol = tol)
    } else {
      control <- do.call(glm.control, options[intersect(names(options), c("epsilon", "maxit"))])
      link <- if (is.null(options$link)) "logit" else options$link
      glm(y ~ X, family = binomial(link = link), data = frame, na.action = na_action,
          control = control)
    }
  }
  fitted <- with_evidence(train())
  fit <- fitted$value
  trained <- proc.time()[["elapsed"]]
  echo <- fingerprint(frame$X, frame$y)
  verified <- proc.time()[["elapsed"]]
  if (is.null(fit)) {
    return(list(error = fitted$error, warnings = fitted$warnings, fingerprint = echo))
  }
  scores <- with_evidence({
    type <- "response"
    list(eval = as.double(predict(fit, newdata = list(X = X_eval), type = type)),
         train = as.double(predict(fit, newdata = list(X = X), type = type)))
  })
  done <- proc.time()[["elapsed"]]
  beta <- unname(coef(fit))
  list(
    error = scores$error,
    warnings = unique(c(fitted$warnings, scores$warnings)),
    fingerprint = echo,
    score = scores$value$eval,
    train_score = scores$value$train,
    intercept = as.double(beta[1L]),
    coefficients = as.double(beta[-1L]),
    rank = as.integer(fit$rank),
    omitted = length(fit$na.action),
    converged = if (is.null(fit$converged)) TRUE else fit$converged,
    boundary = if (is.null(fit$boundary)) FALSE else fit$boundary,
    iterations = if (is.null(fit$iter)) -1L else as.integer(fit$iter),
    # A direction that puts every row on its own side proves that no finite optimum exists.
    separated = model == "glm" && all((2 * fit$y - 1) * fit$linear.predictors > 0),
    seconds = c(fit = trained - clock, verify = verified - trained, predict = done - verified)
  )
}

# Settings in force after the fit, as R holds them.
linear_effective <- function(model, options) {
  na_action <- if (is.null(options$na.action)) getOption("na.action") else options$na.action
  if (model == "lm") {
    tol <- if (is.null(options$tol)) formals(lm.fit)$tol else options$tol
    return(list(method = "qr", tol = tol, na.action = na_action))
  }
  control <- do.call(glm.control, options[intersect(names(options), c("epsilon", "maxit"))])
  list(method = "glm.fit", family = "binomial",
       link = if (is.null(options$link)) binomial()$link else options$link,
       epsilon = control$epsilon, maxit = as.integer(control$maxit), na.action = na_action)
}

# Declared defaults, deparsed from the functions' own formals.
linear_defaults <- function(model) {
  pick <- function(name) {
    values <- formals(get(name))
    values <- values[!vapply(values, function(v) identical(v, quote(expr = )), logical(1L))]
    stats::setNames(vapply(values, function(v) paste(deparse(v), collapse = " "), ""), names(values))
  }
  parts <- if (model == "lm") c("lm", "lm.fit") else c("glm", "glm.control", "binomial")
  sources <- lapply(parts, pick)
  list(name = unlist(lapply(sources, names)),
       value = unname(unlist(sources)),
       source = rep(paste0("formals(", parts, ")"), lengths(sources)))
}

r_versions <- function() {
  list(R = paste(R.version$major, R.version$minor, sep = "."),
       BLAS = basename(extSoftVersion()[["BLAS"]]),
       LAPACK = La_version(),
       digest = as.character(packageVersion("digest")))
}
