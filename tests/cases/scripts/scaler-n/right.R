library(glmnet)
wine <- read.csv("wine.csv")
x <- scale(wine[, c("acid", "sugar", "alcohol")])

fit <- glmnet(x, wine$good, family = "binomial", alpha = 0, lambda = 0.2, standardize = FALSE, thresh = 1e-14)
print(as.matrix(coef(fit)))
