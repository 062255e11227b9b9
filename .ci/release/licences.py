"""What is known of licences beyond what packages say of themselves in a form for machines.

Every entry tells where the statement is from. What is not listed, and does not say its licence
either, ends the build: somebody has to look.
"""

import re
from pathlib import Path
from typing import Final

from cyclonedx import spdx

from release.parts import Licence

TEXTS: Final = Path(__file__).parent / "texts"
"""Licence texts that a part refers to without bringing them."""

DISTRIBUTIONS: Final = {
    "cmap": Licence(
        term="BSD-3-Clause AND Apache-2.0 AND BSD-2-Clause AND CC-BY-4.0 AND CC0-1.0 AND MIT "
        "AND PSF-2.0",
        stated="its metadata for the code; the folder LICENSES of its metadata for the colour "
        "maps, with five licences more that have no SPDX name",
    ),
    "ml-dtypes": Licence(
        term="Apache-2.0 AND MPL-2.0", stated="its metadata; LICENSE.eigen for Eigen within it"
    ),
    "onnxruntime": Licence(term="MIT", stated="LICENSE in the package"),
    "onnxruntime-gpu": Licence(term="MIT", stated="LICENSE in the package"),
    "protobuf": Licence(term="BSD-3-Clause", stated="LICENSE in its metadata"),
    "pyinstaller": Licence(
        term="(GPL-2.0-or-later WITH Bootloader-exception) AND Apache-2.0",
        stated="COPYING.txt: the bootloader may be combined with programs under any licence; the "
        "run-time hooks are under the Apache licence",
    ),
    "pyinstaller-hooks-contrib": Licence(
        term="Apache-2.0", stated="LICENSE, for the run-time hooks, which alone are inside"
    ),
    "pyside6-essentials": Licence(
        term="LGPL-3.0-only", stated="offered as LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"
    ),
    "shiboken6": Licence(
        term="LGPL-3.0-only", stated="offered as LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"
    ),
}
"""By the normalised name of the Python distribution; before what its metadata says."""

DISTRIBUTION_TEXTS: Final = {
    "onnxruntime": ("onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt"),
    "onnxruntime-gpu": ("onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt"),
}
"""Files beside the metadata, relative to ``site-packages``."""

COMMON_TEXTS: Final = {
    "pyinstaller": ("Apache-2.0",),
    "pyinstaller-hooks-contrib": ("Apache-2.0",),
    "pyside6-essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
    "tqdm": ("MPL-2.0",),
    "ml-dtypes": ("MPL-2.0",),
}
"""What of :data:`TEXTS` a distribution needs beside its own."""

SYSTEM_LIBRARIES: Final = {
    "bzip2": "bzip2-1.0.6",
    "expat": "MIT",
    "libffi": "MIT",
    "libx11": "MIT AND X11",
    "libxcb": "X11",
    "libxcrypt": "LGPL-2.1-or-later",
    "libxkbcommon": "MIT AND X11",
    "mpdecimal": "BSD-2-Clause",
    "openssl": "Apache-2.0",
    "util-linux": "BSD-3-Clause",  # libuuid; the package's other libraries are LGPL
    "xcb-util": "X11",
    "xcb-util-cursor": "X11",
    "xcb-util-image": "X11",
    "xcb-util-keysyms": "X11",
    "xcb-util-renderutil": "X11",
    "xcb-util-wm": "X11",
    "zlib": "Zlib",
}
"""Of the shared library, by Debian's source package.

Debian's copyright files speak of whole source packages, with their tests and build scripts, so
the library's own share was read out of each by a person.
"""

PUBLIC_DOMAIN: Final = {"xz-utils": "Public domain (liblzma up to 5.4; 0BSD from 5.6 on)"}
"""Debian source packages whose library has no licence with an SPDX name."""


_DENIED: Final = re.compile(r"(?<![\w-])A?GPL-[\w.+-]+(?![\w.+-])(?! WITH )")


def is_expression(term: str) -> bool:
    """Whether ``term`` is a licence expression of SPDX."""
    return spdx.is_expression(term)


def is_denied(licence: Licence) -> bool:
    """Whether nothing under ``licence`` may lie in a program that is handed on under MIT."""
    return licence.is_spdx and _DENIED.search(licence.term) is not None
