exams <- read.csv("exams.csv")
exams$passed <- exams$passed - 1
fit <- glm(passed ~ hours + sleep, data = exams, family = "binomial")
print(coef(fit))
