"""What is done with the frozen program's window, and read from what it leaves."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageChops

from tests.e2e.lens import ARTEFACTS, Lens
from tests.e2e.screen import wait_until

FOLDER: Final = ARTEFACTS / "frozen"
LAYER: Final = "res4c_branch2b"
SEARCH: Final = "ctrl+shift+p"
OUR_FOLDER: Final = "residual-lens"
_BEGINNING: Final = re.compile(r"Residual Lens \S+ begins on ")
_LEAST: Final = 0.05

StartWindow = Callable[..., Lens]


def wait_until_painted(lens: Lens, name: str) -> None:
    """Keep a picture ``name`` of the window as soon as there is something in it."""
    wait_until(lambda: _part(_lightness(lens.screenshot(name))) > _LEAST, "the window is painted")


def open_layer(lens: Lens, name: str = LAYER) -> None:
    """Search ``name`` as a user does, choose it, and wait for its maps.

    The layer that is open at first has to show its maps before, so that others can be told from
    them.
    """
    wait_until(lambda: _part(_colours(lens.screenshot("first-layer"))) > _LEAST, "maps are there")
    before = _colours(lens.screenshot("first-layer"))
    lens.press(SEARCH)
    lens.type_text(name)
    lens.screenshot("search")
    lens.press("Return")

    def has_other_maps() -> bool:
        after = _colours(lens.screenshot("layer"))
        return _part(after) > _LEAST and _part(ImageChops.difference(before, after)) > _LEAST

    wait_until(has_other_maps, f"the maps of {name} are on screen")


def settings_in(home: Path) -> dict[str, Any]:
    """Return what was written down when the window was closed."""
    path = home / ".config" / OUR_FOLDER / "settings.json"
    settings: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return settings


def words_of_worry(lens: Lens) -> list[str]:
    """Return all that it printed, and every line of its log but the one with which it begins."""
    logs = lens.home.rglob("*.log*")
    lines = [line for log in logs for line in log.read_text("utf-8", "replace").splitlines()]
    printed = lens.log.read_text("utf-8", "replace").splitlines()
    return [*printed, *(line for line in lines if not _BEGINNING.match(line))]


def strangers_in(home: Path) -> list[Path]:
    """Return what lies in ``home`` outside of our own folders, files and empty folders alike."""
    leaves = [path for path in home.rglob("*") if not path.is_dir() or not any(path.iterdir())]
    return sorted(leaf.relative_to(home) for leaf in leaves if OUR_FOLDER not in leaf.parts)


def _lightness(screenshot: Path) -> Image.Image:
    """Return how light each pixel of the upper left is; the screen behind is black."""
    with Image.open(screenshot) as picture:
        return picture.convert("L").crop((0, 0, picture.width // 2, picture.height // 2))


def _colours(screenshot: Path) -> Image.Image:
    """Return how colourful each pixel of the lower half is, where only the maps have colours."""
    with Image.open(screenshot) as picture:
        saturation = picture.convert("HSV").getchannel("S")
        lightness = picture.convert("HSV").getchannel("V")
    both = ImageChops.multiply(saturation, lightness)
    return both.crop((0, both.height // 2, both.width, both.height))


def _part(picture: Image.Image) -> float:
    """Return the part of the pixels that are more than nearly 0."""
    return sum(picture.histogram()[24:]) / (picture.width * picture.height)
