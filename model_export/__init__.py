"""The build step: define, train, export and prove the network that the program opens.

data set → network → training run → checkpoint → export → verify → model file. Uses
:mod:`desktop_app.core` (images reach the network through the program's own preprocessing) and is
never imported by the program. Importing :mod:`desktop_app` first switches ONNX Runtime's
telemetry off before anything here can import it.
"""

import desktop_app as desktop_app
