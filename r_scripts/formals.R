# Declared defaults: the formals of R's own functions.

# The parameters of a function: a named list with the default of each, NULL where it has none.
# A constant is itself, -Inf is a constant too; what R would compute is its text.
declared <- function(name, package) {
  values <- formals(get(name, envir = asNamespace(package), mode = "function"))
  lapply(values, function(value) {
    if (is.null(value) || identical(value, quote(expr = ))) return(NULL)
    negative <- is.call(value) && identical(value[[1L]], as.name("-")) && length(value) == 2L
    if (negative && is.numeric(value[[2L]])) return(-value[[2L]])
    if (negative && identical(value[[2L]], as.name("Inf"))) return(-Inf)
    if (identical(value, as.name("Inf"))) return(Inf)
    if (is.atomic(value) && length(value) == 1L) return(value)
    paste(deparse(value), collapse = " ")
  })
}
