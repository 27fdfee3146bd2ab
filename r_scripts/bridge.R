# What every fit needs on R's side: the fingerprint of the data as R holds it, and warnings as data.
#
# A model is fitted by one function, `fit_MODEL(X, y, X_eval, options, task)`: training rows (n, k) and
# target (n), rows to predict (m, k), a named list of arguments, and "classes" (y holds 0 and 1) or
# "numbers". It gives what `timed_fit` gives. A model whose rows can have weights or an offset has the
# argument `rows` besides, a named list of `weights` (n), `offset` (n) and `offset_eval` (m), as far as there are.

# What is hashed of a training sample: X, y, and where there are any of `rows`, weights and offset.
held <- function(X, y, rows = list()) {
  made <- list(X, as.double(y))
  if (!length(rows)) return(made)
  c(made, list(option(rows, "weights", rep(1, length(y))), option(rows, "offset", rep(0, length(y)))))
}

# SHA-256 of what `held` gives: X row by row, then the others, as little-endian doubles; the same bytes that
# crossframe.core.types.fingerprint hashes. Every NA/NaN becomes the quiet NaN, -0 becomes 0.
fingerprint <- function(parts) {
  to <- rawConnection(raw(), "wb")
  on.exit(close(to))
  for (values in c(list(t(parts[[1L]])), parts[-1L])) {
    values <- as.vector(values) + 0
    values[is.na(values)] <- NaN
    writeBin(values, to, size = 8L, endian = "little")
  }
  digest::digest(rawConnectionValue(to), algo = "sha256", serialize = FALSE)
}

# Evaluate `expr`; returns list(value, warnings, error), each warning once, with its call.
with_evidence <- function(expr) {
  seen <- character()
  value <- tryCatch(
    withCallingHandlers(expr, warning = function(w) {
      text <- conditionMessage(w)
      where <- conditionCall(w)
      if (!is.null(where)) text <- paste0(deparse(where[[1L]])[1L], ": ", text)
      seen <<- c(seen, text)
      invokeRestart("muffleWarning")
    }),
    error = function(e) e
  )
  failed <- inherits(value, "error")
  list(value = if (failed) NULL else value,
       warnings = unique(seen),
       error = if (failed) conditionMessage(value) else "")
}

# One fit and what it reports: `train()` gives the fit, `answer(fit)` a named list of
#   status                    name of a crossframe.frameworks.contract.Status
#   word                      how the fit ended, in words
#   score, train_score        of the rows to predict (m) and of the training rows (n)
#   is_probability            whether a score is a probability of class 1
#   intercept, coefficients   of a linear model, NA where a column was left out
#   omitted, iterations       rows left out, iterations of the solver (-1: it has none)
#   effective                 named list of the settings in force
# Adds the warnings, the fingerprint and the seconds by phase.
timed_fit <- function(X, y, train, answer, rows = list()) {
  clock <- proc.time()[["elapsed"]]
  fitted <- with_evidence(train())
  trained <- proc.time()[["elapsed"]]
  parts <- held(X, y, rows)
  # For a large table that takes R as long as a fit: the process around R reads these parts in R's memory.
  echo <- if (length(X) <= 2^20) fingerprint(parts) else parts
  verified <- proc.time()[["elapsed"]]
  if (is.null(fitted$value)) {
    return(list(error = fitted$error, warnings = fitted$warnings, fingerprint = echo))
  }
  reported <- with_evidence(answer(fitted$value))
  done <- proc.time()[["elapsed"]]
  c(list(error = reported$error, warnings = unique(c(fitted$warnings, reported$warnings)),
         fingerprint = echo,
         seconds = c(fit = trained - clock, verify = verified - trained, predict = done - verified)),
    reported$value)
}

# Probabilities of several classes (rows x the classes `names` that were there, column by column) as those of all
# `count` classes: 0 for one without a training row; of two classes that of the second.
class_columns <- function(values, rows, names, count) {
  made <- matrix(0, rows, count)
  made[, as.integer(names) + 1L] <- values
  if (count == 2) made[, 2L] else as.double(made)
}

# The value of an option, or what it is without one.
option <- function(options, name, default = NULL) {
  if (is.null(options[[name]])) default else options[[name]]
}

has_package <- function(name) requireNamespace(name, quietly = TRUE)

# The versions of R, of what it computes with, and of the named packages as far as they are here.
r_versions <- function(...) {
  versions <- list(R = paste(R.version$major, R.version$minor, sep = "."),
                   BLAS = basename(extSoftVersion()[["BLAS"]]),
                   LAPACK = La_version(),
                   digest = as.character(packageVersion("digest")))
  for (name in c(...)) {
    if (has_package(name)) versions[[name]] <- as.character(packageVersion(name))
  }
  versions
}
