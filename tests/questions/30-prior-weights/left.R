trials <- read.csv("trials.csv")
fit <- glm(relapse ~ dose + age, family = binomial, data = trials, weights = times)
print(summary(fit))
