df <- read.csv("patients.csv")
fit <- glm(ill ~ age + marker, family = binomial, data = df)
print(coef(fit))
cat("AIC", AIC(fit), "\n")
