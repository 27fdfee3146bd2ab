data <- read.csv("flows.csv")
Model <- glm(count ~ origin + to + distance, offset = log(people), family = poisson, data = data)
print(summary(Model))
