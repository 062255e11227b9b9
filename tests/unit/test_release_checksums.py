"""The signed list of checksums: what is good passes, what was tampered with is found."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from release.checksums import (
    LIST,
    SIGNATURE,
    ChecksumsError,
    finish_checksums,
    main,
    sign,
    verify,
    write_checksums,
)

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (Debian: gnupg)")
PACKAGE = "residual-lens_0.1.0_amd64.deb"
ARCHIVE = "residual-lens-0.1.0-linux-x86_64-cpu.tar.zst"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "cpu" / "residual-lens").mkdir(parents=True)
    for name in (PACKAGE, ARCHIVE, "residual-lens-0.1.0-cpu.cdx.json", "notes.txt"):
        (folder / name).write_text(f"this is {name}")
    return folder


def listed(dist: Path) -> Path:
    """The list of all that lies there, as a build writes it that has made it all."""
    return write_checksums(dist, [path for path in dist.iterdir() if path.is_file()])


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A keyring with two throwaway keys; its agent ends with the tests."""
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", ""]
    for address in ("release@example.org", "somebody@example.org"):
        subprocess.run(
            [*gpg, "--quick-generate-key", address, "ed25519", "sign", "never"],
            check=True,
            capture_output=True,
        )
    yield home
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


@pytest.fixture
def keys(keyring: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Address → fingerprint, of the keys that gpg now finds."""
    monkeypatch.setenv("GNUPGHOME", str(keyring))
    said = subprocess.run(
        ["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True
    ).stdout
    prints = [line.split(":")[9] for line in said.splitlines() if line.startswith("fpr:")]
    names = [line.split(":")[9] for line in said.splitlines() if line.startswith("uid:")]
    return dict(zip(names, prints, strict=True))


def test_sha256sum_itself_accepts_the_list(dist: Path) -> None:
    listed(dist)
    said = subprocess.run(
        ["sha256sum", "--strict", "-c", LIST], cwd=dist, check=True, capture_output=True, text=True
    ).stdout
    assert said.splitlines() == [
        "residual-lens-0.1.0-cpu.cdx.json: OK",
        f"{ARCHIVE}: OK",
        f"{PACKAGE}: OK",
    ]


def test_only_what_is_handed_out_is_listed(dist: Path) -> None:
    text = listed(dist).read_text("utf-8")
    assert "notes.txt" not in text
    assert LIST not in text


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChecksumsError, match="nothing to hand out"):
        write_checksums(tmp_path, [])


@needs_gpg
def test_a_good_signature_and_unaltered_files_pass(dist: Path, keys: dict[str, str]) -> None:
    sign(listed(dist), "release@example.org")
    armour = (dist / SIGNATURE).read_text("utf-8")
    assert armour.startswith("-----BEGIN PGP SIGNATURE-----")
    assert verify(dist) == ["residual-lens-0.1.0-cpu.cdx.json", ARCHIVE, PACKAGE]
    assert verify(dist, key=keys["release@example.org"])


@needs_gpg
def test_an_altered_file_is_found(dist: Path, keys: dict[str, str]) -> None:
    sign(listed(dist), "release@example.org")
    (dist / PACKAGE).write_text("something else")
    with pytest.raises(ChecksumsError, match=rf"{PACKAGE} is not what was listed"):
        verify(dist)


@needs_gpg
def test_an_altered_list_is_found(dist: Path, keys: dict[str, str]) -> None:
    sign(listed(dist), "release@example.org")
    (dist / PACKAGE).write_text("something else")
    armour = (dist / SIGNATURE).read_bytes()
    listed(dist)  # a list that fits the altered file
    (dist / SIGNATURE).write_bytes(armour)
    with pytest.raises(ChecksumsError, match=r"(?s)gpg refused: .*BAD signature"):
        verify(dist)


@needs_gpg
def test_a_missing_and_an_added_file_are_found(dist: Path, keys: dict[str, str]) -> None:
    sign(listed(dist), "release@example.org")
    (dist / PACKAGE).rename(dist / "residual-lens_0.2.0_amd64.deb")
    with pytest.raises(
        ChecksumsError, match=rf"{PACKAGE} is missing; residual-lens_0\.2\.0\S+ is not on the list"
    ):
        verify(dist)


@needs_gpg
def test_somebody_elses_signature_is_found(dist: Path, keys: dict[str, str]) -> None:
    sign(listed(dist), "somebody@example.org")
    with pytest.raises(ChecksumsError, match="is not signed by"):
        verify(dist, key=keys["release@example.org"])
    with pytest.raises(ChecksumsError, match="too short to tell a key"):
        verify(dist, key=keys["somebody@example.org"][-8:])


@needs_gpg
def test_a_key_that_gpg_does_not_have_is_said(dist: Path, keys: dict[str, str]) -> None:
    with pytest.raises(ChecksumsError, match="gpg refused"):
        sign(listed(dist), "nobody@example.org")
    assert not (dist / SIGNATURE).exists()


def test_a_missing_signature_is_found(dist: Path) -> None:
    listed(dist)
    with pytest.raises(ChecksumsError, match="the list is not signed"):
        verify(dist)


def test_a_new_list_takes_the_old_signature_away(dist: Path) -> None:
    (dist / SIGNATURE).write_text("of the release before")
    listed(dist)
    assert not (dist / SIGNATURE).exists()


def test_what_another_build_has_left_is_neither_listed_nor_passed_over(
    dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = "residual-lens-gpu_0.0.9_amd64.deb"
    (dist / older).write_text("never tested")
    finish_checksums(dist, [dist / PACKAGE, dist / ARCHIVE])
    text = (dist / LIST).read_text("utf-8")
    assert PACKAGE in text
    assert older not in text
    assert f"{older} is of another build" in capsys.readouterr().out


def test_it_says_that_the_list_is_not_signed(
    dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finish_checksums(dist, [dist / PACKAGE])
    said = capsys.readouterr().out
    assert "NOT signed" in said
    assert "--sign KEY" in said


def test_only_the_list_that_a_build_wrote_is_signed(
    dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(dist), "--sign", "release@example.org"]) == 1
    assert f"{LIST} is missing; python3 dev.py build" in capsys.readouterr().err
    listed(dist)
    (dist / PACKAGE).write_text("changed after the tests")
    assert main([str(dist), "--sign", "release@example.org"]) == 1
    assert f"{PACKAGE} is not what was listed; build again" in capsys.readouterr().err
    assert not (dist / SIGNATURE).exists()


@needs_gpg
def test_the_command_signs_and_verifies(
    dist: Path, keys: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    listed(dist)
    assert main([str(dist), "--sign", "release@example.org"]) == 0
    assert main([str(dist), "--verify", "--key", keys["release@example.org"]]) == 0
    assert f"{PACKAGE}: good" in capsys.readouterr().out
    (dist / ARCHIVE).unlink()
    assert main([str(dist), "--verify"]) == 1
    assert f"{ARCHIVE} is missing" in capsys.readouterr().err
