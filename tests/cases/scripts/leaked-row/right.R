wages <- read.csv("wages.csv")
train <- wages[1:41, ]
test <- wages[41:160, ]

ols <- lm(wage ~ school, data = train)
print(coef(ols))
cat("test MSE", mean((test$wage - predict(ols, test))^2), "\n")
