# A fitted model of R as the fields of a FittedModel, see crossframe/frameworks/fitted.py.
#
# `describe(of)` takes what a fitting function was given and what came of it:
#   call, value, frame   name of the function, its result, and its frame as it ended
#   inner                frames and results of fitting functions that it called itself, by their names
#   matched, above       its call, with the names of all arguments, and the frame that called it

# NULL where an expression fails: a field that a model does not give must not cost the other fields.
attempt <- function(expr) tryCatch(suppressMessages(suppressWarnings(expr)), error = function(e) NULL)

`%or%` <- function(value, other) if (is.null(value)) other else value

source_text <- function(expr) {
  text <- paste(trimws(deparse(expr, width.cutoff = 500L, nlines = 20L)), collapse = " ")
  if (nchar(text) > 300L) paste0(substr(text, 1L, 300L), "...") else text
}

# An argument as a plain value, or the text of what is none.
plain_value <- function(value) {
  if (is.null(value)) return(NULL)
  if (is.factor(value)) value <- as.character(value)
  simple <- is.atomic(value) && is.null(dim(value)) && !is.raw(value) && !is.complex(value)
  if (simple && length(value) == 1L) return(unname(value))
  if (simple && length(value) <= 1000L) return(as.list(unname(value)))
  if (simple || is.data.frame(value) || is.matrix(value)) {
    return(paste0(class(value)[1L], " of ", paste(dim(value) %or% length(value), collapse = " x ")))
  }
  source_text(value)
}

# The arguments that the script passes: a constant, else the number in force under that name, else its text.
given_arguments <- function(matched, arguments) {
  passed <- as.list(matched)[-1L]
  constant <- function(expr) {
    if (!is.language(expr)) return(TRUE)
    is.call(expr) && as.character(expr[[1L]])[1L] %in% c("-", "+", "c", ":", "list") &&
      all(vapply(as.list(expr)[-1L], constant, NA))
  }
  in_force <- function(name, expr) {
    if (constant(expr)) return(plain_value(eval(expr, baseenv())))
    value <- arguments[[name]]
    if (is.null(value) || is.character(value)) source_text(expr) else value
  }
  named <- names(passed) %or% rep("", length(passed))
  named[named == ""] <- paste0("argument ", which(named == ""))
  stats::setNames(Map(in_force, named, passed), named)
}

# The design without its column of ones, and whether it has one.
design <- function(X) {
  ones <- match("(Intercept)", colnames(X), 0L)
  list(X = if (ones) X[, -ones, drop = FALSE] else X, intercept = ones > 0L)
}

numeric_matrix <- function(X) {
  if (is.data.frame(X)) X <- data.matrix(X)
  X <- as.matrix(X)
  storage.mode(X) <- "double"
  if (is.null(colnames(X))) colnames(X) <- paste0("V", seq_len(ncol(X)), recycle0 = TRUE)
  X
}

row_labels <- function(...) {
  for (candidate in list(...)) if (length(candidate)) return(as.character(candidate))
  character()
}

# A target as numbers and the spelling of its classes; `classes`: numbers 0 and 1 are classes too.
coded <- function(y, classes = FALSE) {
  if (is.matrix(y) && ncol(y) > 1L) {
    one <- all(y %in% c(0, 1)) && all(rowSums(y) == 1)
    if (!one) stop("the target has several columns")
    return(list(y = max.col(y, "first") - 1, classes = colnames(y) %or% as.character(seq_len(ncol(y)))))
  }
  if (is.logical(y)) return(list(y = as.double(y), classes = c("FALSE", "TRUE")))
  if (is.character(y)) y <- factor(y)
  if (is.factor(y)) return(list(y = as.integer(y) - 1, classes = levels(y)))
  y <- as.double(y)
  if (classes && all(y %in% c(0, 1))) return(list(y = y, classes = c("0", "1")))
  list(y = y, classes = character())
}

# Probabilities as the score of two classes (the second's), or as a matrix of more.
probabilities <- function(scores) {
  scores <- drop(as.matrix(drop(scores)))
  if (is.matrix(scores) && ncol(scores) == 2L) scores[, 2L] else scores
}

