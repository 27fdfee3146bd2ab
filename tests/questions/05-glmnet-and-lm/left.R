library(glmnet)
data(mtcars)
X <- model.matrix(mpg ~ 0 + ., data = mtcars)
y <- mtcars$mpg
fit <- glmnet(X, y, lambda = 0)
print(coef(fit))
