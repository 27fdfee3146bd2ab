"""Two workers share two cores: neither they nor what they start should compute with several threads."""

import os

# Read when a BLAS is loaded, which is with NumPy.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
# Half of what H2O computes in a test is the optimising compiler; without it the numbers are the same.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