positions <- function(labels, classes) if (!is.null(labels)) match(as.character(labels), classes) - 1

# Failures and successes of a row as two rows with these numbers as weights: the same likelihood.
as_rows <- function(failures, successes) {
  counts <- as.vector(rbind(failures, successes))
  kept <- which(counts > 0)
  list(row = rep(seq_along(failures), each = 2L)[kept], y = rep_len(c(0, 1), length(counts))[kept],
       weights = as.double(counts[kept]))
}

counted <- "failures and successes of a row, recorded as two rows with their numbers as weights"

# What became of rows with missing values: the rule, how many it left out, and which.
missing_rows <- function(omitted, matched) {
  rule <- if (is.null(omitted)) source_text(matched$na.action %or% getOption("na.action")) else
    paste0("na.", class(omitted)[1L])
  list(na.action = gsub('"', "", sub("^stats::", "", rule)), rows_left_out = length(omitted),
       rows_left_out_names = if (length(omitted)) as.list(names(omitted)))
}

contrasts_used <- function(contrasts) {
  if (length(contrasts)) lapply(contrasts, function(one) if (is.character(one)) one else source_text(one))
}

of_formula <- function(formula, matched) {
  list(formula = source_text(formula), data = if (!is.null(matched$data)) source_text(matched$data),
       subset = if (!is.null(matched$subset)) source_text(matched$subset))
}

describe_linear <- function(of) {
  fit <- of$value
  if (inherits(fit, "mlm")) stop("the target has several columns")
  generalised <- inherits(fit, "glm")
  x <- design(stats::model.matrix(fit))
  omitted <- stats::na.action(fit)
  frame <- attempt(stats::model.frame(fit))
  response <- attempt(stats::model.response(frame))
  fitted <- as.double(fit$fitted.values)
  rows <- row_labels(rownames(x$X), names(fit$fitted.values))
  beta <- stats::coef(fit)
  own <- inference_of(fit)
  arguments <- of_formula(stats::formula(fit), of$matched)
  binomial <- generalised && fit$family$family %in% c("binomial", "quasibinomial")
  y <- if (generalised) fit$y %or% stats::model.response(stats::model.frame(fit)) else response
  weights <- if (generalised) fit$prior.weights else fit$weights
  offset <- fit$offset
  target <- list(y = as.double(y), classes = character())
  if (binomial && all(y %in% c(0, 1)) && !is.matrix(response)) {
    classes <- levels(response) %or% (if (is.logical(response)) c("FALSE", "TRUE") else c("0", "1"))
    # binomial() takes every level but the first for a success.
    if (length(classes) > 2L) classes <- c(classes[1L], paste("not", classes[1L]))
    target <- list(y = as.double(y), classes = classes)
  } else if (binomial) {
    two <- as_rows(weights * (1 - y), weights * y)
    target <- list(y = two$y, classes = c("0", "1"))
    x$X <- x$X[two$row, , drop = FALSE]
    weights <- two$weights
    fitted <- fitted[two$row]
    rows <- rows[two$row]
    offset <- offset[two$row]
    arguments$response <- counted
  }
  if (generalised && all(weights == 1) && is.null(of$matched$weights)) weights <- NULL
  if (generalised) {
    arguments <- c(arguments, list(
      family = fit$family$family, link = fit$family$link, epsilon = fit$control$epsilon,
      maxit = as.integer(fit$control$maxit), method = fit$method %or% "glm.fit", theta = fit$theta,
      converged = fit$converged, iterations = as.integer(fit$iter)
    ))
    for (name in c("start", "etastart", "mustart")) {
      if (!is.null(of$matched[[name]])) arguments[[name]] <- source_text(of$matched[[name]])
    }
  } else arguments <- c(arguments, list(method = "qr"))
  arguments <- c(arguments, list(tol = fit$qr$tol, intercept = x$intercept,
                                 singular.ok = plain_value(of$frame$singular.ok %or% TRUE),
                                 rank = as.integer(fit$rank), contrasts = contrasts_used(fit$contrasts)),
                 missing_rows(omitted, of$matched))
  ones <- match("(Intercept)", names(beta), 0L)
  rest <- if (ones) -ones else seq_along(beta)
  list(arguments = arguments, X = x$X, y = target$y, classes = target$classes, weights = weights,
       offset = offset, rows = rows, score = fitted,
       intercept = if (ones) beta[[ones]] else 0, coefficients = as.double(beta[rest]),
       inference = if (!is.null(own)) rbind(if (ones) own$table[ones, ] else NA, own$table[rest, , drop = FALSE]),
       measures = own$measures)
}

