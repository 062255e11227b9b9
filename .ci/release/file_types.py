"""Which types of files the desktop is told that the program opens.

Names are those of shared-mime-info, the desktops' own list. ONNX is in no version of it and not
registered with IANA, so the type has to be an unregistered one, ``application/x-…``
(RFC 6838, 3.4); ``application/onnx``, which is also met, is declared as another name of it.

Folders (``inode/directory``) are left out, although the program opens them: on a desktop without
a file manager it would become one.
"""

from typing import Final

MODEL_TYPE: Final = "application/x-onnx"
VIEW_TYPE: Final = "application/x-residual-lens-view"

PICTURE_TYPES: Final = {
    "application/fits": (".fit", ".fits"),
    "image/apng": (".apng",),
    "image/avif": (".avif", ".avifs"),
    "image/bmp": (".bmp", ".dib"),
    "image/gif": (".gif",),
    "image/heif": (".heic", ".heics", ".heif", ".heifs", ".hif"),
    "image/jp2": (".jp2",),
    "image/jpeg": (".jfif", ".jpe", ".jpeg", ".jpg", ".mpo"),
    "image/jpx": (".jpf", ".jpx"),
    "image/png": (".png",),
    "image/qoi": (".qoi",),
    "image/tiff": (".tif", ".tiff"),
    "image/vnd.adobe.photoshop": (".psd",),
    "image/vnd.microsoft.icon": (".ico",),
    "image/vnd.zbrush.pcx": (".pcx",),
    "image/webp": (".webp",),
    "image/x-cmu-raster": (".ras",),
    "image/x-dds": (".dds",),
    "image/x-gimp-gbr": (".gbr",),
    "image/x-icns": (".icns",),
    "image/x-jp2-codestream": (".j2c", ".j2k", ".jpc"),
    "image/x-photo-cd": (".pcd",),
    "image/x-portable-anymap": (".pnm",),
    "image/x-portable-bitmap": (".pbm",),
    "image/x-portable-graymap": (".pgm",),
    "image/x-portable-pixmap": (".ppm",),
    "image/x-rgb": (".rgb",),
    "image/x-sgi": (".bw", ".rgba", ".sgi"),
    "image/x-tga": (".icb", ".tga", ".vda", ".vst"),
    "image/x-win-bitmap": (".cur",),
    "image/x-xbitmap": (".xbm",),
    "image/x-xpixmap": (".xpm",),
    "video/x-flic": (".flc", ".fli"),
}
"""Type → the endings of files of that type that the program decodes."""

NAMELESS: Final = frozenset({".blp", ".dcx", ".ftc", ".ftu", ".iim", ".im", ".msp", ".pfm", ".pxr"})
"""Endings of rare formats that no list of types knows; the program's own dialogue opens them."""


def desktop_types() -> str:
    """The value of a desktop entry's key MimeType."""
    return "".join(f"{name};" for name in (MODEL_TYPE, VIEW_TYPE, *sorted(PICTURE_TYPES)))
