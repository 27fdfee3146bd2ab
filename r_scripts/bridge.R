# What every fit needs on R's side: the fingerprint of the data as R holds it, and warnings as data.

# SHA-256 of a training sample: X row by row, then y, as little-endian doubles; the same bytes that
# crossframe.engines.base.fingerprint hashes. Every NA/NaN becomes the quiet NaN, -0 becomes 0.
fingerprint <- function(X, y) {
  values <- c(as.vector(t(X)), as.double(y)) + 0
  values[is.na(values)] <- NaN
  digest::digest(writeBin(values, raw(), size = 8L, endian = "little"),
                 algo = "sha256", serialize = FALSE)
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
