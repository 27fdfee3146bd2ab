data <- read.csv("three.csv")
lr <- glm(y ~ x, data = data, family = binomial(link = "logit"))
print(summary(lr))
