library(glmnet)
hitters <- read.csv("baseball.csv")
x <- as.matrix(hitters[, c("hits", "walks", "years", "errors")])
y <- hitters$salary

fit <- glmnet(x, y, alpha = 0, lambda = 100, thresh = 1e-12)
print(coef(fit))
