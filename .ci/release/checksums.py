"""The checksums of what is handed out, signed.

``SHA256SUMS`` has the form of sha256sum, so that anybody can check it without this project:
``sha256sum -c SHA256SUMS`` and ``gpg --verify SHA256SUMS.asc SHA256SUMS``. The key is the release
manager's own and stays in their keyring; gpg's agent asks for its passphrase.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from release.digests import sha256_of
from release.errors import ReleaseError

LIST: Final = "SHA256SUMS"
SIGNATURE: Final = f"{LIST}.asc"

_HANDED_OUT: Final = re.compile(
    r"residual-lens[\w.-]*(\.deb|\.tar\.zst|\.cdx\.json|\.exe|\.dmg)", re.ASCII
)
_SIGNED: Final = re.compile(r"^\[GNUPG:\] VALIDSIG ([0-9A-F]+)(?: .* ([0-9A-F]+))?$", re.MULTILINE)
"""The fingerprints of the key that signed, and of the key that it belongs to."""
_SHORTEST_ID: Final = 16
_LINE: Final = re.compile(r"([0-9a-f]{64})  (?P<name>[^/\0]+)")


class ChecksumsError(ReleaseError):
    """The list, its signature or one of the files is not what it should be."""


def write_checksums(folder: Path, files: Iterable[Path]) -> Path:
    """Write the list of ``files``, which lie in ``folder`` and were made just now; returns it.

    What else lies there is of other builds, perhaps of other sources and never tested, and is not
    listed. A signature of an older list is removed: it would not fit.

    Raises:
        ChecksumsError: There is nothing to hand out.
    """
    listed = sorted(path for path in files if _HANDED_OUT.fullmatch(path.name))
    if not listed:
        raise ChecksumsError(f"{folder} holds nothing to hand out; python3 dev.py build makes it")
    (folder / SIGNATURE).unlink(missing_ok=True)
    text = "".join(f"{sha256_of(path)}  {path.name}\n" for path in listed)
    (folder / LIST).write_text(text, "utf-8", newline="\n")
    return folder / LIST


def sign(checksums: Path, key: str) -> Path:
    """Sign ``checksums`` with ``key``, an id or address of gpg's keyring; returns the signature.

    Raises:
        ChecksumsError: gpg did not sign; it has said why.
    """
    target = checksums.with_name(SIGNATURE)
    target.unlink(missing_ok=True)
    _gpg("--local-user", key, "--armor", "--output", str(target), "--detach-sign", str(checksums))
    return target


def verify(folder: Path, *, key: str | None = None) -> list[str]:
    """Check the signature in ``folder``, then every file.

    Args:
        folder: Where the list lies, with the files beside it.
        key: The fingerprint, or its end, that the signature has to be from; None accepts every
            key in gpg's keyring.

    Returns:
        Names of the files, which are as signed.

    Raises:
        ChecksumsError: Something is missing, altered, not on the list, or signed by another.
    """
    checksums = folder / LIST
    if not checksums.is_file():
        raise ChecksumsError(f"{checksums} is missing")
    if not (folder / SIGNATURE).is_file():
        raise ChecksumsError(f"{folder / SIGNATURE} is missing: the list is not signed")
    said = _gpg("--status-fd", "1", "--verify", str(folder / SIGNATURE), str(checksums))
    # GOODSIG is only said where the key is neither expired nor revoked.
    signers = [name for line in _SIGNED.findall(said) for name in line if name]
    wanted = (key or "").replace(" ", "").upper().removeprefix("0X")
    if key is not None and len(wanted) < _SHORTEST_ID:
        raise ChecksumsError(f"{key} is too short to tell a key; give its fingerprint")
    if "[GNUPG:] GOODSIG " not in said or not any(name.endswith(wanted) for name in signers):
        raise ChecksumsError(f"{LIST} is not signed by {key or 'a valid key that gpg knows'}")
    return _check_files(folder, checksums)


def _check_files(folder: Path, checksums: Path) -> list[str]:
    listed = _read(checksums)
    faults = [
        *_altered(folder, listed),
        *(f"{name} is not on the list" for name in _unlisted(folder, listed)),
    ]
    if faults:
        raise ChecksumsError("; ".join(faults))
    return list(listed)


def _read(checksums: Path) -> dict[str, str]:
    """Name → digest, as the list has it."""
    listed: dict[str, str] = {}
    for line in checksums.read_text("utf-8").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise ChecksumsError(f"{checksums} has a line that sha256sum does not write: {line!r}")
        listed[match["name"]] = match[1]
    return listed


def _altered(folder: Path, listed: Mapping[str, str]) -> list[str]:
    """What is wrong with the files on the list."""
    missing = [f"{name} is missing" for name in listed if not (folder / name).is_file()]
    return missing + [
        f"{name} is not what was listed"
        for name, digest in listed.items()
        if (folder / name).is_file() and sha256_of(folder / name) != digest
    ]


def _unlisted(folder: Path, listed: Iterable[str]) -> list[str]:
    """What lies in ``folder`` as if it were to be handed out."""
    names = {path.name for path in folder.iterdir() if _HANDED_OUT.fullmatch(path.name)}
    return sorted(names.difference(listed))


def _gpg(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["gpg", "--batch", "--yes", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise ChecksumsError("gpg is missing; Debian's package is gnupg") from error
    if done.returncode != 0:
        raise ChecksumsError(f"gpg refused: {done.stderr.strip()}")
    return done.stdout


def finish_checksums(folder: Path, files: Iterable[Path]) -> None:
    """Write the list of ``files``; say what else lies there, and how the list is signed.

    Raises:
        ChecksumsError: There is nothing to list.
    """
    checksums = write_checksums(folder, files)
    print(f"{checksums}: NOT signed. Before handing out:")
    print(f"    PYTHONPATH=.ci python -m release.checksums {folder} --sign KEY")
    for name in _unlisted(folder, _read(checksums)):
        print(f"    {name} is of another build, not on the list and not to be handed out with it")


def sign_list(folder: Path, key: str) -> None:
    """Sign the list that a build has written, unless what it lists is no longer there as it was.

    Raises:
        ChecksumsError: There is no list, a file on it was changed, or gpg refused.
    """
    checksums = folder / LIST
    if not checksums.is_file():
        raise ChecksumsError(f"{checksums} is missing; python3 dev.py build writes it")
    if faults := _altered(folder, _read(checksums)):
        raise ChecksumsError(f"{'; '.join(faults)}; build again")
    print(f"{sign(checksums, key)}: signed with {key}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m release.checksums``; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="release.checksums",
        description="Sign the list that a build wrote, or verify.",
    )
    parser.add_argument("folder", type=Path, help="where the packages lie, as dist")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sign", metavar="KEY", help="sign the list with this key of gpg's keyring")
    what.add_argument("--verify", action="store_true", help="check signature and files")
    parser.add_argument("--key", help="with --verify: the fingerprint that must have signed")
    parsed = parser.parse_args(arguments)
    try:
        if parsed.verify:
            print(*verify(parsed.folder, key=parsed.key), sep=": good\n", end=": good\n")
        else:
            sign_list(parsed.folder, parsed.sign)
    except (ReleaseError, OSError) as error:
        print(f"checksums: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
