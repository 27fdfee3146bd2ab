# Changed fitting functions, which record each outermost fit; `record.R` calls `begin`. Needs fitted.R,
# recording.R and, for a script, places.R.

# Package -> its functions that fit a model. A method stands for its generic.
fitting <- list(
  stats = c("lm", "glm"),
  MASS = c("glm.nb", "polr"),
  nnet = c("nnet.default", "nnet.formula", "multinom"),
  randomForest = c("randomForest.default", "randomForest.formula"),
  ranger = "ranger",
  # The last asks a path of penalties for one of them.
  glmnet = c("glmnet", "cv.glmnet", "predict.glmnet")
)

# Fits that are kept, the last ones; as many as of a Python script.
full <- 100L

# Paths of penalties that are kept, in which one may be chosen later.
full_paths <- 10L

state <- new.env(parent = emptyenv())

start_state <- function(folder, script, take) {
  first <- list(
    folder = folder, script = script, take = take, process = Sys.getpid(), depth = 0L, busy = FALSE, made = 0L,
    fits = list(), left_out = 0L, unreadable = character(), arrays = list(), paths = list(), used = integer(),
    other_seed = attempt(as.integer(Sys.getenv("CROSSFRAME_SEED", NA)))
  )
  list2env(first, state)
}

begin <- function(folder, script) {
  start_state(folder, script, record_fit)
  if (exists("globalCallingHandlers", baseenv())) {
    globalCallingHandlers(error = on_error, warning = function(w) state$warned <- conditionMessage(w))
  }
  reg.finalizer(state, on_finish, onexit = TRUE)
  change("set.seed", baseenv(), NULL, on_seed)
  for (name in c("q", "quit")) change(name, baseenv(), on_quit, NULL)
  for (package in names(fitting)) watch(package)
  save_recording()
}

save_recording <- function() {
  write_recording(state$folder, vapply(state$fits, `[[`, "", "json"), left_out = state$left_out,
                  unreadable = as.list(utils::tail(state$unreadable, full)))
}

# Change a package's functions as soon as it is loaded, before anything takes a copy of them.
watch <- function(package) {
  now <- function(...) {
    for (name in fitting[[package]]) change(name, asNamespace(package), on_begin, on_end)
  }
  if (isNamespaceLoaded(package)) now() else setHook(packageEvent(package, "onLoad"), now)
}

# Put a function in its place that calls `beginning(name, frame)` first and `ending(name, frame, value)` at its
# end, where `value` is `state` if it fails. Arguments, frames, match.call() and visibility are as before,
# because the body stays where it is. Gives a function that puts the original back.
change <- function(name, namespace, beginning, ending) {
  original <- get0(name, namespace, inherits = FALSE)
  if (!is.function(original) || is.primitive(original)) return(invisible())
  at_begin <- if (!is.null(beginning)) bquote(.(beginning)(.(name), environment()))
  at_end <- if (!is.null(ending)) bquote(.(ending)(.(name), environment(), returnValue(.(state))))
  # As withCallingHandlers(), whose frame would be seen among the calls of an error.
  listen <- bquote(.Internal(.addCondHands("warning", list(.(on_warning)), parent.frame(), NULL, TRUE)))
  changed <- original
  body(changed) <- as.call(c(
    quote(`{`),
    if (!is.null(ending)) bquote(on.exit(.(at_end))),
    at_begin,
    if (!is.null(beginning) && !is.null(ending)) listen,
    if (is.null(ending)) body(original) else keep_ending(body(original), at_end)
  ))
  # It prints as it did.
  text <- deparse(original)
  text <- text[!grepl("^<(bytecode|environment): ", text)]
  last <- nchar(text[length(text)], "bytes")
  attr(changed, "srcref") <- srcref(srcfilecopy(name, text), c(1L, 1L, length(text), last))
  put <- function(value) {
    replace_in(namespace, name, value)
    methods <- namespace[[".__S3MethodsTable__."]]
    if (!is.null(methods) && exists(name, methods, inherits = FALSE)) assign(name, value, methods)
    attached <- paste0("package:", environmentName(namespace))
    if (!attached %in% search() || !exists(name, attached, inherits = FALSE)) return(invisible())
    replace_in(as.environment(attached), name, value)
  }
  put(changed)
  invisible(function() put(original))
}

