# Maximum likelihood and penalised fits of R, with their matrices, as JSON for test_families.py.
suppressPackageStartupMessages({library(glmnet); library(jsonlite)})
data(quine, Insurance, package = "MASS")

tight <- glm.control(epsilon = 1e-15, maxit = 200)
clotting <- data.frame(u = rep(c(5, 10, 15, 20, 30, 40, 60, 80, 100), 2), lot = rep(1:2, each = 9),
                       time = c(118, 58, 42, 35, 27, 25, 21, 19, 18, 69, 35, 26, 21, 18, 16, 13, 12, 12))
claims <- Insurance
claims$exposure <- log(claims$Holders)

fits <- list(
  breaks = list(breaks ~ wool + tension, warpbreaks, "poisson"),
  sprays = list(count ~ spray, InsectSprays, "poisson"),
  absences = list(Days ~ Eth + Sex + Age + Lrn, quine, "poisson"),
  cars = list(carb ~ wt + qsec + am, mtcars, "poisson"),
  claims = list(Claims ~ as.integer(District) + as.integer(Group) + as.integer(Age), claims, "poisson"),
  clotting = list(time ~ log(u) + lot, clotting, "Gamma"),
  trees = list(Volume ~ log(Girth) + log(Height), trees, "Gamma"),
  iris = list(Petal.Length ~ Sepal.Length + Sepal.Width + Species, iris, "Gamma"),
  stopping = list(dist ~ speed, cars[cars$dist > 0, ], "Gamma"),
  ozone = list(Ozone ~ Solar.R + Wind + Temp, na.omit(airquality), "Gamma")
)

# Newton's method on the coefficients that are not 0, from where glm or glmnet stops: to rounding.
polished <- function(beta, x, y, offset, family, l2, l1) {
  z <- cbind(1, x)
  free <- c(TRUE, beta[-1L] != 0)
  if (is.null(offset)) offset <- 0
  for (step in 1:5) {
    mu <- family$linkinv(as.double(z %*% beta) + offset)
    rate <- family$mu.eta(family$linkfun(mu)) / family$variance(mu)
    # The second derivative with a log link; mu for poisson, y / mu for Gamma.
    curve <- if (family$family == "poisson") mu else y / mu
    penalty <- c(0, l2 * beta[-1L] + l1 * sign(beta[-1L]))
    slope <- as.double(crossprod(z, (mu - y) * rate)) / length(y) + penalty
    bend <- crossprod(z * curve, z) / length(y) + diag(c(0, rep(l2, ncol(x))))
    beta[free] <- beta[free] - solve(bend[free, free, drop = FALSE], slope[free])
  }
  beta
}

answer <- function(fit) {
  family <- get(fit[[3L]])(link = "log")
  frame <- fit[[2L]]
  offset <- frame$exposure
  x <- model.matrix(fit[[1L]], frame)[, -1L, drop = FALSE]
  y <- model.response(model.frame(fit[[1L]], frame))
  free <- suppressWarnings(glm.fit(cbind(1, x), y, family = family, offset = offset, control = tight))
  # Newton's method of glmnet for a family that is an object.
  glmnet.control(epsnr = 1e-16, mxitnr = 1000)
  penalised <- if (ncol(x) > 1L) lapply(c(0, 1), function(alpha) {
    at <- glmnet(x, y, family = family, offset = offset, alpha = alpha, lambda = 0.05, standardize = FALSE,
                 thresh = 1e-22, maxit = 1e7)
    polished(as.double(coef(at)), x, y, offset, family, 0.05 * (1 - alpha), 0.05 * alpha)
  })
  list(X = x, y = as.double(y), offset = offset, power = if (fit[[3L]] == "Gamma") 2 else 1,
       # glm stops when the deviance does not change, where half of the digits may still move.
       free = polished(as.double(free$coefficients), x, y, offset, family, 0, 0), ridge = penalised[[1L]],
       lasso = penalised[[2L]])
}

cat(toJSON(lapply(fits, answer), digits = NA, auto_unbox = TRUE, matrix = "rowmajor", null = "null"))
