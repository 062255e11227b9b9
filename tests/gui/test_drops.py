"""What a drop or the clipboard holds → what is to be opened."""

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from desktop_app.core.records import BytesSource, PixelsSource
from desktop_app.views.drag_offers import may_hold_something
from desktop_app.views.drops import NothingFound, PathsFound, SourceFound, opening_of


def encoded(form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    PillowImage.new("RGB", (4, 3), (10, 20, 30)).save(buffer, form)
    return buffer.getvalue()


def offering(**forms: object) -> QMimeData:
    mime = QMimeData()
    if "urls" in forms:
        mime.setUrls([QUrl(url) for url in forms["urls"]])  # type: ignore[attr-defined]
    if "html" in forms:
        mime.setHtml(str(forms["html"]))
    if "text" in forms:
        mime.setText(str(forms["text"]))
    if "bitmap" in forms:
        image = QImage(4, 3, QImage.Format.Format_RGB32)
        image.fill(0xFF0A141E)
        mime.setImageData(image)
    for form, content in forms.items():
        if form.startswith("image_"):
            mime.setData(form.replace("_", "/"), content)  # type: ignore[arg-type]
    return mime


def test_files_folders_and_models_come_as_they_are(tmp_path: Path) -> None:
    paths = (tmp_path, tmp_path / "ä photo.jpg", tmp_path / "signs.onnx")
    mime = offering(urls=[QUrl.fromLocalFile(str(path)).toString() for path in paths])
    assert opening_of(mime) == PathsFound(paths)


def test_a_file_wins_over_the_preview_that_comes_with_it(tmp_path: Path) -> None:
    url = QUrl.fromLocalFile(str(tmp_path / "a.png")).toString()
    opening = opening_of(offering(urls=[url], bitmap=True, image_png=encoded()))
    assert opening == PathsFound((tmp_path / "a.png",))


def test_encoded_bytes_win_over_the_bitmap_because_they_keep_the_profile() -> None:
    opening = opening_of(offering(bitmap=True, image_jpeg=encoded("JPEG")))
    assert opening == SourceFound(BytesSource("dropped picture", encoded("JPEG")))


def test_a_picture_dragged_out_of_a_browser_is_named_after_its_address() -> None:
    mime = offering(urls=["https://example.org/pets/dog.png?size=2"], image_png=encoded())
    opening = opening_of(mime)
    assert isinstance(opening, SourceFound)
    assert opening.source.name == "dog.png"


def test_a_bitmap_becomes_pixels() -> None:
    opening = opening_of(_only_bitmap(), how="pasted")
    assert isinstance(opening, SourceFound)
    assert isinstance(opening.source, PixelsSource)
    assert opening.source.name == "pasted picture"
    assert np.array_equal(opening.source.pixels, np.full((3, 4, 3), (10, 20, 30), np.uint8))


def _only_bitmap() -> QMimeData:
    return offering(bitmap=True)


@pytest.mark.parametrize("way", ["urls", "html"])
def test_a_data_address_holds_the_picture_itself(way: str) -> None:
    url = "data:image/png;base64," + base64.b64encode(encoded()).decode()
    mime = offering(urls=[url]) if way == "urls" else offering(html=f'<img src="{url}">')
    assert opening_of(mime) == SourceFound(BytesSource("dropped picture", encoded()))


def test_a_broken_data_address_is_refused_and_not_raised() -> None:
    opening = opening_of(offering(html='<img src="data:image/png;base64,@@@">'))
    assert isinstance(opening, NothingFound)


def test_a_mere_address_is_refused_with_the_host_and_a_way_out() -> None:
    opening = opening_of(offering(urls=["https://example.org/dog.png"]))
    assert isinstance(opening, NothingFound)
    assert "example.org" in opening.why
    assert "save the picture" in opening.why


def test_text_is_opened_where_every_line_is_a_whole_path(tmp_path: Path) -> None:
    picture = tmp_path / "dog.png"
    url = QUrl.fromLocalFile(str(picture)).toString()
    assert opening_of(offering(text=f"{picture}\n")) == PathsFound((picture,))
    assert opening_of(offering(text=f"{url}\n\n{picture}")) == PathsFound((picture, picture))
    many = "\n".join(str(tmp_path / f"{n}.png") for n in range(3000))
    opening = opening_of(offering(text=many))
    assert isinstance(opening, PathsFound)
    assert len(opening.paths) == 3000
    for text in ("hello", "dog.png", f"{picture}\nand more", "\0", f"{picture}\0", "file:"):
        assert isinstance(opening_of(offering(text=text)), NothingFound)


def test_a_slow_disk_is_not_asked_while_the_window_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> object:
        pytest.fail("asked the disk")

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", slow)
        patched.setattr(Path, "stat", slow)
        opening = opening_of(offering(text="/net/far/away/dog.png"))
    assert isinstance(opening, PathsFound)


def test_a_drag_of_plain_text_is_not_welcome() -> None:
    assert not may_hold_something(offering(text="hello"))
    assert may_hold_something(offering(urls=["https://example.org"]))
    assert may_hold_something(_only_bitmap())
    assert may_hold_something(offering(image_webp=b"RIFF"))
