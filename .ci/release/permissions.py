"""Who may do what with an installed file, whatever the builder's umask was."""

from pathlib import Path


def permissions(path: Path) -> int:
    """0755 for folders and programs, 0644 for all else (Debian Policy 10.9).

    Shared libraries are no programs, although linkers make them executable (Policy 8.1).
    """
    is_library = ".so" in path.suffixes
    is_program = not is_library and bool(path.stat().st_mode & 0o100)
    return 0o755 if path.is_dir() or is_program else 0o644
