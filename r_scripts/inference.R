# What R itself reports beside the estimates of a linear model.

# `table`: a row for each coefficient, with standard error, statistic, p-value and the ends of the interval, which
# of a glm is Wald's (confint() is by the profile of its likelihood); `measures`: named numbers. NULL without any.
inference_of <- function(fit) {
  linear <- !inherits(fit, "glm")
  tryCatch(suppressMessages(suppressWarnings({
    summed <- summary(fit)
    made <- stats::coef(summed)
    at <- match(names(stats::coef(fit)), rownames(made))
    ends <- if (linear) stats::confint(fit) else stats::confint.default(fit)
    list(table = unname(cbind(made[at, 2:4, drop = FALSE], ends)),
         measures = list(deviance = stats::deviance(fit), log_likelihood = as.double(stats::logLik(fit)),
                         aic = stats::AIC(fit), dispersion = if (linear) summed$sigma^2 else summed$dispersion,
                         residual_df = as.double(stats::df.residual(fit))))
  })), error = function(e) NULL)
}
