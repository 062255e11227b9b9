"""The macOS bundle's icon and Info.plist."""

import plistlib
from pathlib import Path

from PIL import Image
from release.macos import ICON_SIZES, IDENTIFIER, info_plist, write_icon


def test_the_icon_has_all_sizes_up_to_1024(tmp_path: Path) -> None:
    with Image.open(write_icon(tmp_path / "it.icns")) as icon:
        assert icon.format == "ICNS"
        pixels = {width * scale for width, _height, scale in icon.info["sizes"]}
        assert pixels == set(ICON_SIZES)
        largest = icon.icns.getimage((512, 512, 2))
        assert largest.size == (1024, 1024)
        assert largest.convert("RGBA").getextrema()[3] == (0, 255)  # corners clear, tile opaque


def test_the_plist_is_one_and_reads_back_unchanged() -> None:
    entries = info_plist("0.1.0")
    assert plistlib.loads(plistlib.dumps(entries)) == entries
    assert entries["CFBundleShortVersionString"] == "0.1.0"
    assert entries["NSHighResolutionCapable"] is True
    assert IDENTIFIER.count(".") == 2


def test_no_type_is_taken_from_another_program() -> None:
    documents = info_plist("0.1.0")["CFBundleDocumentTypes"]
    assert {document["LSHandlerRank"] for document in documents} == {"Alternate"}
    assert {document["CFBundleTypeRole"] for document in documents} == {"Viewer"}


def test_models_and_pictures_are_offered_to_it() -> None:
    entries = info_plist("0.1.0")
    offered = {
        kind for each in entries["CFBundleDocumentTypes"] for kind in each["LSItemContentTypes"]
    }
    (declared,) = entries["UTImportedTypeDeclarations"]
    assert declared["UTTypeIdentifier"] in offered
    assert declared["UTTypeTagSpecification"] == {"public.filename-extension": ["onnx"]}
    assert {"public.jpeg", "public.png", "public.heic"} <= offered
