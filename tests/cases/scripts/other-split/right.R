sales <- read.csv("sales.csv")
set.seed(123)
train <- sample(nrow(sales), 150)

fit <- glm(sold ~ price + rating + photos, family = binomial, data = sales[train, ])
print(coef(fit))
p <- predict(fit, sales[-train, ], type = "response")
cat("test accuracy", mean((p > 0.5) == (sales$sold[-train] == 1)), "\n")
