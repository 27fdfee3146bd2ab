loans <- read.csv("loans.csv")
fit <- glm(default ~ debt + late + years, binomial, loans)
print(summary(fit)$coefficients)
