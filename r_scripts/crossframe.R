# crossframe for people who live in R: why does this fit give other numbers than that one?
#
#   reticulate::use_python("...")  # a Python that has crossframe
#   source("crossframe.R")
#   fit <- glm(am ~ wt, binomial, mtcars)
#   crossframe_explain(fit, "sklearn.logistic")

# Why `fit` and `other` differ. Each is a model of lm, glm, glm.nb, polr, glmnet, cv.glmnet, nnet, multinom,
# randomForest or ranger, or a call that fits one; or a model of crossframe as text, as in
# "sklearn.logistic:C=1", which is fitted to the data of the other one.
#   data     a data frame in which calls find their variables; by default where they are written
#   s        the penalty of a path of glmnet; by default lambda.1se of cv.glmnet
#   threads  that a fit may use
# lm and glm hold their data. Of other models the call is evaluated once more to get at them, and the
# generator of random numbers is put back.
# Gives the explanation, which prints the answer: a list with verdict, answer, causes, digits, rungs, text.
crossframe_explain <- function(fit, other, data = NULL, s = NULL, threads = 1L) {
  python <- crossframe_python()
  own <- new.env(parent = baseenv())
  scripts <- reticulate::py_str(python$rscripts$folder())
  for (name in c("inference.R", "fitted.R", "recording.R", "tracing.R")) {
    sys.source(file.path(scripts, name), own, keep.source = FALSE)
  }
  where <- parent.frame()
  if (!is.null(data)) where <- list2env(as.list(data), parent = where)
  written <- list(substitute(fit), substitute(other))
  folder <- tempfile("crossframe-")
  on.exit(unlink(folder, recursive = TRUE))
  sides <- lapply(1:2, function(i) {
    # A name is that of a model, even where a column is called so.
    value <- eval(written[[i]], if (is.name(written[[i]])) parent.frame(3L) else where)
    if (is.character(value) && length(value) == 1L) return(list(path = value, name = value))
    path <- file.path(folder, i)
    dir.create(path, recursive = TRUE)
    own$write_object(value, path, where, s)
    name <- own$source_text(written[[i]])
    list(path = path, name = if (nchar(name) <= 40L) name else c("the first fit", "the second fit")[i])
  })
  names <- vapply(sides, `[[`, "", "name")
  if (names[1L] == names[2L]) names <- paste(names, c("(first)", "(second)"))
  made <- tryCatch(
    python$recorded$explain_recorded(sides[[1L]]$path, sides[[2L]]$path, reticulate::tuple(names[1L], names[2L]),
                                     threads = as.integer(threads)),
    # Its class is of no use here.
    error = function(e) stop(trimws(sub("^[A-Za-z.]*Error: ", "", conditionMessage(e))), call. = FALSE)
  )
  text <- reticulate::py_to_r(python$json$dumps(python$export$plain(made$to_dict())))
  structure(c(jsonlite::fromJSON(text, simplifyDataFrame = FALSE), list(text = reticulate::py_str(made))),
            class = "crossframe_explanation")
}

print.crossframe_explanation <- function(x, ...) {
  cat(x$text, sep = "\n")
  invisible(x)
}

# The modules of Python that are needed, or an error that says what is missing.
crossframe_python <- function() {
  for (package in c("reticulate", "jsonlite")) if (!requireNamespace(package, quietly = TRUE)) {
    stop("crossframe_explain() needs the package ", package, ": install.packages(\"", package, "\")", call. = FALSE)
  }
  module <- function(name) tryCatch(
    reticulate::import(name, convert = FALSE),
    error = function(e) stop("the Python at ", reticulate::py_config()$python, " has no crossframe: ",
                             "name another one with reticulate::use_python(), in a new session", call. = FALSE)
  )
  list(recorded = module("crossframe.explain.fitted.recorded"), export = module("crossframe.report.export"),
       rscripts = module("crossframe.frameworks.rscripts"), json = module("json"))
}
