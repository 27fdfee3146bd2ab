# What every fit needs on R's side: the fingerprint of the data as R holds it, and warnings as data.
#
# A model is fitted by one function, `fit_MODEL(X, y, X_eval, options, task)`: training rows (n, k) and
# target (n), rows to predict (m, k), a named list of arguments, and "classes" (y holds 0 and 1) or
# "numbers". It gives what `timed_fit` gives. A model whose rows can have weights or an offset has the
# argument `rows` besides, a named list of `weights` (n), `offset` (n) and `offset_eval` (m), as far as there are.

# SHA-256 of a training sample: X row by row, then y, as little-endian doubles, and weights and offset of `rows`
# where there are any; the same bytes that crossframe.core.types.fingerprint hashes. Every NA/NaN becomes the
# quiet NaN, -0 becomes 0.
fingerprint <- function(X, y, rows = list()) {
  beside <- list(as.double(y))
  if (length(rows)) {
    beside <- c(beside, list(option(rows, "weights", rep(1, length(y)))), list(option(rows, "offset", rep(0, length(y)))))
  }
  # The bytes of a large table would be further copies of it.
  path <- if (length(X) > 2^20) tempfile()
  to <- if (is.null(path)) rawConnection(raw(), "wb") else file(path, "wb")
  on.exit({
    close(to)
    unlink(path)
  })
  add <- function(values) {
    values <- as.vector(values) + 0
    # A copy only where there is something to replace.
    if (anyNA(values)) values[is.na(values)] <- NaN
    writeBin(values, to, size = 8L, endian = "little")
  }
  step <- 4096
  for (begin in seq(1, by = step, length.out = ceiling(nrow(X) / step))) {
    add(t(X[begin:min(begin + step - 1, nrow(X)), , drop = FALSE]))
  }
  for (values in beside) add(values)
  if (is.null(path)) return(digest::digest(rawConnectionValue(to), algo = "sha256", serialize = FALSE))
  flush(to)
  digest::digest(file = path, algo = "sha256")
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
  echo <- fingerprint(X, y, rows)
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
