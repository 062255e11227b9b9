"""Says what is inside a frozen program: the licence texts into it, the list beside it."""

from pathlib import Path

from release.environment import prepare
from release.flavours import ROOT, Flavour
from release.inventory import Inventory, ask_python, take_inventory
from release.notices import write_notices
from release.origin import source_date_epoch, version
from release.pyinstaller_records import read_records
from release.sbom import list_of_contents


def account_for(flavour: Flavour, program: Path) -> Inventory:
    """Find out whose everything in ``program`` is, and write the licence texts into it.

    Has to come before the program is packed, so that every package carries the texts.

    Returns:
        Whose everything is; the packages' copyright files say it too.

    Raises:
        UnaccountedError: Something is inside of which nobody has said whose it is.
    """
    work = flavour.work / "build"  # PyInstaller names it after build.spec
    records, python = read_records(work), ask_python(prepare(flavour))
    inventory = take_inventory(program, records, python, version=version(), work=work)
    write_notices(inventory, program)
    return take_inventory(program, records, python, version=version(), work=work)


def write_list(flavour: Flavour, program: Path, inventory: Inventory) -> Path:
    """Write the list of what ``program`` holds into ``dist``; returns it.

    It is handed out, and so listed and signed, with the packages of this very program; a program
    that is frozen for tests alone must not touch it.

    Raises:
        SbomError: The list does not keep to its schema.
    """
    text = list_of_contents(inventory, program, flavour=flavour.name, epoch=source_date_epoch())
    path = ROOT / "dist" / f"residual-lens-{version()}-{flavour.name}.cdx.json"
    path.write_text(text, "utf-8")
    files = len(inventory.own.files) + sum(len(share.files) for share in inventory.others)
    print(f"{path.relative_to(ROOT)}: {files} files of {1 + len(inventory.others)} works")
    return path
