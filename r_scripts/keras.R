# R drives Keras through reticulate: `Rscript keras.R` answers requests, one line of JSON each.
#
# A request names its task in `do`; arrays come as files of little-endian float64, row by row. An
# answer is a line that begins with `crossframe> `. Nothing that holds numbers is converted by
# reticulate, whose version 1.28 refuses NumPy 2: R's doubles go to Python as raw bytes.

suppressPackageStartupMessages(library(reticulate))

# The object that a recipe of crossframe/frameworks/keras/recipe.py stands for: a class of Keras called
# with its options, which may be recipes themselves.
construct <- function(keras, recipe) {
  if (!is.list(recipe) || is.null(recipe$make)) return(recipe)
  kind <- Reduce(`[[`, strsplit(recipe$make, ".", fixed = TRUE)[[1]], keras)
  do.call(kind, lapply(recipe$options, function(option) construct(keras, option)))
}

build_model <- function(keras, layers) keras$Sequential(lapply(layers, function(layer) construct(keras, layer)))

# R's matrix is column-major, so that its bytes are those of the transposed array.
to_tensor <- function(x) {
  np <- import("numpy", convert = FALSE)
  tf <- import("tensorflow", convert = FALSE)
  shape <- if (is.matrix(x)) rev(dim(x)) else length(x)
  array <- np$frombuffer(writeBin(as.double(x), raw()), dtype = "<f8")
  array <- array$reshape(do.call(tuple, as.list(as.integer(shape))))
  tf$constant(array$T, dtype = tf$float64)
}

read_rows <- function(path, columns) {
  values <- readBin(path, "double", file.size(path) / 8, size = 8, endian = "little")
  matrix(values, ncol = columns, byrow = TRUE)
}

write_values <- function(array, path) {
  writeBin(as.double(py_to_r(array$tolist())), path, size = 8, endian = "little")
}

# The Python side: what is imported once and kept between requests.
held <- new.env()

start <- function(request) {
  net <- import(request$modules$net, convert = FALSE)
  net$start(if (!is.null(request$threads)) as.integer(request$threads))
  held$net <- net
  held$keras <- import("keras", convert = FALSE)
  held$json <- import("json", convert = FALSE)
  held$builtins <- import_builtins(convert = FALSE)
  held$runner <- import(request$modules$run, convert = FALSE)$Runner()
  held$report <- import(request$modules$report, convert = FALSE)
  versions <- py_to_r(held$json$dumps(net$versions()))
  list(
    versions = versions,
    r = paste(R.version$major, R.version$minor, sep = "."),
    reticulate = as.character(packageVersion("reticulate"))
  )
}

declared <- function(request) {
  entries <- held$net$declared(request$model)
  as_list <- import("dataclasses", convert = FALSE)$asdict
  rows <- lapply(iterate(entries, simplify = FALSE), function(entry) {
    py_to_r(held$json$dumps(as_list(entry)))
  })
  list(declared = rows)
}

fit <- function(request) {
  # Python's warnings and TensorFlow's log while the context is open.
  context <- held$report$messages()
  messages <- context$`__enter__`()
  on.exit(context$`__exit__`(NULL, NULL, NULL))
  began <- proc.time()[["elapsed"]]
  settings <- held$net$from_json(request$net)
  X <- to_tensor(read_rows(request$X, request$features))
  y <- to_tensor(as.vector(read_rows(request$y, 1)))
  if (!is.null(request$X_eval)) held$X_eval <- to_tensor(read_rows(request$X_eval, request$features))
  handed <- proc.time()[["elapsed"]]
  build <- function() {
    held$building <- TRUE
    recipe <- held$net$recipe(settings, as.integer(request$features))
    recipe <- jsonlite::fromJSON(py_to_r(recipe), simplifyVector = FALSE)
    pair <- tuple(build_model(held$keras, recipe$layers), construct(held$keras, recipe$optimizer))
    held$building <- FALSE
    pair
  }
  # A seed may exceed R's integers: Python reads its digits.
  seed <- held$builtins$int(request$seed)
  done <- held$runner$run(settings, NULL, build, X, y, held$X_eval, seed)
  write_values(done$score, request$score)
  write_values(done$train_score, request$train_score)
  list(
    done = py_to_r(done$json()),
    messages = py_to_r(held$json$dumps(messages$`__call__`())),
    transfer = handed - began
  )
}

tasks <- list(start = start, declared = declared, fit = fit)

# TensorFlow's errors of what it was asked to do, as opposed to what happened to it (memory, a defect).
refusals <- "(InvalidArgument|Unimplemented)Error"

# An error of R or Python is an answer of its own: `refused` where the network cannot be built as it was
# asked for, else `failed`. Warnings and messages go with the answer.
answer <- function(request) {
  evidence <- character()
  held$building <- FALSE
  keep <- function(restart, prefix) function(condition) {
    evidence <<- c(evidence, paste0(prefix, trimws(conditionMessage(condition))))
    invokeRestart(restart)
  }
  reply <- tryCatch(
    withCallingHandlers(
      tasks[[request$do]](request),
      warning = keep("muffleWarning", "R warning: "),
      message = keep("muffleMessage", "R message: ")
    ),
    error = function(e) {
      words <- conditionMessage(e)
      if (held$building || grepl(refusals, words)) list(refused = words) else list(failed = words)
    }
  )
  c(reply, list(evidence = I(unique(evidence))))
}

serve <- function() {
  input <- file("stdin", open = "r")
  on.exit(close(input))
  while (length(line <- readLines(input, n = 1)) > 0) {
    reply <- answer(jsonlite::fromJSON(line))
    # A line of its own, also where other code has printed one and not ended it.
    cat("\ncrossframe> ", jsonlite::toJSON(reply, auto_unbox = TRUE, digits = NA), "\n", sep = "")
    flush(stdout())
  }
}

if (sys.nframe() == 0L) serve()
