trials <- read.csv("trials.csv")
each <- trials[rep(seq_len(nrow(trials)), trials$times), ]
fit <- glm(relapse ~ dose + age, family = binomial, data = each)
print(summary(fit))
