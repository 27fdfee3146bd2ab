houses <- read.csv("houses.csv", stringsAsFactors = TRUE)
fit <- lm(price ~ district + area + rooms, data = houses)
print(coef(summary(fit)))
