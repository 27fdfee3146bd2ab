iris <- read.csv("flowers.csv")
fit <- lm(height ~ 0 + sepal + petal + width, data = iris)
print(coef(fit))
