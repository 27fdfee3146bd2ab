# cv.glmnet for two classes or numbers: a penalty chosen by cross-validation. Needs bridge.R, glmnet.R and the
# package glmnet.

# `options`: named list of the arguments of cv.glmnet, glmnet, glmnet.control, set.seed (`seed`, `kind`) and of
# predict (`s`), and of
#   foldid      a rule by which the rows are assigned to folds, see `fold_numbers`, or "random": cv.glmnet draws them
#   grid        "each_fold": every fold has a path of its own (lambda = NULL); "all_rows": that of all rows
#   lambda.max  the largest penalty of a grid in equal ratios, in place of glmnet's
#   scaling     "each_fold": glmnet scales the features of each fold; "all_rows": they are scaled once, before
fit_cv_glmnet <- function(X, y, X_eval, options, task) {
  internal <- names(formals(glmnet::glmnet.control))
  of_cv <- c("nfolds", "type.measure", "grouped", "alignment")
  beside <- c(internal, of_cv, "s", "foldid", "grid", "lambda", "lambda.max", "scaling", "seed", "kind", "family")
  of_fit <- options[setdiff(names(options), beside)]
  family <- option(options, "family", "binomial")
  rule <- option(options, "foldid", "random")
  scaling <- option(options, "scaling", "each_fold")
  spread <- rep(1, ncol(X))
  if (scaling == "all_rows" && option(options, "standardize", TRUE)) {
    spread <- apply(X, 2L, function(x) sqrt(mean((x - mean(x))^2)))
    spread[spread == 0] <- 1
    of_fit$standardize <- FALSE
  }
  scaled <- function(rows) sweep(rows, 2L, spread, "/")
  kind <- option(options, "kind", "Mersenne-Twister")
  train <- function() {
    # The constants are the session's: set for this fit, and put back.
    on.exit(glmnet::glmnet.control(factory = TRUE))
    glmnet::glmnet.control(factory = TRUE)
    sample <- list(x = scaled(X), y = y, family = family)
    of_folds <- options[intersect(names(options), of_cv)]
    # No constant of a path moves its largest penalty, but for rounding.
    of_folds$lambda <- penalties(options, sample, of_fit)
    do.call(glmnet::glmnet.control, options[intersect(names(options), internal)])
    if (rule == "random") {
      set.seed(options$seed, kind = kind, normal.kind = "default", sample.kind = "default")
    } else {
      of_folds$foldid <- fold_numbers(rule, option(options, "nfolds", 10L), y)
    }
    fit <- do.call(glmnet::cv.glmnet, c(sample, of_fit, of_folds))
    fit$glmnet.fit$constants <- glmnet::glmnet.control()
    fit
  }
  answer <- function(fit) {
    s <- option(options, "s", "lambda.1se")
    at <- fit[[s]]
    respond <- function(newx) as.double(stats::predict(fit, newx = scaled(newx), s = s, type = "response"))
    beta <- as.double(stats::coef(fit, s = s))
    path <- fit$glmnet.fit
    list(
      score = respond(X_eval),
      train_score = respond(X),
      is_probability = family == "binomial",
      intercept = beta[1L],
      coefficients = beta[-1L] / spread,
      omitted = 0L,
      # Below 0: the path ended before its time; between -1 and -9999 it is the limit of passes.
      status = if (path$jerr < 0 && path$jerr > -10000) "ITERATION_LIMIT" else "CONVERGED",
      iterations = as.integer(path$npasses),
      word = paste0(s, " ", signif(at, 6), ", number ", match(at, fit$lambda), " from the largest of ",
                    length(fit$lambda), " penalties; lambda.min ", signif(fit$lambda.min, 6), ", lambda.1se ",
                    signif(fit$lambda.1se, 6), ", ", path$npasses, " passes over the features"),
      effective = cv_glmnet_settings(fit, options, X, family, rule, scaling, s, kind)
    )
  }
  timed_fit(X, y, train, answer)
}

# The penalties to be compared where they are given or made here; NULL: cv.glmnet makes them.
penalties <- function(options, sample, of_fit) {
  if (!is.null(options[["lambda"]])) return(options[["lambda"]])
  if (is.null(options[["lambda.max"]]) && option(options, "grid", "each_fold") == "each_fold") return(NULL)
  count <- option(options, "nlambda", 100L)
  ratio <- option(options, "lambda.min.ratio", if (nrow(sample$x) < ncol(sample$x)) 0.01 else 1e-04)
  largest <- option(options, "lambda.max", do.call(glmnet::glmnet, c(sample, of_fit))$lambda[1L])
  largest * ratio^(seq(0, 1, length.out = count))
}

# The fold of each row, from 1; crossframe.frameworks.folds has the same rules.
fold_numbers <- function(rule, folds, y) {
  n <- length(y)
  dealt <- (seq_len(n) - 1L) %% folds + 1L
  switch(rule,
    modulo = dealt,
    blocks = rep(seq_len(folds), times = n %/% folds + (seq_len(folds) <= n %% folds)),
    leave_one_out = seq_len(n),
    stratified = {
      classes <- match(y, unique(y))
      dealt[order(classes)] <- dealt
      for (class in unique(classes)) dealt[classes == class] <- sort(dealt[classes == class])
      dealt
    },
    stop("no rule for folds: ", rule)
  )
}

# The arguments in force, and the penalties that were chosen.
cv_glmnet_settings <- function(fit, options, X, family, rule, scaling, s, kind) {
  settings <- glmnet_settings(fit$glmnet.fit, nrow(X), ncol(X))
  settings$standardize <- option(options, "standardize", TRUE)
  settings["lambda"] <- list(options[["lambda"]])
  nfolds <- if (rule == "leave_one_out") nrow(X) else as.integer(option(options, "nfolds", 10L))
  # With fewer than three rows a fold cv.glmnet does not group, and warns.
  c(settings,
    list(family = family, s = s, nfolds = nfolds, foldid = rule,
         type.measure = names(fit$name), grouped = option(options, "grouped", TRUE) && nrow(X) / nfolds >= 3,
         alignment = option(options, "alignment", "lambda"), grid = option(options, "grid", "each_fold"),
         lambda.max = options[["lambda.max"]], scaling = scaling, lambda.s = fit[[s]],
         lambda.min = fit$lambda.min, lambda.1se = fit$lambda.1se),
    if (rule == "random") list(seed = options$seed, kind = kind))
}
