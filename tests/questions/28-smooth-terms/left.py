import pandas as pd
import statsmodels.api as sm
from statsmodels.gam.api import BSplines, GLMGam

d = pd.read_csv("curve.csv")
basis = BSplines(d[["x"]], df=[20], degree=[3])
gam = GLMGam(d["y"], exog=sm.add_constant(d[[]].assign(const=1.0)), smoother=basis, alpha=[0.6]).fit()
print(gam.summary())
