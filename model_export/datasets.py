"""Data sets on disk: the lesson's HDF5 pair, or one folder per class.

Reading a data set decodes nothing yet. Training sends every image through the program's own
decoding and resizing once (:mod:`model_export.prepared_images`); evaluation asks each split for
its sources and goes through the program image by image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.errors import LensError
from desktop_app.core.images import find_images
from desktop_app.core.records import (
    FileSource,
    ImageSource,
    PixelsSource,
    read_only,
)

SPLITS: Final = ("train", "val", "test")
NAMES_FILE: Final = "classes.tsv"
"""Beside the splits' folders: folder, tab, what people call the class."""


HELD_OUT: Final = "held-out training images"
"""Name of the share of the training images that a run only watches."""


class DataSetError(LensError):
    """There is no usable data set at the path."""

    code = "data-set-unusable"


class WrongDataSetError(DataSetError):
    """The call names no data set, a split that it lacks, or one that the network cannot use."""

    code = "data-set-wrong"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Labelled images of one purpose.

    Attributes:
        name: ``train``, ``val`` or ``test``.
        targets: int64 (N,), index into the data set's labels, read-only.
        sources: Where each image comes from, N of them.
    """

    name: str
    targets: NDArray[np.int64]
    sources: tuple[ImageSource, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.sources)

    def select(self, indices: NDArray[np.int64], *, name: str) -> "Split":
        """The images at ``indices``, in that order."""
        return Split(
            name=name,
            targets=read_only(self.targets[indices]),
            sources=tuple(self.sources[index] for index in indices),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Labels and splits.

    Attributes:
        name: Of the folder.
        labels: One per class, in the order of the network's output.
        splits: By name, in the order train, val, test; those that exist.
    """

    name: str
    labels: tuple[str, ...]
    splits: dict[str, Split]

    def split(self, name: str) -> Split:
        """The split of that name.

        Raises:
            WrongDataSetError: There is none.
        """
        if name not in self.splits:
            raise WrongDataSetError(
                f"cannot use the split {name!r} of {self.name}",
                why=f"the data set has only: {', '.join(self.splits)}",
                remedy="Name one of these with --split.",
            )
        return self.splits[name]


def read_data_set(folder: Path) -> DataSet:
    """Find out what is in ``folder``: HDF5 files or folders of images.

    Raises:
        WrongDataSetError: Neither is there.
        DataSetError: What is there is damaged or does not fit together.
    """
    try:
        if any(any(folder.glob(f"{name}_*.h5")) for name in SPLITS):
            return _read_hdf5_pair(folder)
        if any((folder / name).is_dir() for name in SPLITS):
            return _read_folders(folder)
    except OSError as error:
        raise _unusable(folder, str(error)) from error
    why = "there is neither a train_*.h5 nor a train/ folder in it"
    raise _unusable(
        folder, why if folder.is_dir() else "there is no such folder", WrongDataSetError
    )


def hold_out(split: Split, share: float, *, seed: int = 0) -> tuple[Split, Split]:
    """Divide into (training, held out) images, the same share of every class.

    Which images are held out depends on ``seed`` and the targets alone, not on the run's seed:
    runs with several seeds stay comparable.
    """
    generator = np.random.default_rng(seed)
    held: list[NDArray[np.int64]] = []
    for target in np.unique(split.targets):
        members = np.flatnonzero(split.targets == target)
        held.append(generator.permutation(members)[: round(len(members) * share)])
    chosen = np.sort(np.concatenate(held))
    rest = np.setdiff1d(np.arange(len(split)), chosen)
    return split.select(rest, name="train"), split.select(chosen, name=HELD_OUT)


