library(randomForest)
churn <- read.csv("churn.csv")
churn$left <- as.factor(churn$left)

set.seed(42)
rf <- randomForest(left ~ ., data = churn)
print(rf)
print(head(predict(rf, churn, type = "prob")[, 2], 5))
