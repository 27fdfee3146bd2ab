wages <- read.csv("wages.csv")
fit <- lm(wage ~ school + region, data = wages)
print(summary(fit))
