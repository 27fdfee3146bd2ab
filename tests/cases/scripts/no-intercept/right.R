study <- read.csv("relapse.csv")
study$y <- as.integer(study$outcome == "relapse")
model <- glm(y ~ dose + weeks, family = binomial, data = study, control = list(maxit = 50))
print(model)
