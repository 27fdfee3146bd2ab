"""PyTorch."""

from crossframe.frameworks.framework import Framework

FRAMEWORK = Framework(
    name="torch",
    title="PyTorch",
    engine="crossframe.frameworks.torch.engine:Torch",
    models="crossframe.frameworks.torch.models",
    order=45,
    packages=("torch",),
    modules=("torch",),
    start_code='import torch\nprint("torch " + torch.__version__)\n',
    start_seconds=3.0,
    colour=4,
    capture="crossframe.frameworks.torch.capture",
)
