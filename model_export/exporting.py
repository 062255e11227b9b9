"""Checkpoint → model file: written, proved, measured, and only then put in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_app.core.atomic import replacing
from desktop_app.core.errors import OutputError
from desktop_app.core.records import Card
from model_export.checkpoints import Checkpoint, load_network
from model_export.classified import classify_split
from model_export.classifiers import of_checkpoint, of_model_file
from model_export.datasets import DataSet
from model_export.evaluation import Evaluation, copies_of_training_images, score
from model_export.model_card import make_card
from model_export.onnx_graph import build_graph, set_card
from model_export.proof_images import proof_images
from model_export.rounding_cost import RoundingCost, compare_answers
from model_export.storage import Storage
from model_export.verification import Verification, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        size_bytes: Of the file.
        card: In the file.
        verification: The proof.
        evaluation: Of the file; None without a data set.
        checkpoint_evaluation: Of the checkpoint, on the same images.
        rounding: How their answers differ.
    """

    size_bytes: int
    card: Card
    verification: Verification
    evaluation: Evaluation | None = None
    checkpoint_evaluation: Evaluation | None = None
    rounding: RoundingCost | None = None


def export_checkpoint(
    checkpoint: Checkpoint,
    output: Path,
    *,
    weights: Storage = "float32",
    data_set: DataSet | None = None,
    split: str | None = None,
    title: str = "",
    licence: str = "",
    source: str = "",
    progress: bool = False,
) -> Exported:
    """Write a model file whose every named tensor is proved to be the checkpoint's.

    The file stands at ``output`` only when the proof has passed and, with a data set, its
    accuracy has been measured and put on its card.

    Args:
        checkpoint: What to export.
        output: The ``.onnx`` file; replaced if it exists.
        weights: How kernels are stored.
        data_set: For the images of the proof and for the accuracy.
        split: To measure on; ``test`` where there is one, else ``val``, when None.
        title: On the card; see :func:`model_export.model_card.make_card`.
        licence: On the card.
        source: On the card.
        progress: Whether to show bars on standard error.

    Raises:
        VerificationError: The file would not compute the same, or is not as accurate.
        OutputError: It cannot be written.
    """
    network = load_network(checkpoint)
    card = make_card(
        checkpoint, network, title=title, licence=licence, source=source, weights=weights
    )
    model = build_graph(network, card, weights=weights)
    evaluation = checkpoint_evaluation = rounding = None
    with _candidate(output, model.SerializeToString(deterministic=True)) as candidate:
        proof = proof_images(data_set)
        verification = verify(checkpoint, candidate, proof.images, origin=proof.origin)
        if data_set is not None:
            chosen = data_set.split(split or ("test" if "test" in data_set.splits else "val"))
            ours, theirs = (
                classify_split(classifier, data_set, chosen, progress=progress)
                for classifier in (of_model_file(candidate), of_checkpoint(checkpoint))
            )
            rounding = compare_answers(ours, theirs, weights)
            copies = copies_of_training_images(chosen, data_set)
            evaluation, checkpoint_evaluation = (
                score(each, copies, temperature=card.temperature) for each in (ours, theirs)
            )
            card = replace(
                card,
                training={**card.training, "rounding": rounding.as_dict()},
                accuracy=evaluation.accuracies(),
            )
            set_card(model, card)
    content = model.SerializeToString(deterministic=True)
    with replacing(output) as file:
        file.write(content)
    return Exported(
        size_bytes=len(content),
        card=card,
        verification=verification,
        evaluation=evaluation,
        checkpoint_evaluation=checkpoint_evaluation,
        rounding=rounding,
    )


@contextmanager
def _candidate(output: Path, content: bytes) -> Iterator[Path]:
    """The file under a name beside its place, where nobody takes it for the proved one."""
    candidate = output.with_name(f".{output.name}.unproved")
    try:
        with replacing(candidate) as file:
            file.write(content)
        yield candidate
    finally:
        try:
            candidate.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot remove {candidate}",
                why=error.strerror or str(error),
                remedy="Remove it by hand.",
            ) from error
