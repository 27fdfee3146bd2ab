library(glmnet)

d <- read.csv("diabetes.csv")
x <- as.matrix(d[, c("age", "bmi", "pressure", "glucose", "ldl")])
y <- d$progression

fit <- glmnet(x, y, alpha = 0, lambda = 5, thresh = 1e-14)
print(coef(fit))
