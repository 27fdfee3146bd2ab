library(survival)
patients <- read.csv("survival.csv")
cox <- coxph(Surv(weeks, event) ~ age + dose, data = patients)
print(summary(cox))
