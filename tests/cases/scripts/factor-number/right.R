wages <- read.csv("wages.csv", colClasses = c(region = "factor"))
fit <- lm(wage ~ school + region, data = wages)
print(summary(fit))
