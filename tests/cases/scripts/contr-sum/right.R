data(warpbreaks)
model <- lm(breaks ~ wool + tension, data = warpbreaks)
print(coef(model))
print(anova(model))
