"""Keras's ResNet-50 (-101, -152): Chollet's file of 2015, and keras.applications.

Two files and two networks. Chollet's, with the contract's own names, does not pad its pool and has
Keras's usual epsilon; keras.applications' since 2019, ``conv2_block1_1_conv``, pads the pool and
takes 1.001e-5. Both stride on the first 1×1, have biases, and want Caffe's BGR mean.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from model_export.presets import find_preset
from model_export.weights.containers import KERAS_CONTAINERS, open_tensors
from model_export.weights.conventions import CHOLLET, KERAS_APPLICATIONS, Convention
from model_export.weights.fitting import fit
from model_export.weights.published import assumed_of_published, file_digest
from model_export.weights.records import SourceWeights, Tensors

_CHOLLET_SOURCE: Final = "https://github.com/fchollet/deep-learning-models"
_APPLICATIONS_SOURCE: Final = "https://keras.io/api/applications/resnet"
_LICENCE: Final = "MIT"
"""Of both: the weights were ported from Kaiming He's Caffe release, which is under MIT too."""
_PUBLISHED_MD5: Final = {
    "a7b3fe01876f51b976af0dea6bc144eb",  # Chollet's, release v0.2
    "2cb95161c43110f7111970584f804107",  # keras.applications, 50
    "f1aeb4b969a6efcfb50fad2f0c20cfc5",  # 101
    "100835be76be38e30d865e96f2aaae62",  # 152
}
"""As their loaders check them (keras/src/applications/resnet.py, WEIGHTS_HASHES)."""


def read_keras(path: Path) -> SourceWeights:
    """Read a Keras HDF5 file of weights, or of a whole model, in either naming.

    Raises:
        WeightsError: It is damaged or something else.
        MisfitError: It is another network's.
    """
    with open_tensors(path, KERAS_CONTAINERS) as tensors:
        is_chollet = any(name.startswith("res2a_branch2a/") for name in tensors)
        convention = CHOLLET if is_chollet else KERAS_APPLICATIONS
        preset = find_preset("keras" if is_chollet else "keras-applications")
        fitted = fit(tensors, _with_head_of(tensors, convention), preset, file=path.name)
    is_published = file_digest(path, "md5") in _PUBLISHED_MD5
    whose = "Chollet's deep-learning-models" if is_chollet else "keras.applications"
    return SourceWeights(
        file=path,
        preset=fitted.preset,
        state=fitted.state,
        preprocessing=fitted.preset.preprocessing(),
        title=f"ResNet-{fitted.preset.depth} of {whose}",
        licence=_LICENCE,
        source=_CHOLLET_SOURCE if is_chollet else _APPLICATIONS_SOURCE,
        assumptions={}
        if is_published
        else assumed_of_published(_LICENCE, "224 of 256, BGR minus ImageNet's mean"),
    )


def _with_head_of(tensors: Tensors, convention: Convention) -> Convention:
    """With the last layer's name as it is in the file.

    Everybody names it otherwise (fc1000, probs, predictions, dense_1); it is the one layer with a
    matrix.
    """
    matrices = [
        name.removesuffix("/kernel")
        for name, tensor in tensors.items()
        if name.endswith("/kernel") and len(tensor.shape) == 2
    ]
    return replace(convention, dense=matrices[-1]) if matrices else convention
