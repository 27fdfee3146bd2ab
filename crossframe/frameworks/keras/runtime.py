"""The conditions on this machine that change TensorFlow's numbers; nothing is started."""

from __future__ import annotations

import os
from pathlib import Path

_TENSORFLOW_READS = ("CUDA_VISIBLE_DEVICES", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS")
_NVIDIA = Path("/dev/nvidia0")


def device() -> dict[str, str]:
    """Environment variables that TensorFlow reads, by name, and ``gpu`` where there is an NVIDIA device."""
    # An empty value differs from an unset variable: it hides every GPU.
    variables = {name: os.environ[name] or '""' for name in _TENSORFLOW_READS if name in os.environ}
    return variables | ({"gpu": "NVIDIA"} if _NVIDIA.exists() else {})