# Arguments of a frame as it ended; `names` may be named by what they are called here.
in_frame <- function(frame, names) {
  lapply(stats::setNames(nm = names), function(name) plain_value(attempt(get0(name, frame, inherits = FALSE))))
}

describe_polr <- function(of) {
  frame <- of$frame
  fit <- of$value
  arguments <- c(of_formula(stats::formula(fit$terms), of$matched), list(method = fit$method),
                 missing_rows(fit$na.action, of$matched))
  list(arguments = arguments, X = frame$x, y = as.integer(frame$y) - 1, classes = fit$lev,
       weights = if (!is.null(of$matched$weights)) frame$wt,
       offset = if (any(frame$offset != 0)) frame$offset, rows = row_labels(rownames(frame$x)),
       score = fit$fitted.values, labels = positions(attempt(stats::predict(fit, type = "class")), fit$lev))
}

# nnet() by a formula and multinom() call nnet.default(), which gets the data as numbers.
describe_nnet <- function(of) {
  fit <- of$value
  frame <- (of$inner[["nnet.default"]] %or% of)$frame
  x <- frame$x
  multinomial <- of$call == "multinom"
  offset <- NULL
  intercept <- TRUE
  if (multinomial) {
    own <- seq_along(fit$vcoefnames)
    if (ncol(x) == length(own) + 1L) offset <- x[, ncol(x)]
    if (ncol(x) > length(own) + 1L) stop("the offset has several columns")
    plain <- design(x[, own, drop = FALSE])
    x <- plain$X
    intercept <- plain$intercept
  }
  classes <- fit$lev
  target <- if (!is.null(classes) && ncol(frame$y) == 1L && all(frame$y %in% c(0, 1)))
    list(y = as.double(frame$y), classes = classes) else coded(frame$y)
  if (length(classes) && ncol(frame$y) > 1L) target$classes <- classes
  names <- c("size", "linout", "entropy", "softmax", "censored", "skip", "rang", "maxit", "MaxNWts",
             "abstol", "reltol")
  arguments <- c(if (!is.null(fit$terms)) of_formula(stats::formula(fit$terms), of$matched),
                 in_frame(frame, names),
                 list(decay = plain_value(fit$decay), convergence = as.integer(fit$convergence), criterion = fit$value,
                      contrasts = contrasts_used(fit$contrasts)),
                 if (multinomial) list(intercept = intercept),
                 if (!is.null(fit$terms)) missing_rows(fit$na.action, of$matched))
  if (!is.null(of$matched$Wts)) arguments$Wts <- source_text(of$matched$Wts)
  if (!is.null(of$matched$mask)) arguments$mask <- source_text(of$matched$mask)
  linear <- list()
  if (multinomial && length(classes) == 2L) {
    beta <- attempt(stats::coef(fit))
    errors <- attempt(summary(fit)$standard.errors)
    linear <- list(intercept = if (intercept) beta[[1L]] else 0,
                   coefficients = as.double(if (intercept) beta[-1L] else beta),
                   inference = if (!is.null(errors)) cbind(c(if (!intercept) NA, errors), NA, NA, NA, NA))
  }
  labels <- if (length(target$classes)) attempt(stats::predict(fit, type = "class"))
  c(list(arguments = arguments, X = x, y = target$y, classes = target$classes,
         weights = if (!is.null(of$matched$weights)) as.double(frame$weights), offset = offset,
         rows = row_labels(rownames(x)), score = probabilities(fit$fitted.values),
         labels = positions(labels, target$classes)), linear)
}

