# Softmax regressions of nnet::multinom and glmnet, with their data, as JSON for test_multinomial.py.
suppressPackageStartupMessages({library(nnet); library(glmnet); library(jsonlite)})
data(fgl, birthwt, package = "MASS")

sets <- list(
  iris = list(iris[1:4], iris$Species),
  glass = list(fgl[c("RI", "Na", "Mg", "Al", "Si")], fgl$type),
  cars = list(mtcars[c("wt", "qsec")], mtcars$gear),
  race = list(birthwt[c("age", "lwt", "bwt")], birthwt$race),
  wool = list(data.frame(model.matrix(~ wool + breaks, warpbreaks)[, -1L]), warpbreaks$tension),
  chicks = list(ChickWeight[c("weight", "Time")], ChickWeight$Diet)
)

# A matrix of (1 + k) x K with a mean of 0 in each row.
centred <- function(beta) unname(beta - rowMeans(beta))

# Newton's method from where a solver stops, to rounding, on the coefficients that the penalty leaves free; the
# penalised parametrisation has a column of each class. `held`: which numbers stay as they are.
polished <- function(beta, x, y, l2, l1, held) {
  z <- cbind(1, x)
  classes <- ncol(beta)
  d <- ncol(z)
  Y <- outer(y, seq_len(classes), "==") + 0
  strength <- matrix(rep(l2, classes), d)
  lasso <- sign(beta) * rep(l1, classes)
  free <- which(!held)
  for (step in 1:8) {
    eta <- z %*% beta
    p <- exp(eta - apply(eta, 1L, max))
    p <- p / rowSums(p)
    slope <- crossprod(z, p - Y) / length(y) + strength * beta + lasso
    H <- matrix(0, d * classes, d * classes)
    for (a in seq_len(classes)) for (b in seq_len(classes)) {
      w <- p[, a] * ((a == b) - p[, b]) / length(y)
      H[(a - 1L) * d + seq_len(d), (b - 1L) * d + seq_len(d)] <- crossprod(z * w, z)
    }
    diag(H) <- diag(H) + as.double(strength)
    # A lasso alone can leave a constant open on an even number of classes.
    beta[free] <- beta[free] - MASS::ginv(H[free, free], 1e-13) %*% slope[free]
  }
  beta
}

fit_all <- function(set) {
  x <- scale(as.matrix(set[[1L]]))
  x <- matrix(as.double(x), nrow(x))
  y <- as.integer(factor(set[[2L]]))
  classes <- max(y)
  d <- ncol(x) + 1L
  tight <- function(decay) multinom(factor(y) ~ x, decay = decay, trace = FALSE, reltol = 1e-15, abstol = 0,
                                    maxit = 1e5)
  reference <- function(decay) {
    beta <- unname(cbind(0, t(coef(tight(decay)))))
    held <- col(beta) == 1L
    polished(beta, x, y, rep(2 * decay / length(y), d), rep(0, d), held)
  }
  symmetric <- function(alpha) {
    fit <- glmnet(x, y, "multinomial", lambda = 0.02, alpha = alpha, standardize = FALSE, thresh = 1e-25, maxit = 1e7)
    beta <- unname(vapply(coef(fit), as.double, numeric(d)))
    # The intercepts are open to a constant, which is held in the first class.
    held <- (row(beta) == 1L & col(beta) == 1L) | (row(beta) > 1L & beta == 0)
    polished(beta, x, y, c(0, rep(0.02 * (1 - alpha), d - 1L)), c(0, rep(0.02 * alpha, d - 1L)), held)
  }
  list(X = x, y = y - 1L, classes = classes,
       free = centred(reference(0)), decay = centred(reference(1)),
       ridge = centred(symmetric(0)), lasso = centred(symmetric(1)), mixed = centred(symmetric(0.5)))
}

cat(toJSON(lapply(sets, fit_all), digits = I(17), null = "null"))