def _read_hdf5_pair(folder: Path) -> DataSet:
    """The lesson's files: ``{split}_set_x`` uint8 (N, H, W, 3), ``{split}_set_y``, list_classes."""
    import h5py

    splits: dict[str, Split] = {}
    labels: tuple[str, ...] = ()
    for name in SPLITS:
        for path in sorted(folder.glob(f"{name}_*.h5"))[:1]:
            try:
                with h5py.File(path) as file:
                    images = np.asarray(file[f"{name}_set_x"])
                    targets = np.asarray(file[f"{name}_set_y"], np.int64).reshape(-1)
                    found = tuple(_text(value) for value in file["list_classes"])
            except (OSError, KeyError, ValueError) as error:
                raise _unusable(
                    path, f"it is no data set in the lesson's layout ({error})"
                ) from error
            if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
                raise _unusable(path, f"{name}_set_x is no uint8 array of (N, H, W, 3)")
            if len(targets) != len(images):
                raise _unusable(path, f"{len(images)} images but {len(targets)} labels")
            if len(targets) and not 0 <= targets.min() <= targets.max() < len(found):
                raise _unusable(path, "a label lies outside list_classes")
            if labels and labels != found:
                raise _unusable(path, "its list_classes differs from the training file's")
            labels = found
            sources = tuple(
                PixelsSource(f"{path.stem}[{index}]", read_only(pixels))
                for index, pixels in enumerate(images)
            )
            splits[name] = Split(name=name, targets=read_only(targets), sources=sources)
    return DataSet(name=folder.resolve().name, labels=labels, splits=splits)


def _read_folders(folder: Path) -> DataSet:
    """``train/``, ``val/``, ``test/`` of one folder per class, and perhaps ``classes.tsv``."""
    names = [name for name in SPLITS if (folder / name).is_dir()]
    labels = _class_folders(folder / names[0])
    splits: dict[str, Split] = {}
    for name in names:
        extra = set(_class_folders(folder / name)) - set(labels)
        if extra:
            raise _unusable(folder / name, f"{names[0]}/ has no class {min(extra)!r}")
        sources: list[ImageSource] = []
        targets: list[int] = []
        for target, label in enumerate(labels):
            paths = find_images([folder / name / label], recursive=True)
            sources += (FileSource(path) for path in paths)
            targets += [target] * len(paths)
        splits[name] = Split(
            name=name,
            targets=read_only(np.asarray(targets, np.int64)),
            sources=tuple(sources),
        )
    if len(labels) < 2:
        raise _unusable(folder, "there are fewer than two classes")
    return DataSet(
        name=folder.resolve().name, labels=_readable(labels, folder / NAMES_FILE), splits=splits
    )


def _class_folders(folder: Path) -> list[str]:
    """Names of the folders in ``folder`` but hidden ones, which other programs leave behind."""
    return sorted(
        path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )


def _readable(folders: Sequence[str], names_file: Path) -> tuple[str, ...]:
    """The folders' labels; what ``classes.tsv`` calls them, if it is there.

    Of several names ("goldfish, Carassius auratus") the first, unless two classes share it.

    Raises:
        DataSetError: The file lacks a folder, or gives two the same name.
    """
    if not names_file.exists():
        return tuple(folders)
    try:
        rows = [line.split("\t") for line in names_file.read_text("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise _unusable_names(names_file, "it is not UTF-8") from error
    names = {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}
    missing = [folder for folder in folders if not names.get(folder)]
    if missing:
        raise _unusable_names(names_file, f"it has no name for {missing[0]!r}")
    first = [names[folder].split(",")[0].strip() for folder in folders]
    labels = tuple(
        short if first.count(short) == 1 else names[folder]
        for short, folder in zip(first, folders, strict=True)
    )
    twice = [label for label in labels if labels.count(label) > 1]
    if twice:
        raise _unusable_names(names_file, f"it calls two classes {twice[0]!r}")
    return labels


def _text(value: Any) -> str:  # noqa: ANN401 - HDF5 holds bytes, numbers or strings
    return value.decode() if isinstance(value, bytes) else str(value)


def _unusable_names(path: Path, why: str) -> DataSetError:
    return DataSetError(
        f"cannot use the names in {path}",
        why=why,
        remedy="Write a line for every class, its folder, a tab and a name of its own; or take "
        "the file away, and the folders' names are used.",
    )


def _unusable(path: Path, why: str, kind: type[DataSetError] = DataSetError) -> DataSetError:
    return kind(
        f"cannot use the data set {path}",
        why=why,
        remedy="Give a folder with train/ and val/ of one folder of images per class, or with the "
        "lesson's train_*.h5 and test_*.h5.",
    )
