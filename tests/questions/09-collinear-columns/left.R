swiss <- read.csv("regions.csv")
# z is farming + schooling
fit <- lm(fertility ~ ., data = swiss)
print(fit)
