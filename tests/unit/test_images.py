"""Decoding: whatever a person drops becomes an upright sRGB picture or a clear error."""

import io
import os
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageCms

from desktop_app.core.decoding import PIXEL_LIMIT, readable_formats
from desktop_app.core.errors import (
    ImageMissingError,
    ImageTooLargeError,
    ImageUnreadableError,
    LensError,
)
from desktop_app.core.images import find_images, load_image, natural_key, shrunk, thumbnail
from desktop_app.core.records import BytesSource, FileSource, Image, PixelsSource

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(picture: PillowImage.Image, format_: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


def decoded(picture: PillowImage.Image, format_: str = "PNG", **options: object) -> Image:
    return load_image(BytesSource("test", encoded(picture, format_, **options)))


def corners() -> PillowImage.Image:
    """A 24×16 picture with a different colour in each quarter: no turn looks like another."""
    pixels = np.empty((16, 24, 3), np.uint8)
    pixels[:8, :12], pixels[:8, 12:], pixels[8:, :12], pixels[8:, 12:] = RED, GREEN, BLUE, WHITE
    return PillowImage.fromarray(pixels)


# --- orientation ------------------------------------------------------------------------------

# Exif 3.0, 4.6.5.1.1: the stored row 0 and column 0 lie at these sides of the upright picture.
STORED_AS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: a.transpose(1, 0, 2)[::-1],
    7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda a: a.transpose(1, 0, 2)[:, ::-1],
}


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", sorted(STORED_AS))
def test_every_exif_orientation_is_turned_upright(orientation: int, format_: str) -> None:
    upright = np.asarray(corners())
    stored = PillowImage.fromarray(np.ascontiguousarray(STORED_AS[orientation](upright)))
    exif = PillowImage.Exif()
    exif[274] = orientation
    options = {"lossless": True} if format_ == "WEBP" else {}

    image = decoded(stored, format_, exif=exif, **options)

    np.testing.assert_array_equal(image.pixels, upright)
    assert image.size == (24, 16)
    assert image.stored_size == stored.size
    assert ("rotated as EXIF says" in image.notes) == (orientation != 1)


def test_damaged_exif_does_not_cost_the_picture() -> None:
    image = decoded(corners(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff", quality=95)
    assert image.size == (24, 16)


# --- colours and depth ------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, 1, 128, 129, 257, 1000, 32767, 65407, 65408, 65535])
def test_sixteen_bit_grey_is_divided_by_257(value: int) -> None:
    image = decoded(PillowImage.fromarray(np.full((2, 3), value, np.uint16)))
    assert image.pixels.tolist() == [[[round(value / 257)] * 3] * 3] * 2
    assert image.notes == ("16 bits reduced to 8",)


def test_sixteen_bit_pgm_agrees_with_png() -> None:
    values = np.arange(0, 65536, 257, np.uint16)[None]
    pgm = b"P5 256 1 65535 " + values.astype(">u2").tobytes()
    image = load_image(BytesSource("pgm", pgm))
    assert image.pixels[0, :, 0].tolist() == list(range(256))


def test_floats_within_one_are_scaled_and_others_stretched() -> None:
    unit = decoded(PillowImage.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)), "TIFF")
    assert unit.pixels[0, :, 0].tolist() == [0, 128, 255]
    wide = decoded(PillowImage.fromarray(np.array([[-2.0, 0.0, np.nan, 2.0]], np.float32)), "TIFF")
    assert wide.pixels[0, :, 0].tolist() == [0, 128, 128, 255]
    assert wide.notes == ("values -2 to 2 stretched to 8 bits",)


def test_one_bit_and_grey_become_three_equal_channels() -> None:
    bits = PillowImage.fromarray(np.array([[True, False]]))
    assert decoded(bits).pixels.tolist() == [[[255] * 3, [0] * 3]]
    assert decoded(PillowImage.new("L", (1, 1), 77)).pixels.tolist() == [[[77] * 3]]