# on.exit() of the function itself would put the call of `ending` out of force.
keep_ending <- function(expr, at_end) {
  if (!is.call(expr) || identical(expr[[1L]], quote(`function`))) return(expr)
  if (identical(expr[[1L]], quote(on.exit)) && is.null(names(expr)) && length(expr) == 2L) {
    return(bquote(on.exit({
      .(at_end)
      .(expr[[2L]])
    })))
  }
  for (i in seq_along(expr)) {
    if (is.call(expr[[i]])) expr[[i]] <- keep_ending(expr[[i]], at_end)
  }
  expr
}

replace_in <- function(namespace, name, value) {
  locked <- bindingIsLocked(name, namespace)
  if (locked) unlockBinding(name, namespace)
  assign(name, value, namespace)
  if (locked) lockBinding(name, namespace)
}

# Whether nothing is to be noticed: the recording itself is at work, or this is a child of the script's process.
resting <- function() state$busy || Sys.getpid() != state$process

generator <- function() get0(".Random.seed", globalenv(), inherits = FALSE)

# Put the generator of random numbers back, or leave none, as before the first number.
put_generator <- function(seed) {
  if (!is.null(seed)) assign(".Random.seed", seed, globalenv()) else
    if (!is.null(generator())) rm(".Random.seed", envir = globalenv())
}

on_seed <- function(name, frame, value) {
  if (!resting() && !identical(value, state)) state$seed <- list(seed = attempt(frame$seed), after = generator())
}

on_begin <- function(name, frame) {
  if (resting()) return(invisible())
  state$depth <- state$depth + 1L
  if (state$depth == 1L) {
    state$messages <- character()
    state$inner <- list()
    if (isTRUE(state$other_seed > 0L)) reseed(name, frame)
    state$before <- generator()
    state$started <- proc.time()[["elapsed"]]
    # predict.glmnet() itself may put another fit in its place.
    state$asked <- if (name == "predict.glmnet") frame$object
  }
}

# Give a fit the other seed that is asked for, as its argument or as R's own.
reseed <- function(name, frame) {
  state$own_generator <- generator()
  set.seed(state$other_seed)
  if (name == "ranger" && !is.null(frame$seed)) frame$seed <- state$other_seed
  state$reseeded <- generator()
}

on_warning <- function(w) {
  if (!resting() && state$depth) state$messages <- unique(c(state$messages, conditionMessage(w)))
}

on_end <- function(name, frame, value) {
  if (resting()) return(invisible())
  state$depth <- state$depth - 1L
  if (identical(value, state)) return(invisible())
  if (state$depth > 0L) {
    if (is.null(state$inner[[name]])) state$inner[[name]] <- list(frame = frame, value = value)
    return(invisible())
  }
  seconds <- proc.time()[["elapsed"]] - state$started
  after <- generator()
  # A fit without random numbers leaves the script those that it had.
  left <- if (!is.null(state$reseeded) && identical(after, state$reseeded)) state$own_generator else after
  state$busy <- TRUE
  on.exit(state$busy <- FALSE)
  if (name == "predict.glmnet") attempt(choose_penalty(frame)) else {
    here <- Position(function(one) identical(one, frame), sys.frames(), right = TRUE)
    calls <- sys.calls()[seq_len(here)]
    place <- attempt(place_of(calls)) %or% list(line = 0L, variable = "")
    tryCatch(
      suppressMessages(suppressWarnings({
        matched <- match.call(sys.function(here), calls[[here]], TRUE, sys.frame(sys.parents()[here]))
        state$take(list(call = generic(name), value = value, frame = frame, inner = state$inner,
                        matched = matched, above = sys.frame(sys.parents()[here])), place, after, seconds)
      })),
      error = function(e) {
        where <- if (place$line) paste(" on line", place$line)
        why <- paste0("the fit ", generic(name), "()", where, ": ", conditionMessage(e))
        state$unreadable <- c(state$unreadable, why)
      }
    )
  }
  if (nzchar(state$folder)) attempt(save_recording())
  # What the recording draws must not be seen.
  put_generator(left)
}

