cars <- read.csv("braking.csv")
lm.fit <- lm(distance ~ poly(speed, 3), data = cars)
print(summary(lm.fit))