describe_forest <- function(of) {
  fit <- of$value
  frame <- (of$inner[["randomForest.default"]] %or% of)$frame
  if (identical(fit$type, "unsupervised")) stop("the forest has no target")
  # randomForest turns its features round, and centres a target of numbers.
  x <- t(frame$x)
  dimnames(x) <- list(frame$x.row.names, frame$x.col.names)
  y <- if (identical(of$frame, frame)) attempt(eval(of$matched$y, of$above)) else of$frame$y
  if (!isTRUE(all.equal(as.vector(y), as.vector(fit$y)))) y <- fit$y
  target <- coded(as.vector(y))
  if (is.factor(fit$y)) target <- coded(fit$y)
  levels <- frame$xlevels
  coded_columns <- which(frame$ncat > 1)
  rows <- as.data.frame(x, optional = TRUE)
  for (j in coded_columns) rows[[j]] <- factor(levels[[j]][x[, j]], levels[[j]])
  newdata <- if (length(coded_columns)) rows else x
  plain <- fit
  class(plain) <- "randomForest"
  type <- if (length(target$classes)) "prob" else "response"
  arguments <- c(
    if (!is.null(fit$terms)) of_formula(stats::formula(fit$terms), of$matched),
    in_frame(frame, c("ntree", "mtry", "replace", "sampsize", "nodesize", "corr.bias", "importance", "localImp",
                      "proximity")),
    list(maxnodes = if (!is.null(frame$maxnodes)) (frame$maxnodes + 1) / 2,
         classwt = if (isTRUE(frame$ipi == 1)) plain_value(frame$classwt),
         cutoff = if (!is.null(of$matched$cutoff)) plain_value(frame$cutoff),
         strata = if (!is.null(of$matched$strata)) source_text(of$matched$strata),
         type = fit$type, factors = if (length(coded_columns)) as.list(colnames(x)[coded_columns])),
    if (!is.null(fit$terms)) missing_rows(fit$na.action, list(na.action = of$matched$na.action %or% "na.fail"))
  )
  list(arguments = arguments, X = x, y = target$y, classes = target$classes,
       weights = if (!is.null(of$matched$weights)) as.double(frame$weights),
       rows = row_labels(frame$x.row.names),
       score = attempt(probabilities(unclass(stats::predict(plain, newdata, type = type)))),
       labels = if (length(target$classes)) positions(attempt(stats::predict(plain, newdata)), target$classes))
}

describe_ranger <- function(of) {
  fit <- of$value
  frame <- of$frame
  target <- coded(frame$y)
  predicted <- attempt(stats::predict(fit, data = frame$x)$predictions)
  arguments <- c(
    in_frame(frame, c("num.trees", "mtry", "min.node.size", "min.bucket", "max.depth", "replace",
                      "sample.fraction", "splitrule", "probability", "classification", "importance", "seed")),
    list(treetype = fit$treetype)
  )
  for (name in c("mtry", "min.node.size", "splitrule", "num.trees")) {
    if (!is.null(fit[[name]])) arguments[[name]] <- plain_value(fit[[name]])
  }
  classes <- length(target$classes) > 0L
  list(arguments = arguments, X = frame$x, y = target$y, classes = target$classes,
       weights = if (!is.null(of$matched$case.weights)) as.double(frame$case.weights),
       rows = row_labels(rownames(frame$x)),
       score = if (!classes || is.matrix(predicted)) probabilities(predicted),
       labels = if (classes && is.factor(predicted)) positions(predicted, target$classes))
}

