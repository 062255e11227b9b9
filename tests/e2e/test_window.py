"""The real program in a real window: what a user does, and what they get to see."""

import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.e2e.companion import Companion
from tests.e2e.conftest import StartLens
from tests.e2e.lens import Lens
from tests.e2e.screen import wait_until

pytestmark = pytest.mark.e2e


def test_file_dropped_from_another_program_is_classified(
    start_lens: StartLens, pictures: dict[str, Path]
) -> None:
    lens = start_lens()
    lens.drop(pictures["red"])
    predictions = lens.wait_for_top("red")
    assert {label for label, _ in predictions} == {"red", "green", "blue"}
    assert sum(percent for _, percent in predictions) == pytest.approx(100, abs=0.1)
    lens.screenshot("file-dropped")
    assert lens.quit() == 0


def test_bitmap_dropped_from_another_program_is_classified(
    start_lens: StartLens, pictures: dict[str, Path]
) -> None:
    lens = start_lens()
    lens.drop(picture=pictures["green"])
    lens.wait_for_top("green")
    lens.screenshot("bitmap-dropped")
    assert lens.quit() == 0


def test_bitmap_pasted_from_another_program_is_classified(
    start_lens: StartLens, companion: Companion, pictures: dict[str, Path]
) -> None:
    lens = start_lens()
    companion.put_on_clipboard(picture=pictures["blue"])
    lens.press("ctrl+v")
    lens.wait_for_top("blue")
    assert lens.quit() == 0


def test_folder_dropped_is_classified(
    start_lens: StartLens, pictures: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("green", "red"):
        shutil.copy(pictures[name], folder)
    lens = start_lens()
    lens.drop(folder)
    lens.wait_for_top("green")
    lens.screenshot("folder-dropped")
    assert lens.quit() == 0


def test_picture_named_on_the_command_line_is_classified(
    start_lens: StartLens, pictures: dict[str, Path]
) -> None:
    lens = start_lens(pictures["blue"])
    lens.wait_for_top("blue")
    assert lens.quit() == 0


def test_unreadable_file_leaves_the_last_result_and_opens_no_dialogue(
    start_lens: StartLens, pictures: dict[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures["blue"].read_bytes()[:200])
    lens = start_lens(pictures["red"])
    lens.wait_for_top("red")
    before = lens.screenshot("unreadable-before")
    lens.drop(broken)
    wait_until(lambda: shows_notice(before, lens.screenshot("unreadable")), "a notice appears")
    lens.wait_for_top("red")
    assert lens.windows() == [lens.window]
    lens.drop(pictures["green"])
    lens.wait_for_top("green")
    assert lens.quit() == 0


def test_closing_while_busy_is_quick_and_clean(
    start_lens: StartLens, pictures: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    with Image.open(pictures["red"]) as picture:
        large = picture.resize((2400, 1800))
    large.save(folder / "0000.jpg")
    for number in range(1, 6000):
        (folder / f"{number:04}.jpg").hardlink_to(folder / "0000.jpg")
    lens = start_lens(folder)
    lens.wait_for_top("red")  # the first of six thousand: minutes of work are left
    lens.screenshot("busy")
    assert lens.quit() == 0
    assert "Traceback" not in lens.log.read_text()


def test_home_holds_nothing_but_our_own_folder(
    start_lens: StartLens, pictures: dict[str, Path]
) -> None:
    lens = start_lens(pictures["red"])
    lens.wait_for_top("red")
    assert lens.quit() == 0
    assert left_in(lens) != []
    assert [path for path in left_in(lens) if "residual-lens" not in path.parts] == []


def left_in(lens: Lens) -> list[Path]:
    return [path.relative_to(lens.home) for path in lens.home.rglob("*") if path.is_file()]


def shows_notice(before: Path, after: Path) -> bool:
    """Tell whether the toolbar is as before, not dimmed by a drag, and what is beneath is not."""
    toolbar, beneath = (0, 0, 1400, 48), (0, 52, 1400, 96)
    with Image.open(before) as one, Image.open(after) as other:
        difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return difference.crop(toolbar).getbbox() is None and bool(difference.crop(beneath).getbbox())