def test_alpha_is_shown_over_white() -> None:
    pixels = np.array([[[255, 0, 0, 255], [255, 0, 0, 128], [0, 0, 0, 0]]], np.uint8)
    image = decoded(PillowImage.fromarray(pixels))
    # (c · a + 255 · (255 - a)) / 255, rounded
    assert image.pixels.tolist() == [[[255, 0, 0], [255, 127, 127], [255, 255, 255]]]
    assert image.notes == ("transparency shown over white",)


def test_grey_alpha_and_opaque_alpha() -> None:
    grey = decoded(PillowImage.fromarray(np.array([[[100, 0], [100, 255]]], np.uint8), "LA"))
    assert grey.pixels[0, :, 0].tolist() == [255, 100]
    opaque = decoded(PillowImage.new("RGBA", (2, 2), (1, 2, 3, 255)))
    assert opaque.pixels[0, 0].tolist() == [1, 2, 3]
    assert opaque.notes == ()


@pytest.mark.parametrize("format_", ["PNG", "GIF"])
def test_transparent_palette_entry_is_white(format_: str) -> None:
    picture = PillowImage.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putdata([0, 1])
    image = decoded(picture, format_, transparency=0)
    assert image.pixels.tolist() == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize(("dtype", "key"), [(np.uint8, 9), (np.uint16, 9 * 257)])
def test_grey_colour_key_is_white(dtype: type, key: int) -> None:
    picture = PillowImage.fromarray(np.array([[key, 0]], dtype))
    assert decoded(picture, transparency=key).pixels[0, :, 0].tolist() == [255, 0]


def test_cmyk_without_a_profile() -> None:
    image = decoded(PillowImage.new("CMYK", (8, 8), (0, 255, 255, 0)), "TIFF")
    assert image.pixels[0, 0].tolist() == [255, 0, 0]
    assert image.notes == ("converted from CMYK without a profile",)


def test_lab_is_converted() -> None:
    # CIE L* 53.2, a* 80.1, b* 67.2 is the sRGB red; 8-bit Lab is (L* · 2.55, a* + 128, b* + 128).
    picture = PillowImage.new("LAB", (4, 4), (136, 208, 195))
    red, green, blue = decoded(picture, "TIFF").pixels[0, 0].tolist()
    assert red > 245
    assert max(green, blue) < 25


# --- ICC profiles -----------------------------------------------------------------------------


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_with_red_and_green_exchanged() -> bytes:
    """An sRGB profile whose red primary is green and the other way round (ICC.1, 7.3: tags)."""
    profile = bytearray(srgb_profile())
    for n in range(struct.unpack_from(">I", profile, 128)[0]):
        at = 132 + 12 * n
        name = bytes(profile[at : at + 4])
        profile[at : at + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile)


