"""A bare Debian in a folder: what every Debian has and nothing more; above all, no Python.

debootstrap makes it from this machine's own apt source; an archive of it is kept in
``build/bare-debian``. Every command inside gets mounts of its own (``/proc``, ``/dev``, ``/sys``
and the X server's socket), which the kernel takes away with the command, whatever ends it: there
is nothing to be undone. For that, and for ``chroot``, the tests have to run as root.
"""

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).parents[2] / "build" / "bare-debian"
SOCKETS: Final = Path("/tmp/.X11-unix")  # noqa: S108 - X's, fixed
USER: Final = "visitor"
NEEDED: Final = ("debootstrap", "unshare", "mount", "chroot", "strace", "tar", "apt-get")
_PROXIES: Final = ("http_proxy", "https_proxy", "no_proxy")
_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# $1: the root, $2: the kept packages, $3: user or nothing, the rest: what runs in the end. The
# last "exec" leaves one process for all, so that who starts this starts the program itself.
_ENTER: Final = """
set -e
root=$1 archives=$2 user=$3
shift 3
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
mount --bind "$archives" "$root/var/cache/apt/archives"
exec chroot ${user:+--userspec="$user"} "$root" /usr/bin/env -i "$@"
"""


def obstacle() -> str | None:
    """Return why there can be no bare Debian here, or None."""
    if os.geteuid() != 0:
        return "it takes root to make a bare Debian and to install into it"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    return f"{', '.join(missing)} not installed" if missing else None


@dataclass(frozen=True)
class BareRoot:
    """A Debian in the folder ``path``."""

    path: Path

    @property
    def home(self) -> Path:
        """The home of the one person who uses it, seen from outside."""
        return self.path / "home" / USER

    def inside(self, path: Path) -> Path:
        """Return where ``path``, as it is inside, lies seen from outside."""
        return self.path / path.relative_to("/")

    def command(
        self,
        *words: str,
        variables: Mapping[str, str] | None = None,
        user: str = "",
        network: bool = False,
    ) -> list[str]:
        """Return the words that become the command ``words`` inside.

        Args:
            words: Program and arguments, paths as they are inside.
            variables: Its whole environment; none at all if not given.
            user: Who runs it; root if not given.
            network: Whether there is one; otherwise not even a loopback.
        """
        own = ["--mount"] if network else ["--mount", "--net"]
        places = [str(self.path), str(CACHE / "archives"), user]
        settings = [f"{name}={value}" for name, value in (variables or {}).items()]
        enter = ["/bin/sh", "-c", _ENTER, "enter", *places]
        return ["/usr/bin/unshare", *own, *enter, *settings, *words]

    def run(self, *words: str, user: str = "", variables: Mapping[str, str] | None = None) -> str:
        """Run a command inside, without a network; return what it printed on standard output.

        Raises:
            RuntimeError: It failed; the message holds all that it said.
        """
        return _call(self.command(*words, user=user, variables=variables))

    def administer(self, *words: str) -> str:
        """Run a command as an administrator would, with a network; otherwise as :meth:`run`."""
        proxies = {name: os.environ[name] for name in _PROXIES if name in os.environ}
        usual = {"PATH": _SYSTEM_PATH, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
        return _call(self.command(*words, variables={**usual, **proxies}, network=True))

    def apt_get(self, *words: str) -> str:
        """Run ``apt-get``, without a question and without waiting for the disk."""
        quick = ["-o", "Dpkg::Options::=--force-unsafe-io", "-o", "Dpkg::Use-Pty=0"]
        return self.administer("apt-get", "-q", "-y", *quick, *words)


def make_bare_root(folder: Path) -> BareRoot:
    """Make one in ``folder``, which must not be there; the archive is made when it is missing.

    Raises:
        RuntimeError: One of the programs failed; the message holds all that it said.
    """
    lines = _apt_lines()
    archive = CACHE / f"{_digest(lines)}.tar"
    (CACHE / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    SOCKETS.mkdir(mode=0o1777, exist_ok=True)
    if not archive.exists():
        fresh = CACHE / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        bootstrap(fresh, lines)
        _call(["tar", "-C", str(fresh), "--numeric-owner", "-cf", f"{archive}.part", "."])
        Path(f"{archive}.part").rename(archive)
        shutil.rmtree(fresh)
    folder.mkdir(mode=0o755)
    _call(["tar", "-C", str(folder), "--numeric-owner", "-xpf", str(archive)])
    root = BareRoot(folder)
    shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")
    root.apt_get("update")
    return root


def bootstrap(folder: Path, lines: Sequence[str]) -> None:
    """Make the least Debian that apt calls complete, with one user and a place for X's sockets."""
    _, uri, suite, component = lines[0].split()
    options = ["--variant=minbase", "--force-check-gpg", f"--components={component}"]
    # In mounts of its own: killed, it would leave this machine's /proc and /sys in the folder,
    # which the next run empties as root.
    alone = ["/usr/bin/unshare", "--mount"]
    _call([*alone, "debootstrap", *options, suite, str(folder), uri])
    (folder / "etc/apt/sources.list").write_text("\n".join(lines) + "\n")
    (folder / "tmp/.X11-unix").mkdir(mode=0o1777)
    root = BareRoot(folder)
    shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")
    root.administer("useradd", "--create-home", "--shell", "/bin/bash", USER)
    root.apt_get("update")
    root.apt_get("upgrade")


def _apt_lines() -> list[str]:
    """This machine's apt sources of its own release, as lines; the release itself first.

    Raises:
        RuntimeError: It has none.
    """
    codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
    form = "deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = _call(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    known = dict.fromkeys(listed.splitlines())
    lines = [line for line in known if line.split()[2].startswith(codename)]
    if not any(line.split()[2:] == [codename, "main"] for line in lines):
        raise RuntimeError(f"apt knows no source of {codename} main")
    return sorted(lines, key=lambda line: line.split()[2:] != [codename, "main"])


def _digest(lines: Sequence[str]) -> str:
    content = "\n".join((*lines, Path(__file__).read_text("utf-8")))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _call(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
