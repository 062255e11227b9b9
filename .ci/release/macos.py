"""The macOS bundle's icon and what its Info.plist says.

build.spec makes the ``.app`` with both, on macOS alone. Signing, notarising and the disk image are
steps for a person with a developer's certificate; docs/packaging.md has them.
"""

from pathlib import Path
from typing import Any, Final

from release.windows import draw_icons

BUNDLE: Final = "Residual Lens.app"
IDENTIFIER: Final = "org.residual-lens.app"
OLDEST_SYSTEM: Final = "14.0"
"""ONNX Runtime's wheels ask for it; Qt 6.11 would do with 13."""

ICON_SIZES: Final = (32, 64, 128, 256, 512, 1024)
"""Pixels: what Pillow can put into an ICNS; macOS makes the 16 of old screens out of 32."""

_ONNX_TYPE: Final = "org.onnx.model"
_PICTURES: Final = (
    "com.compuserve.gif",
    "com.microsoft.bmp",
    "org.webmproject.webp",
    "public.avif",
    "public.heic",
    "public.heif",
    "public.jpeg",
    "public.png",
    "public.tiff",
)


def write_icon(path: Path) -> Path:
    """Write the program's icon as ICNS; returns ``path``."""
    *smaller, largest = draw_icons(ICON_SIZES)
    path.parent.mkdir(parents=True, exist_ok=True)
    largest.save(path, "ICNS", append_images=smaller)
    return path


def info_plist(version: str) -> dict[str, Any]:
    """The entries of Info.plist that PyInstaller does not write itself.

    Args:
        version: As ``0.1.0``.
    """
    return {
        "CFBundleDisplayName": "Residual Lens",
        "CFBundleName": "Residual Lens",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "LSApplicationCategoryType": "public.app-category.education",
        "LSMinimumSystemVersion": OLDEST_SYSTEM,
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,  # light and dark as the system is
        "NSHumanReadableCopyright": "The Residual Lens authors, MIT licence",
        "CFBundleDocumentTypes": [
            _document("Picture", _PICTURES),
            _document("ONNX model", (_ONNX_TYPE,)),
        ],
        # Nobody has declared the type to macOS; imported, it gives way to whoever owns it.
        "UTImportedTypeDeclarations": [
            {
                "UTTypeIdentifier": _ONNX_TYPE,
                "UTTypeDescription": "ONNX model",
                "UTTypeConformsTo": ["public.data"],
                "UTTypeTagSpecification": {"public.filename-extension": ["onnx"]},
            }
        ],
    }


def _document(name: str, types: tuple[str, ...]) -> dict[str, Any]:
    """A kind of file that is offered under "Open With", and never taken from another program."""
    return {
        "CFBundleTypeName": name,
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "LSItemContentTypes": list(types),
    }
