data(mtcars)
fit <- lm(mpg ~ ., data = mtcars)
print(coef(fit))
