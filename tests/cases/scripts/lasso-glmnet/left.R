suppressMessages(library(glmnet))
diabetes <- read.csv("diabetes.csv")
x <- model.matrix(progression ~ . - 1, diabetes)

lasso <- glmnet(x, diabetes$progression, family = "gaussian", alpha = 1, lambda = 4, thresh = 1e-12)
coef(lasso)
