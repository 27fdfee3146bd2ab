cars2 <- read.csv("braking.csv")
fit <- lm(distance ~ poly(speed, 3), data = cars2)
print(round(coef(fit), 4))