# glmnet() and cv.glmnet(), whose first call of glmnet() has all rows.
describe_glmnet <- function(of) {
  crossed <- of$call == "cv.glmnet"
  fit <- if (crossed) of$value$glmnet.fit else of$value
  frame <- (if (crossed) of$inner[["glmnet"]] else of)$frame
  family <- frame$family
  named <- if (is.character(family)) family else family$family
  if (named %in% c("cox", "mgaussian")) stop(paste("family", named, "is not recorded"))
  x <- numeric_matrix(as.matrix(frame$x))
  binomial <- named == "binomial"
  rows <- row_labels(rownames(x))
  weights <- if (!is.null(of$matched$weights)) as.double(frame$weights)
  offset <- if (!is.null(of$matched$offset)) frame$offset
  y <- frame$y
  counts <- is.matrix(y) && binomial && ncol(y) == 2L
  target <- if (counts) NULL else coded(if (is.character(y)) factor(y) else y, binomial)
  if (counts) {
    two <- as_rows(y[, 1L] * (weights %or% 1), y[, 2L] * (weights %or% 1))
    target <- list(y = two$y, classes = fit$classnames %or% colnames(y) %or% c("0", "1"))
    x <- x[two$row, , drop = FALSE]
    rows <- rows[two$row]
    weights <- two$weights
    offset <- offset[two$row]
  }
  arguments <- c(
    in_frame(frame, c("alpha", "nlambda", "lambda.min.ratio", "lambda", "standardize", "intercept", "thresh",
                      "dfmax", "pmax", "maxit", "penalty.factor", "exclude", "type.gaussian", "type.logistic",
                      "type.multinomial", "standardize.response", "relax")),
    list(family = named, link = if (!is.character(family)) family$link,
         lower.limits = limit(of, "lower.limits", -Inf), upper.limits = limit(of, "upper.limits", Inf),
         response = if (counts) counted, fitted.lambda = length(fit$lambda))
  )
  # Those in force for this call: of more than one, the first.
  for (name in c("type.gaussian", "type.logistic", "type.multinomial")) arguments[[name]] <- arguments[[name]][[1L]]
  constants <- attempt(getExportedValue("glmnet", "glmnet.control")())
  arguments <- c(arguments, lapply(constants[c("fdev", "devmax", "eps", "mnlam", "pmin")], plain_value))
  if (all(frame$penalty.factor == 1)) arguments$penalty.factor <- 1
  if (crossed) arguments <- c(arguments, list(
    nfolds = plain_value(of$frame$nfolds), type.measure = plain_value(of$frame$type.measure),
    folds = as.list(as.integer(of$frame$foldid)), folds.drawn = is.null(of$matched$foldid),
    grouped = plain_value(of$frame$grouped), alignment = plain_value(of$frame$alignment),
    lambda.min = of$value$lambda.min, lambda.1se = of$value$lambda.1se,
    cv.lambda = as.list(of$value$lambda), cvm = as.list(as.double(of$value$cvm)),
    cvsd = as.list(as.double(of$value$cvsd))
  ))
  made <- list(arguments = arguments, X = x, y = target$y, classes = target$classes, weights = weights,
               offset = offset, rows = rows)
  single <- !crossed && length(fit$lambda) == 1L
  if (single) c(made, at_penalty(fit, fit$lambda, made)) else made
}

limit <- function(of, name, default) {
  if (is.null(of$matched[[name]])) default else plain_value(attempt(eval(of$matched[[name]], of$above)))
}

# What a path of penalties gives at one of them, `s`: the coefficients, predictions and labels of the fit.
at_penalty <- function(fit, s, fields) {
  ask <- function(type) {
    stats::predict(fit, newx = fields$X, s = s, type = type, newoffset = fields$offset)
  }
  beta <- attempt(stats::predict(fit, s = s, type = "coefficients"))
  made <- list(score = attempt(probabilities(ask("response"))),
               labels = if (length(fields$classes)) positions(attempt(ask("class")), fields$classes))
  if (!is.null(beta) && !is.list(beta)) {
    beta <- as.double(beta)
    made <- c(made, list(intercept = beta[1L], coefficients = beta[-1L]))
  }
  made
}

describers <- list(
  lm = describe_linear, glm = describe_linear, glm.nb = describe_linear, polr = describe_polr,
  nnet = describe_nnet, multinom = describe_nnet, randomForest = describe_forest, ranger = describe_ranger,
  glmnet = describe_glmnet, cv.glmnet = describe_glmnet
)

# The fields of a FittedModel. Raises an error for a fit that the format cannot hold, with the reason.
describe <- function(of) {
  fields <- describers[[of$call]](of)
  fields$X <- numeric_matrix(fields$X)
  if (length(fields$y) != nrow(fields$X)) stop("features and target have unlike numbers of rows")
  fields$given <- given_arguments(of$matched, fields$arguments)
  c(list(framework = "r", call = of$call), fields)
}
