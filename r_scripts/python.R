# Fits of Python's frameworks in a script of R, through reticulate. Needs tracing.R and places.R.

# `root` is the folder that holds crossframe's Python package.
watch_python <- function(root) setHook("reticulate.onPyInit", function() {
  tryCatch(begin_python(root), error = function(e) {
    # Another Python, which may lack what the recording needs.
    state$unreadable <- c(state$unreadable, paste("the fits in Python:", conditionMessage(e)))
    attempt(save_recording())
  })
})

begin_python <- function(root) {
  from <- getExportedValue("reticulate", "import_from_path")
  recorder <- from("crossframe.explain.scripts.python_in_r", path = root, convert = TRUE)
  recorder$begin(state$folder, state$script, place_in_python, take_from_python)
}

# The line of the call of Python that is in progress, and its model: `net` of `net$fit(x, y)`.
place_in_python <- function() {
  calls <- sys.calls()
  place <- attempt(place_of(calls)) %or% list(line = 0L, variable = "")
  owners <- lapply(calls, function(call) {
    if (is.call(call[[1L]]) && identical(call[[1L]][[1L]], quote(`$`))) source_text(call[[1L]][[2L]])
  })
  owner <- Filter(Negate(is.null), owners)
  list(place$line, if (length(owner)) owner[[length(owner)]] else place$variable)
}

# A fit as JSON with the names of its files, or without files why there is none.
take_from_python <- function(text, files) {
  files <- as.character(unlist(files))
  if (length(files)) {
    state$made <- state$made + 1L
    keep_json(state$made, text, files)
  } else state$unreadable <- c(state$unreadable, text)
  attempt(save_recording())
}
