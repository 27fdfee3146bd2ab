admissions <- read.csv("admissions.csv")
admissions$rank <- factor(admissions$rank)

fit <- glm(admit ~ gre + gpa + rank, data = admissions, family = binomial)
print(summary(fit))
