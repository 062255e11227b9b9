"""A diagnosis of this installation: what ``doctor`` prints and what About shows.

Knows where the program keeps things, which ``core`` does not.
"""

import sys
from pathlib import Path

from desktop_app import paths
from desktop_app.core.diagnosing import examine
from desktop_app.core.diagnosis import Diagnosis
from desktop_app.core.model_library import list_models
from desktop_app.core.onnx_runtime import Runtime


def examine_program(runtime: Runtime) -> Diagnosis:
    """Look at this machine and this installation.

    Args:
        runtime: Of the process, so that what it has loaded already is told as it is.
    """
    folders = (paths.user_models(), paths.bundled_models())
    kept = {
        "program": Path(sys.executable),
        "resources": paths.resources(),
        "own models": paths.user_models(),
        "settings": paths.settings_file(),
        "folder indexes": paths.index_folder(),
        "logs": paths.log_folder(),
        "crash reports": paths.log_folder(),
        "runtime": paths.runtime_folder(),
    }
    if runtime.cuda_folders.own is not None:
        kept["own CUDA libraries"] = runtime.cuda_folders.own
    return examine(
        runtime,
        models=[listing.name for listing in list_models(folders)],
        paths=kept,
        portable=paths.is_portable(),
    )
