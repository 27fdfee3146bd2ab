d <- read.csv("curve.csv")
gam <- smooth.spline(d$x, d$y)
print(gam)
