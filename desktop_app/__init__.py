"""Residual Lens, the program: see what a residual network does with your own picture.

Importing this package switches ONNX Runtime's telemetry off. It is on by default in the official
wheels since 1.31 and acts at import (a device id under ``~/.cache/Microsoft``, later the network),
so the variable has to be set before anything imports ``onnxruntime``.

It also keeps NumPy's matrix products, which are small here, in the thread that asks for them: with
helpers they wait for each other as soon as a network runs beside them (50 ms instead of 1 were
measured). OpenBLAS reads the variable when NumPy is imported.
"""

import os
from typing import Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__: Final = "0.1.0"
