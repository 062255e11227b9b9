"""What a network knows, measured: the distribution of its features, and which score separates.

Both scores of :mod:`desktop_app.core.doubt` are measured against pictures of other kinds; the one
that separates better goes onto the card, with the figures of both. Everything goes through the
program's own decoding and preprocessing, and through the model file itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from tqdm import tqdm

from desktop_app.core.doubt import energy, mahalanobis, unit_length
from desktop_app.core.errors import LensError
from desktop_app.core.familiarity import DoubtScore, Familiarity, Separation
from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import ImageSource, Model, Tensor
from desktop_app.core.sessions import ModelSessions
from model_export.datasets import DataSetError, Split, WrongDataSetError

AXES = 32
"""Of the covariance: 180 KB on the card for 2048 features. On Tiny ImageNet 64 and 128 separate
no better (docs/doubt.md)."""
_PERCENT = np.arange(1, 100)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What the network makes of N readable pictures.

    Attributes:
        features: float32 (N, F).
        logits: float32 (N, classes).
    """

    features: Tensor = field(repr=False)
    logits: Tensor = field(repr=False)

    def __len__(self) -> int:
        return len(self.features)


def see(
    sessions: ModelSessions,
    sources: Sequence[ImageSource],
    *,
    layer: str,
    name: str,
    progress: bool = False,
) -> Seen:
    """Send pictures through the model; those that cannot be read are left out.

    Args:
        sessions: Of the model.
        sources: The pictures.
        layer: Whose activation are the features.
        name: Of the pictures, for people.
        progress: Whether to show a bar on standard error.

    Raises:
        DataSetError: None of them can be read.
    """
    model = sessions.model
    features: list[Tensor] = []
    logits: list[Tensor] = []
    for source in tqdm(sources, desc=name, unit="image", disable=not progress, leave=False):
        try:
            tensor = preprocess(load_image(source), model.preprocessing)
        except LensError:
            continue
        values = sessions.activations(tensor, names=[layer, model.logits_name]).values
        features.append(values[layer].ravel().copy())
        logits.append(values[model.logits_name].ravel().copy())
    if not features:
        raise DataSetError(
            f"cannot measure on {name}",
            why="none of its images can be read",
            remedy="Name a folder with pictures.",
        )
    return Seen(features=np.stack(features), logits=np.stack(logits))


def feature_layer(model: Model) -> str:
    """The layer whose activation are the features: the last average pooling.

    Raises:
        WrongDataSetError: There is none.
    """
    pools = [layer.name for layer in model.layers if layer.kind == "average-pool"]
    if not pools:
        raise WrongDataSetError(
            f"cannot tell what {model.name} knows",
            why="it has no average pooling whose values would be the features",
            remedy="Export the model with model-export.",
        )
    return pools[-1]


def sample(split: Split, count: int, *, seed: int = 0) -> tuple[ImageSource, ...]:
    """At most ``count`` of a split's images, of every class alike."""
    generator = np.random.default_rng(seed)
    classes = np.unique(split.targets)
    share = max(count // len(classes), 1)
    chosen: list[NDArray[np.int64]] = []
    for target in classes:
        members = np.flatnonzero(split.targets == target)
        chosen.append(generator.permutation(members)[:share])
    return tuple(split.sources[index] for index in np.sort(np.concatenate(chosen)))


def fit(features: Tensor, *, layer: str, axes: int = AXES) -> Familiarity:
    """The Gaussian of the features of training pictures; see :func:`mahalanobis`.

    Args:
        features: float32 (N, F); rows that are not finite are left out.
        layer: Whose.
        axes: Of the covariance, at most.

    Raises:
        DataSetError: Fewer than two rows, or two features: they have no spread.
    """
    features = features[np.isfinite(features).all(axis=1)]
    if min(features.shape) < 2:
        count, size = features.shape
        raise DataSetError(
            "cannot tell what the training pictures have in common",
            why=f"there are {count} of them with finite features, {size} each, and it takes at "
            "least two of both",
            remedy="Name a data set with more readable images, or another model.",
        )
    rows = unit_length(features)
    mean = rows.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
    kept = min(axes, len(values) - 1)
    tiny = float(np.finfo(np.float32).tiny)
    return Familiarity(
        score="mahalanobis",
        layer=layer,
        mean=mean.astype("<f4").tobytes(),
        axes=vectors[:, -kept:].T.astype("<f2").tobytes(),
        variances=tuple(float(value) for value in np.maximum(values[-kept:], tiny)),
        rest=max(float(values[:-kept].mean()), tiny),
        trained_on=len(features),
    )


def measure(fitted: Familiarity, familiar: Seen, others: Mapping[str, Seen]) -> Familiarity:
    """Choose the score that separates better, and give it its quantiles.

    Better means the higher mean of its areas under the curve; without others to separate from,
    the distance is taken.

    Args:
        fitted: On the training pictures.
        familiar: Pictures of the training's kind that were not trained on.
        others: By what they are.
    """
    own = _scores(familiar, fitted)
    separation = [
        Separation(
            score=score,
            against=name,
            images=len(seen),
            familiar=len(familiar),
            auroc=round(auroc(own[score], theirs), 4),
        )
        for name, seen in others.items()
        for score, theirs in _scores(seen, fitted).items()
    ]
    chosen = _better(separation)
    quantiles = np.percentile(own[chosen], _PERCENT)
    card = replace(
        fitted,
        score=chosen,
        quantiles=tuple(float(f"{value:.6g}") for value in quantiles),
        images=len(familiar),
        separation=tuple(separation),
    )
    if chosen == "mahalanobis":
        return card
    return replace(card, layer="", mean=b"", axes=b"", variances=(), rest=1.0)


def auroc(familiar: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Probability that one of ``others`` scores higher than one of ``familiar``; ties count half.

    The area under the receiver operating characteristic, as the Mann-Whitney statistic (Fawcett
    2006, "An introduction to ROC analysis", section 7).
    """
    ranks = rankdata(np.concatenate([familiar, others]))
    count = len(others)
    above = ranks[len(familiar) :].sum() - count * (count + 1) / 2
    return float(above / (len(familiar) * count))


def _scores(seen: Seen, fitted: Familiarity) -> dict[DoubtScore, NDArray[np.float64]]:
    return {"mahalanobis": mahalanobis(seen.features, fitted), "energy": energy(seen.logits)}


def _better(separation: Sequence[Separation]) -> DoubtScore:
    def mean_of(score: DoubtScore) -> float:
        return float(np.mean([s.auroc for s in separation if s.score == score] or [0.5]))

    return "energy" if mean_of("energy") > mean_of("mahalanobis") else "mahalanobis"
