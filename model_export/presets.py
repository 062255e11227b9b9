"""The published variants of the bottleneck ResNet, as frozen values.

One definition (:mod:`model_export.resnet`) serves them all; a preset says where they differ. The
head is the same everywhere: the lesson's 2×2 average pool on the 2×2 map of a 64×64 image, and
Keras's 7×7 on 224×224, are global average pools, which is what the definition uses.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from desktop_app.core.errors import LensError
from desktop_app.core.records import Preprocessing

Depth = Literal[50, 101, 152]
StridePlace = Literal["1x1", "3x3"]
PoolPadding = Literal["none", "ceil", "one"]
Initialisation = Literal["glorot-uniform", "he-normal"]
PreprocessingStyle = Literal["unit", "caffe", "torchvision"]

BLOCKS_PER_STAGE: Final[dict[Depth, tuple[int, int, int, int]]] = {
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
"""Residual blocks in stages 2 to 5 (He et al. 2015, table 1)."""


class PresetError(LensError):
    """The network asked for does not exist."""

    code = "preset-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Everything that distinguishes one published variant from another.

    Attributes:
        name: As given to ``--preset``.
        depth: Weighted layers: 50, 101 or 152.
        classes: Outputs of the last layer.
        image_size: Height and width the variant is meant for, in pixels. Any size from 32 works.
        stride_place: Which convolution of a branch halves the map: the first 1×1 (He et al.
            2015, the lesson, Chollet's Keras file) or the 3×3 (torchvision, "v1.5").
        conv_bias: Whether convolutions have biases (redundant before a batch norm, but the
            lesson and the Keras file have them, and the check figures count them).
        pool_padding: Of the stem's 3×3/2 max pool: ``none`` (112 → 55), ``ceil`` (Caffe's
            rounding up, 112 → 56) or ``one`` (a border of one pixel, 112 → 56).
        norm_epsilon: Added to the variance in batch norm.
        initialisation: Of the weights before training.
        preprocessing_style: ``unit``: RGB x/255; ``caffe``: BGR minus ImageNet's mean pixel;
            ``torchvision``: RGB x/255 minus mean, over standard deviation.
        crop_share: Of the shorter side, what the centre crop keeps (``unit`` stretches instead):
            7/8 as published, 224 of 256; 1 for pictures that are crops already.
    """

    name: str
    depth: Depth = 50
    classes: int = 1000
    image_size: int = 224
    stride_place: StridePlace
    conv_bias: bool
    pool_padding: PoolPadding
    norm_epsilon: float
    initialisation: Initialisation
    preprocessing_style: PreprocessingStyle
    crop_share: float = 0.875

    def __post_init__(self) -> None:
        problems = {
            "depth": self.depth in BLOCKS_PER_STAGE,
            "classes": self.classes >= 2,
            "image_size": self.image_size >= 32,
            "stride_place": self.stride_place in ("1x1", "3x3"),
            "pool_padding": self.pool_padding in ("none", "ceil", "one"),
            "norm_epsilon": self.norm_epsilon > 0,
            "crop_share": 0 < self.crop_share <= 1,
            "initialisation": self.initialisation in ("glorot-uniform", "he-normal"),
            "preprocessing_style": self.preprocessing_style in ("unit", "caffe", "torchvision"),
        }
        for name, valid in problems.items():
            if not valid:
                raise PresetError(
                    f"cannot build the network {self.name!r}",
                    why=f"{name} cannot be {getattr(self, name)!r}",
                    remedy="Depth is 50, 101 or 152; classes are 2 or more; images 32 pixels or "
                    "more.",
                )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint or a card; :func:`preset_from_dict` reads them."""
        return asdict(self)

    def preprocessing(self) -> Preprocessing:
        """How an image becomes this variant's input tensor, (3, image_size, image_size).

        ``unit`` stretches, as the lesson's ``resize((64, 64))`` does; the others scale the
        shorter side to the size over ``crop_share`` (256 for 224) and cut the centre.
        """
        size = self.image_size
        if self.preprocessing_style == "unit":
            return Preprocessing(height=size, width=size, resize_rule="stretch")
        shorter_side = round(size / self.crop_share)
        if self.preprocessing_style == "caffe":
            return Preprocessing(
                height=size,
                width=size,
                shorter_side=shorter_side,
                channel_order="BGR",
                scale=1.0,
                mean=(103.939, 116.779, 123.68),
            )
        return Preprocessing(
            height=size,
            width=size,
            shorter_side=shorter_side,
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
        )


PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset
    for preset in (
        # The deep-learning specialisation's "Residual Networks" exercise: 64×64 hand signs.
        Preset(
            name="lesson",
            classes=6,
            image_size=64,
            stride_place="1x1",
            conv_bias=True,
            pool_padding="none",
            norm_epsilon=1e-3,
            initialisation="glorot-uniform",
            preprocessing_style="unit",
        ),
        # Chollet's resnet50.py (2015) and its weights file, Keras's batch-norm epsilon.
        Preset(
            name="keras",
            stride_place="1x1",
            conv_bias=True,
            pool_padding="none",
            norm_epsilon=1e-3,
            initialisation="glorot-uniform",
            preprocessing_style="caffe",
        ),
        # He et al. 2015 as released for Caffe (KaimingHe/deep-residual-networks).
        Preset(
            name="he2015",
            stride_place="1x1",
            conv_bias=False,
            pool_padding="ceil",
            norm_epsilon=1e-5,
            initialisation="he-normal",
            preprocessing_style="caffe",
        ),
        # torchvision.models.resnet50, "v1.5".
        Preset(
            name="torchvision",
            stride_place="3x3",
            conv_bias=False,
            pool_padding="one",
            norm_epsilon=1e-5,
            initialisation="he-normal",
            preprocessing_style="torchvision",
        ),
        # keras.applications since 2019 (keras/src/applications/resnet.py).
        Preset(
            name="keras-applications",
            stride_place="1x1",
            conv_bias=True,
            pool_padding="one",
            norm_epsilon=1.001e-5,
            initialisation="glorot-uniform",
            preprocessing_style="caffe",
        ),
        # transformers' ResNet with downsample_in_bottleneck: torchvision's but for the stride.
        Preset(
            name="huggingface-v1",
            stride_place="1x1",
            conv_bias=False,
            pool_padding="one",
            norm_epsilon=1e-5,
            initialisation="he-normal",
            preprocessing_style="torchvision",
        ),
    )
}


def find_preset(
    name: str,
    *,
    depth: int | None = None,
    classes: int | None = None,
    image_size: int | None = None,
    crop_share: float | None = None,
) -> Preset:
    """The preset of that name, with the given parts replaced.

    Raises:
        PresetError: There is none of that name, or a replaced part is impossible.
    """
    if name not in PRESETS:
        raise PresetError(
            f"cannot build the network {name!r}",
            why="there is no preset of that name",
            remedy=f"Choose one of: {', '.join(PRESETS)}.",
        )
    parts = {"depth": depth, "classes": classes, "image_size": image_size, "crop_share": crop_share}
    changes: dict[str, Any] = {key: value for key, value in parts.items() if value is not None}
    return replace(PRESETS[name], **changes)


def preset_from_dict(values: dict[str, Any]) -> Preset:
    """Read back :meth:`Preset.as_dict`.

    Raises:
        PresetError: A part is missing, unknown or impossible.
    """
    try:
        return Preset(**values)
    except TypeError as error:
        raise PresetError(
            "cannot read the network's description",
            why=str(error),
            remedy="The file was written by another version; train or export it again.",
        ) from error
