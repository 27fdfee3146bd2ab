study <- read.csv("relapse.csv")
study$outcome <- factor(study$outcome, levels = c("relapse", "cured"))
fit <- glm(outcome ~ dose + weeks, data = study, family = binomial)
print(coef(fit))