generic <- function(name) sub("[.](default|formula)$", "", name)

record_fit <- function(of, place, after, seconds) {
  fields <- describe(of)
  draws <- !identical(after, state$before)
  if (draws) {
    # The state that set.seed() left: nothing was drawn between it and the fit.
    fresh <- !is.null(state$seed) && identical(state$seed$after, state$before)
    if (fresh) fields$arguments$seed <- state$seed$seed
    fields$arguments$kind <- kind_of(after)
  }
  fields <- c(fields, list(seeded = if (draws) !is.null(state$seed), messages = state$messages,
                           variable = place$variable, line = place$line, seconds = seconds))
  state$made <- state$made + 1L
  keep_fit(state$made, fields)
  if (of$call %in% c("glmnet", "cv.glmnet")) {
    path <- if (of$call == "glmnet") of$value else of$value$glmnet.fit
    one <- list(number = state$made, call = path$call, lambda = path$lambda, a0 = path$a0, fields = fields)
    state$paths <- utils::tail(c(state$paths, list(one)), full_paths)
  }
}

# Keep a fit under its number, in the place of what it was; the oldest makes room.
keep_fit <- function(number, fields) {
  written <- plain_fit(fields, state$folder, number, state$arrays)
  state$arrays <- written$arrays
  keep_json(number, written$json, unlist(lapply(written$arrays, function(one) one$at$file)))
}

keep_json <- function(number, json, files) {
  state$fits[[as.character(number)]] <- list(json = json, files = files)
  if (length(state$fits) <= full) return(invisible())
  oldest <- state$fits[[1L]]$files
  state$fits <- state$fits[-1L]
  state$left_out <- state$left_out + 1L
  unlink(file.path(state$folder, setdiff(oldest, unlist(lapply(state$fits, `[[`, "files")))))
}

# predict() or coef() of a recorded path at one penalty: that is the model which the script takes. Without a
# penalty they give all of the path: its end is taken, unless the script asks for one penalty as well.
choose_penalty <- function(frame) {
  s <- frame$s
  asked <- state$asked
  whole <- is.null(s) && length(asked$lambda) > 1L
  if (whole) s <- utils::tail(asked$lambda, 1L)
  if (!is.numeric(s) || length(s) != 1L) return(invisible())
  same <- function(one) {
    identical(one$call, asked$call) && identical(one$lambda, asked$lambda) && identical(one$a0, asked$a0)
  }
  of <- Find(same, state$paths, right = TRUE)
  if (is.null(of) || is.null(state$fits[[as.character(of$number)]])) return(invisible())
  if (whole && of$number %in% state$chosen) return(invisible())
  if (!whole) state$chosen <- c(state$chosen, of$number)
  fields <- of$fields
  made <- at_penalty(frame$object, unname(s), fields)
  fields[names(made)] <- made
  fields$arguments$s <- unname(s)
  fields$arguments$exact <- isTRUE(frame$exact)
  if (whole) fields$arguments$s.taken <- "end of the path"
  keep_fit(of$number, fields)
}

kind_of <- function(state) {
  kinds <- c("Wichmann-Hill", "Marsaglia-Multicarry", "Super-Duper", "Mersenne-Twister", "Knuth-TAOCP",
             "user-supplied", "Knuth-TAOCP-2002", "L'Ecuyer-CMRG")
  kinds[state[1L] %% 100L + 1L]
}

# ---- how the script ended --------------------------------------------------------------------------------

save_end <- function(...) write_json(state$folder, "end.json", json(list(...)))

