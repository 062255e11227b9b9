"""Residual Lens, the program: see what a residual network does with your own picture.

Importing this package switches ONNX Runtime's telemetry off. It is on by default in the official
wheels since 1.31 and acts at import (a device id under ``~/.cache/Microsoft``, later the network),
so the variable has to be set before anything imports ``onnxruntime``.
"""

import os
from typing import Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__: Final = "0.1.0"
