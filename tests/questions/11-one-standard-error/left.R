library(glmnet)
d <- read.csv("folds.csv")
x <- as.matrix(d[, 1:12])
grid <- exp(seq(0, -4.5, length.out = 60))

cv <- cv.glmnet(x, d$y, foldid = d$fold, lambda = grid, standardize = FALSE, thresh = 1e-12)
cat("lambda.1se", cv$lambda.1se, "\n")
fit <- glmnet(x, d$y, lambda = cv$lambda.1se, standardize = FALSE, thresh = 1e-12)
print(coef(fit))
