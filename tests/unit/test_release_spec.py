"""build.spec runs on all three platforms, with PyInstaller's classes played."""

import builtins
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from release.flavours import CPU, ROOT, Flavour

SPEC = compile((ROOT / "build.spec").read_text("utf-8"), "build.spec", "exec")


class Played:
    """What PyInstaller's classes were called with, by their names."""

    def __init__(self, folder: Path) -> None:
        self.calls: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {}
        self._folder = folder

    def named(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.setdefault(name, []).append((arguments, options))
            return self._result(name, options)

        return call

    def _result(self, name: str, options: dict[str, Any]) -> Any:
        if name == "Analysis":
            datas = [(path, path, "DATA") for path, _folder in options["datas"]]
            return types.SimpleNamespace(
                binaries=[("libz.so.1", "/lib/libz.so.1", "BINARY")],
                datas=datas,
                pure=[("desktop_app.app", "app.py", "PYMODULE")],
                scripts=[("pyi_rth_pyside6", "x", "PYSOURCE"), ("__main__", "x", "PYSOURCE")],
            )
        if name == "COLLECT":
            program = self._folder / "dist" / options["name"]
            (program / "_internal").mkdir(parents=True)
            (program / options["name"]).write_bytes(b"x")
            return types.SimpleNamespace(name=str(program))
        return types.SimpleNamespace(name=options.get("name"))


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    played = Played(tmp_path)
    hooks = types.ModuleType("PyInstaller.utils.hooks")
    hooks.copy_metadata = lambda name: [(f"{name}.dist-info", name)]  # type: ignore[attr-defined]
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)
    monkeypatch.setattr(Flavour, "work", property(lambda self: tmp_path / "build" / self.name))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delenv("RESIDUAL_LENS_FLAVOUR", raising=False)
    return played


def run_spec(played: Played, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")
    classes = {name: played.named(name) for name in names}
    monkeypatch.setattr(sys, "platform", platform)
    exec(SPEC, {"__builtins__": builtins, "SPECPATH": str(ROOT), **classes})  # noqa: S102


def test_on_windows_there_are_two_programs_with_icon_and_version(
    played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_spec(played, "win32", monkeypatch)
    made = {options["name"]: options for _arguments, options in played.calls["EXE"]}
    assert {name: options["console"] for name, options in made.items()} == {
        "residual-lens": True,
        "Residual Lens": False,
    }
    for name, options in made.items():
        assert Path(options["icon"]).read_bytes()[:4] == b"\0\0\1\0"
        assert f"{name}.exe" in Path(options["version"]).read_text("utf-8")
    assert "BUNDLE" not in played.calls
    assert "limit 300 MB" in capsys.readouterr().out


def test_on_macos_there_is_a_bundle_with_icon_and_document_types(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_spec(played, "darwin", monkeypatch)
    ((arguments, bundle),) = played.calls["BUNDLE"]
    assert bundle["name"] == "Residual Lens.app"
    assert Path(bundle["icon"]).read_bytes()[:4] == b"icns"
    assert bundle["info_plist"]["CFBundleDocumentTypes"]
    assert Path(arguments[0].name).name == "residual-lens"
    ((_arguments, program),) = played.calls["EXE"]
    assert (program["name"], program["console"]) == ("residual-lens", False)
    assert "icon" not in program


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_packaging_data_stays_outside(
    platform: str, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_spec(played, platform, monkeypatch)
    ((_arguments, analysis),) = played.calls["Analysis"]
    folders = {folder for _path, folder in analysis["datas"]}
    assert "resources/models" in folders
    assert not any("packaging" in folder for folder in folders)
    assert CPU.runtime in folders


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_a_program_that_is_too_large_ends_the_build(
    platform: str, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("release.contents.program_size", lambda _files: 10**12)
    with pytest.raises(SystemExit, match="the limit is 300 MB"):
        run_spec(played, platform, monkeypatch)
    assert "BUNDLE" not in played.calls
