# effects of wool and tension on the breaks of yarn
options(contrasts = c("contr.sum", "contr.poly"))
data(warpbreaks)
fit <- lm(breaks ~ wool + tension, data = warpbreaks)
print(summary(fit))