on_error <- function(e) {
  if (resting()) return(invisible())
  state$busy <- TRUE
  # The calls up to here are those of this handler.
  calls <- utils::head(sys.calls(), -2L)
  # What is no function of R itself, as in 1 + "a", has no frame.
  failed <- conditionCall(e)
  if (!any(vapply(calls, identical, NA, failed, ignore.srcref = TRUE))) calls <- c(calls, list(failed))
  line <- attempt(place_of(calls)$line) %or% 0L
  if (!line) line <- attempt(line_of_message(conditionMessage(e))) %or% 0L
  message <- conditionMessage(e)
  # Which file it is says a warning.
  if (grepl("^cannot open", message) && length(state$warned)) message <- state$warned
  kind <- class(e)[1L]
  attempt(save_end(kind = "error", type = if (kind != "simpleError") kind, message = message, line = line,
                   missing = if (inherits(e, "packageNotFoundError")) e$package,
                   memory = grepl("^cannot allocate", message)))
  state$ended <- TRUE
  state$busy <- FALSE
}

on_quit <- function(name, frame) {
  if (resting()) return(invisible())
  state$busy <- TRUE
  line <- attempt(place_of(utils::head(sys.calls(), -1L))$line) %or% 0L
  attempt(save_end(kind = "exit", status = attempt(as.integer(frame$status)), line = line))
  state$ended <- TRUE
  state$busy <- FALSE
}

on_finish <- function(...) {
  if (is.null(state$ended) && Sys.getpid() == state$process) attempt(save_end(kind = "finished"))
}

# ---- models of a session ---------------------------------------------------------------------------------

# Class of a model -> the function that fits it, the narrower class first.
fitted_by <- c(
  negbin = "glm.nb", glm = "glm", lm = "lm", polr = "polr", multinom = "multinom", nnet = "nnet",
  randomForest = "randomForest", ranger = "ranger", cv.glmnet = "cv.glmnet", glmnet = "glmnet"
)

# Write a recording of a fitted model; its call is evaluated in `where`, if the model does not hold its data.
write_object <- function(value, folder, where, s = NULL) {
  kind <- names(fitted_by)[names(fitted_by) %in% class(value)][1L]
  if (is.na(kind)) stop("crossframe has no such model: an object of class ", class(value)[1L], call. = FALSE)
  call <- fitted_by[[kind]]
  of <- if (call %in% c("lm", "glm", "glm.nb")) list(call = call, frame = list(), matched = value$call) else
    inputs_again(call, value, where)
  of$value <- value
  fields <- describe(of)
  if (call %in% c("glmnet", "cv.glmnet")) {
    path <- if (call == "glmnet") value else value$glmnet.fit
    if (is.character(s)) s <- value[[s]]
    s <- s %or% (if (call == "cv.glmnet") value$lambda.1se else if (length(path$lambda) == 1L) path$lambda)
    if (is.null(s)) stop("a path of penalties: give the one that is meant as s = ...", call. = FALSE)
    fields[c("score", "labels", "intercept", "coefficients")] <- NULL
    fields <- c(fields, at_penalty(path, s, fields))
    if (length(path$lambda) > 1L) fields$arguments$s <- s
  }
  fields$seeded <- of$seeded
  write_recording(folder, plain_fit(fields, folder, 1L)$json)
}

package_of <- function(name) {
  names(fitting)[vapply(fitting, function(functions) name %in% generic(functions), NA)]
}

# What a model was fitted to by the function `kind`, from evaluating its call once more.
inputs_again <- function(kind, value, where) {
  taken <- NULL
  start_state("", "", function(of, ...) taken <<- of)
  before <- generator()
  undo <- list()
  on.exit({
    for (one in undo) one()
    put_generator(before)
  })
  for (package in package_of(kind)) for (name in fitting[[package]]) {
    undo <- c(undo, change(name, asNamespace(package), on_begin, on_end))
  }
  # The call names the method, which is not seen from outside of its package.
  call <- value$call
  call[[1L]] <- get(kind, asNamespace(package_of(kind)))
  utils::capture.output(suppressMessages(suppressWarnings(eval(call, where))))
  taken$seeded <- if (!identical(before, generator())) FALSE
  taken
}
