"""transformers' ResNetForImageClassification with random weights, and what it answers.

Run as a script in a process of its own, without the network. Writes two folders as
``save_pretrained`` leaves them, ``late`` (the stride on the 3×3, microsoft/resnet-50's way) and
``early`` (``downsample_in_bottleneck``), each with ``answers.npz``, and in ``late`` the
preprocessor_config.json and labels of a fine-tuned network.
"""

import sys
from pathlib import Path

import torch
from transformers import ResNetConfig, ResNetForImageClassification
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil

from tests.foreign_weights import CLASSES, EIGHTH, Reference, pictures, save_reference, unsettle

LABELS = {index: f"kind {index}" for index in range(CLASSES)}


def main(folder: Path) -> None:
    """Write everything into ``folder``."""
    images = pictures()
    for name, early in (("late", False), ("early", True)):
        torch.manual_seed(0)
        config = ResNetConfig(
            hidden_sizes=[filters[2] for filters in EIGHTH.values()],
            num_labels=CLASSES,
            downsample_in_bottleneck=early,
        )
        if not early:
            config.id2label = LABELS
            config.label2id = {label: index for index, label in LABELS.items()}
        network = ResNetForImageClassification(config)
        unsettle(network, images)
        with torch.inference_mode():
            logits = network(torch.from_numpy(images)).logits.numpy()
        network.save_pretrained(folder / name)
        save_reference(folder / name / "answers.npz", Reference(images=images, logits=logits))
    ConvNextImageProcessorPil(size={"shortest_edge": 64}, crop_pct=0.8).save_pretrained(
        folder / "late"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
