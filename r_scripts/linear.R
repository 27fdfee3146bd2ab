# lm and glm, called as their users call them: a formula and a data frame.
# Needs bridge.R and inference.R. The features are one matrix column, so that 784 of them cost no formula expansion;
# coefficients come back in the order of the columns.

sample_frame <- function(X, y) {
  frame <- data.frame(y = y)
  frame$X <- X
  frame
}

fit_lm <- function(X, y, X_eval, options, task, rows = list()) fit_linear("lm", X, y, X_eval, options, rows)

# The size of the negative binomial family is estimated.
fit_glm_nb <- function(X, y, X_eval, options, task, rows = list()) fit_linear("glm.nb", X, y, X_eval, options, rows)

fit_glm <- function(X, y, X_eval, options, task, rows = list()) fit_linear("glm", X, y, X_eval, options, rows)

# One fit and its predictions. `options`: named list of lm's or glm's own arguments; the starting
# values of glm are named by a word, see `starting_values`.
fit_linear <- function(model, X, y, X_eval, options, rows = list()) {
  frame <- sample_frame(X, y)
  frame[c("weights", "offset")] <- rows[c("weights", "offset")]
  na_action <- option(options, "na.action", getOption("na.action"))
  singular_ok <- option(options, "singular.ok", TRUE)
  train <- function() {
    # Names of columns: predictions look for the offset of other rows under its name.
    given <- lapply(c(weights = "weights", offset = "offset")[c("weights", "offset") %in% names(rows)], as.name)
    if (model == "lm") {
      tol <- option(options, "tol", formals(stats::lm.fit)$tol)
      call <- quote(stats::lm(y ~ X, data = frame, na.action = na_action, tol = tol, singular.ok = singular_ok))
      eval(as.call(c(as.list(call), given)))
    } else if (model == "glm.nb") {
      control <- do.call(stats::glm.control, options[intersect(names(options), c("epsilon", "maxit"))])
      call <- quote(MASS::glm.nb(y ~ X, data = frame, na.action = na_action, control = control))
      # It has no argument for an offset.
      if ("offset" %in% names(rows)) call[[2L]] <- quote(y ~ X + offset(offset))
      eval(as.call(c(as.list(call), given[names(given) == "weights"])))
    } else {
      control <- do.call(stats::glm.control, options[intersect(names(options), c("epsilon", "maxit"))])
      family <- family_of(options)
      call <- quote(stats::glm(y ~ X, family = family, data = frame, na.action = na_action, control = control, singular.ok = singular_ok))
      start <- starting_values(options, nrow(X), ncol(X))
      for (name in names(start)) call[[name]] <- start[[name]]
      eval(as.call(c(as.list(call), given)))
    }
  }
  answer <- function(fit) {
    beta <- unname(stats::coef(fit))
    iterations <- if (is.null(fit$iter)) -1L else as.integer(fit$iter)
    rank <- paste("rank", fit$rank, "of", ncol(X) + 1L, "coefficients")
    list(
      score = as.double(stats::predict(fit, newdata = c(list(X = X_eval), list(offset = rows$offset_eval)),
                                       type = "response")),
      train_score = as.double(stats::predict(fit, newdata = c(list(X = X), list(offset = rows$offset)),
                                             type = "response")),
      is_probability = is_binomial(fit),
      intercept = as.double(beta[1L]),
      coefficients = as.double(beta[-1L]),
      omitted = length(fit$na.action),
      inference = inference_of(fit),
      status = if (separates(fit)) "SEPARATED" else
        if (isFALSE(fit$converged) || !is.null(fit$th.warn)) "ITERATION_LIMIT" else "CONVERGED",
      iterations = iterations,
      word = if (model == "lm") rank else
        paste0("converged=", fit$converged, ", ", iterations, " Fisher scoring iterations, ", rank,
               # Of glm.nb, whose `converged` is that of the last fit with a given size.
               if (!is.null(fit$th.warn)) paste0(", theta: ", fit$th.warn)),
      effective = c(settings_of(fit, na_action), list(singular.ok = singular_ok),
                    if (model == "glm") options_or_null(options, c("start", "etastart", "mustart")))
    )
  }
  timed_fit(frame$X, frame$y, train, answer, as.list(frame)[intersect(names(rows), c("weights", "offset"))])
}

# The family of glm: the link says which where the family is not named, and the other way round.
family_of <- function(options) {
  gaussian <- identical(option(options, "link"), "identity")
  name <- option(options, "family", if (gaussian) "gaussian" else "binomial")
  theta <- option(options, "theta", 1)
  make <- if (name != "negative.binomial") get(name, envir = asNamespace("stats"), mode = "function") else
    function(link = "log") MASS::negative.binomial(theta = theta, link = link)
  link <- option(options, "link")
  if (is.null(link)) make() else make(link = link)
}

is_binomial <- function(fit) identical(fit$family$family, "binomial")

# A direction that puts every row on its own side proves that no finite optimum exists; an offset is none of it.
separates <- function(fit) {
  eta <- fit$linear.predictors - (if (is.null(fit$offset)) 0 else fit$offset)
  is_binomial(fit) && isTRUE(all((2 * fit$y - 1) * eta > 0))
}

# Starting values of glm: a linear predictor of 0, or a mean of one half, in each of its three forms.
starting_values <- function(options, n, k) {
  words <- list(start = list(zeros = rep(0, k + 1L)), etastart = list(zeros = rep(0, n)),
                mustart = list(half = rep(0.5, n)))
  asked <- intersect(names(words), names(options))
  stats::setNames(lapply(asked, function(name) words[[name]][[options[[name]]]]), asked)
}

options_or_null <- function(options, names) {
  stats::setNames(lapply(names, function(name) options[[name]]), names)
}

# Settings in force, read from the fit. Where no row was missing, the fit does not show what would
# have become of it: then it is `na_action`, which was asked for.
settings_of <- function(fit, na_action) {
  common <- list(
    tol = fit$qr$tol,
    na.action = if (is.null(fit$na.action)) na_action else paste0("na.", class(fit$na.action)[1L])
  )
  # An lm does not hold its method; that it holds a QR decomposition shows it.
  if (!inherits(fit, "glm")) return(c(list(method = "qr"), common))
  sized <- grepl("^Negative Binomial", fit$family$family)
  # The variance of a mean of 1 is 1 + 1 / theta.
  c(list(method = fit$method, family = if (sized) "negative.binomial" else fit$family$family, link = fit$family$link,
         epsilon = fit$control$epsilon, maxit = as.integer(fit$control$maxit)),
    if (sized) list(theta = 1 / (fit$family$variance(1) - 1)), common)
}
