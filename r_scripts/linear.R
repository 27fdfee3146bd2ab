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
  na_action <- if (is.null(options$na.action)) getOption("na.action") else options$na.action
  train <- function() {
    if (model == "lm") {
      tol <- if (is.null(options$tol)) formals(stats::lm.fit)$tol else options$tol
      stats::lm(y ~ X, data = frame, na.action = na_action, tol = tol)
    } else {
      control <- do.call(stats::glm.control, options[intersect(names(options), c("epsilon", "maxit"))])
      link <- if (is.null(options$link)) "logit" else options$link
      stats::glm(y ~ X, family = stats::binomial(link = link), data = frame, na.action = na_action,
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
    list(eval = as.double(stats::predict(fit, newdata = list(X = X_eval), type = type)),
         train = as.double(stats::predict(fit, newdata = list(X = X), type = type)))
  })
  done <- proc.time()[["elapsed"]]
  beta <- unname(stats::coef(fit))
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
    effective = settings_of(fit, na_action),
    seconds = c(fit = trained - clock, verify = verified - trained, predict = done - verified)
  )
}

# Settings in force, read from the fit. Where no row was missing, the fit does not tell what would
# have become of it: then it is `na_action`, which was asked for.
settings_of <- function(fit, na_action) {
  common <- list(
    tol = fit$qr$tol,
    na.action = if (is.null(fit$na.action)) na_action else paste0("na.", class(fit$na.action)[1L])
  )
  # An lm does not hold its method; that it holds a QR decomposition tells it.
  if (!inherits(fit, "glm")) return(c(list(method = "qr"), common))
  c(list(method = fit$method, family = fit$family$family, link = fit$family$link,
         epsilon = fit$control$epsilon, maxit = as.integer(fit$control$maxit)), common)
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