def linear_grey_profile() -> bytes:
    """The smallest ICC v2 grey profile: white point D50 and a tone curve of gamma 1."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    offset = 128 + 4 + 2 * 12
    tags = struct.pack(">I", 2)
    tags += b"wtpt" + struct.pack(">II", offset, len(white))
    tags += b"kTRC" + struct.pack(">II", offset + len(white), len(curve))
    body = tags + white + curve
    header = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"\0" * 4, 0x02100000, b"mntr", b"GRAY", b"XYZ "
    )
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + body


def test_srgb_profile_changes_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    image = decoded(PillowImage.fromarray(noise), icc_profile=srgb_profile())
    np.testing.assert_array_equal(image.pixels, noise)
    assert image.notes == ()


def test_profile_of_other_primaries_is_followed() -> None:
    picture = PillowImage.new("RGB", (2, 2), (200, 40, 90))
    image = decoded(picture, icc_profile=profile_with_red_and_green_exchanged())
    np.testing.assert_allclose(image.pixels[0, 0].astype(int), (40, 200, 90), atol=2)
    assert any(note.startswith("converted from ") for note in image.notes)


def test_profile_is_followed_under_transparency() -> None:
    picture = PillowImage.new("RGBA", (2, 1), (200, 40, 90, 255))
    picture.putpixel((1, 0), (200, 40, 90, 0))
    image = decoded(picture, icc_profile=profile_with_red_and_green_exchanged())
    np.testing.assert_allclose(image.pixels[0, 0].astype(int), (40, 200, 90), atol=2)
    assert image.pixels[0, 1].tolist() == [255, 255, 255]


def test_grey_profile_is_followed() -> None:
    levels = np.arange(0, 256, 15, np.uint8)[None]
    image = decoded(PillowImage.fromarray(levels), icc_profile=linear_grey_profile())
    linear = levels[0] / 255
    # IEC 61966-2-1: linear light to sRGB
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(image.pixels[0, :, 1].astype(int), srgb * 255, atol=1.5)


@pytest.mark.parametrize("profile", [b"not a profile", srgb_profile()[:200], linear_grey_profile()])
def test_damaged_or_foreign_profile_is_noted_and_ignored(profile: bytes) -> None:
    image = decoded(PillowImage.new("RGB", (2, 2), (200, 40, 90)), icc_profile=profile)
    assert image.pixels[0, 0].tolist() == [200, 40, 90]
    assert image.notes == ("ignored a colour profile that is damaged or does not fit",)


# --- formats ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_", "options", "tolerance"),
    [
        ("JPEG", {"quality": 98, "subsampling": 0}, 6),
        ("HEIF", {"quality": 95, "chroma": 444}, 12),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}, 12),
        ("WEBP", {"lossless": True}, 0),
        ("BMP", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("JPEG2000", {}, 0),
        ("QOI", {}, 0),
    ],
)
def test_common_formats(format_: str, options: dict[str, object], tolerance: int) -> None:
    assert format_ in readable_formats()
    flat = PillowImage.new("RGB", (64, 48), (180, 90, 30))
    image = decoded(flat, format_, **options)
    assert image.size == (64, 48)
    np.testing.assert_allclose(image.pixels[24, 32].astype(int), (180, 90, 30), atol=tolerance)


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_give_their_first_frame(format_: str) -> None:
    frames = [PillowImage.new("RGB", (8, 8), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if format_ == "WEBP" else {}
    image = decoded(frames[0], format_, save_all=True, append_images=frames[1:], **options)
    assert image.pixels[0, 0].tolist() == list(RED)
    assert image.notes == ("first of 3 frames",)


# --- sources ----------------------------------------------------------------------------------


def test_pixels_are_copied_and_read_only() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    image = load_image(PixelsSource("clipboard", pixels))
    pixels[:] = 9
    assert image.pixels.max() == 0
    assert not image.pixels.flags.writeable
    assert image.size == image.stored_size == (6, 4)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 4), (0, 6, 3)])
def test_pixels_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageUnreadableError, match=r"\(H, W, 3\)"):
        load_image(PixelsSource("clipboard", np.zeros(shape, np.uint8)))


def test_file_knows_its_path_and_is_read_only(tmp_path: Path) -> None:
    path = tmp_path / "naïve – 猫.png"
    corners().save(path)
    image = load_image(FileSource(path))
    assert (image.path, image.name) == (path, "naïve – 猫.png")
    assert not image.pixels.flags.writeable
    assert image.pixels.flags.c_contiguous


def test_tall_picture_is_copied_strip_by_strip() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (3000, 700, 3), np.uint8)
    image = decoded(PillowImage.fromarray(noise), "BMP")
    np.testing.assert_array_equal(image.pixels, noise)


# --- refusals ---------------------------------------------------------------------------------


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ImageMissingError) as caught:
        load_image(FileSource(tmp_path / "gone.png"))
    assert caught.value.what == "cannot open gone.png"
    with pytest.raises(ImageMissingError):
        load_image(FileSource(Path(__file__) / "below-a-file.png"))


def test_folder_empty_file_and_odd_paths(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(ImageUnreadableError, match="it is a folder"):
        load_image(FileSource(tmp_path))
    with pytest.raises(ImageUnreadableError, match="the file is empty"):
        load_image(FileSource(tmp_path / "empty.png"))
    with pytest.raises(ImageUnreadableError):
        load_image(FileSource(tmp_path / "nul\0.png"))
    with pytest.raises(ImageUnreadableError):
        load_image(FileSource(tmp_path / ("x" * 5000)))
    with pytest.raises(ImageUnreadableError, match="it is empty"):
        load_image(BytesSource("dropped", b""))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_and_device_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero")):
        with pytest.raises(ImageUnreadableError, match="no regular file"):
            load_image(FileSource(path))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "locked.png"
    corners().save(path)
    path.chmod(0)
    with pytest.raises(ImageUnreadableError, match="not permitted"):
        load_image(FileSource(path))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "PostScript"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x20ftypisom", "video"),
        (b"\x89PNG\r\n\x1a\nbroken", "header is damaged"),
        (b"just words", "no picture"),
    ],
)
def test_things_that_are_no_pictures_are_named(data: bytes, why: str) -> None:
    with pytest.raises(ImageUnreadableError, match=why):
        load_image(BytesSource("dropped", data))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "HEIF", "AVIF", "GIF"])
def test_truncated_file(format_: str) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(PillowImage.fromarray(noise), format_)
    with pytest.raises(ImageUnreadableError):
        load_image(BytesSource("half", data[: len(data) // 2]))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""
    data = bytearray(encoded(PillowImage.new("L", (1, 1))))
    struct.pack_into(">II", data, 16, width, height)
    struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    return bytes(data)


def test_bomb_is_refused_from_its_header() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ImageTooLargeError):
            load_image(BytesSource("bomb", png_header(50_000, 50_000)))
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_limit_is_exact() -> None:
    data = encoded(PillowImage.new("L", (100, 10)))
    assert load_image(BytesSource("fits", data), pixel_limit=1000).size == (100, 10)
    with pytest.raises(ImageTooLargeError, match="100 × 10 pixels"):
        load_image(BytesSource("too large", data), pixel_limit=999)
    assert PIXEL_LIMIT >= 16320 * 12240  # a 200-megapixel phone photo


def test_slow_python_decoders_have_a_smaller_limit() -> None:
    qoi = b"qoif" + struct.pack(">II", 5000, 5000) + b"\3\0" + bytes(100)
    with pytest.raises(ImageTooLargeError, match="20 million"):
        load_image(BytesSource("slow", qoi))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "HEIF", "TGA"])
def test_flipped_bytes_give_a_picture_or_a_clear_error(
    format_: str, capfd: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(3)
    noise = random.integers(0, 256, (24, 24, 3), np.uint8)
    valid = encoded(PillowImage.fromarray(noise), format_)
    refused = 0
    for n in range(60):
        data = np.frombuffer(valid, np.uint8).copy()
        flips = int(random.integers(1, 12))
        where = random.integers(0, len(data) if n % 2 else 64, flips)
        data[where] ^= (1 << random.integers(0, 8, flips)).astype(np.uint8)
        try:
            image = load_image(BytesSource("fuzzed", data.tobytes()))
        except LensError:
            refused += 1
        else:
            assert image.pixels.dtype == np.uint8
    assert refused > 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="libtiff is linked into Pillow there")
def test_libtiff_and_pillow_stay_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    data = encoded(PillowImage.new("RGB", (64, 64)), "TIFF", compression="tiff_lzw")
    # Compression (tag 259, one SHORT): 5 is LZW, 50001 WebP, which libtiff lacks and complains of.
    entry = struct.pack("<HHI", 259, 3, 1)
    assert entry + b"\x05\0" in data
    unknown = data.replace(entry + b"\x05\0", entry + struct.pack("<H", 50001))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for broken in (unknown, data[: len(data) // 2]):
            with pytest.raises(ImageUnreadableError):
                load_image(BytesSource("broken", broken))
    assert caught == []
    assert capfd.readouterr() == ("", "")


# --- thumbnails -------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "HEIF"])
def test_thumbnail_is_upright_small_and_true(format_: str, tmp_path: Path) -> None:
    upright = np.asarray(corners().resize((900, 600), PillowImage.Resampling.NEAREST))
    stored = PillowImage.fromarray(np.ascontiguousarray(STORED_AS[6](upright)))
    exif = PillowImage.Exif()
    exif[274] = 6
    path = tmp_path / "photo"
    path.write_bytes(encoded(stored, format_, exif=exif.tobytes()))

    small = thumbnail(path, 96)

    assert small.shape == (64, 96, 3)
    assert not small.flags.writeable
    for (y, x), colour in {(16, 24): RED, (16, 72): GREEN, (48, 24): BLUE}.items():
        np.testing.assert_allclose(small[y, x].astype(int), colour, atol=12)


def test_thumbnail_never_enlarges_and_takes_every_source() -> None:
    pixels = np.asarray(corners())
    for source in (PixelsSource("a", pixels), BytesSource("b", encoded(corners()))):
        np.testing.assert_array_equal(thumbnail(source, 96), pixels)
    np.testing.assert_array_equal(shrunk(pixels, 24), pixels)
    assert shrunk(pixels, 12).shape == (8, 12, 3)


def test_thumbnail_refuses_as_loading_does(tmp_path: Path) -> None:
    with pytest.raises(ImageMissingError):
        thumbnail(tmp_path / "gone.jpg", 96)


# --- finding files ----------------------------------------------------------------------------


def tree(root: Path) -> Path:
    for name in (
        "b10.png",
        "b2.JPG",
        "A1.heic",
        "notes.txt",
        ".hidden.png",
        "._b2.jpg",
        "sub/c.webp",
        "sub/deeper/d.gif",
        ".cache/e.png",
        "data.h5",
        "page.eps",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def names(paths: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_folder_lists_pictures_in_natural_order(tmp_path: Path) -> None:
    root = tree(tmp_path)
    assert names(find_images([root], recursive=False), root) == ["A1.heic", "b2.JPG", "b10.png"]
    assert names(find_images([root], recursive=True), root) == [
        "A1.heic", "b2.JPG", "b10.png", "sub/c.webp", "sub/deeper/d.gif",
    ]  # fmt: skip


def test_named_files_are_taken_as_they_are(tmp_path: Path) -> None:
    root = tree(tmp_path)
    named = [root / "notes.txt", root / "gone.png", root / ".hidden.png"]
    assert find_images(named, recursive=False) == named


def test_a_file_that_its_folder_lists_too_is_listed_once(tmp_path: Path) -> None:
    root = tree(tmp_path)
    one, all_of_it = root / "b2.JPG", find_images([root], recursive=True)
    assert find_images([root, one], recursive=True) == all_of_it
    assert find_images([one, root], recursive=True) == [
        one,
        *(path for path in all_of_it if path != one),
    ]
    assert find_images([root, root / "sub", root], recursive=True) == all_of_it
    assert find_images([one, one], recursive=True) == [one, one]  # as it was asked for


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "sub" / "loop").symlink_to(root, target_is_directory=True)
    assert len(find_images([root], recursive=True)) == 5


def test_a_folder_that_cannot_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path)
    scandir = os.scandir

    def guarded(path: Path | str) -> object:  # root may read everything: this is how it looks
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = find_images([root], recursive=True)
    assert found[-1] == root / "sub"
    with pytest.raises(ImageUnreadableError) as raised:
        load_image(FileSource(root / "sub"))
    assert raised.value.why == "the folder cannot be read (Permission denied)"
    assert "permissions" in raised.value.remedy


def test_a_path_inside_a_closed_folder_is_left_to_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "closed" / "a.png"

    def closed(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", closed)
    monkeypatch.setattr(Path, "stat", closed)
    assert find_images([path], recursive=True) == [path]
    with pytest.raises(ImageUnreadableError, match="permission denied"):
        load_image(FileSource(path))


def test_natural_key_survives_unicode_digits() -> None:
    assert sorted(["x²", "x10", "x9", "x٣"], key=natural_key)[:2] == ["x9", "x10"]
