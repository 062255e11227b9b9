"""The list of what is inside, as CycloneDX (https://cyclonedx.org/docs/1.6/json/).

The same program gives the same bytes: the serial number is derived from the rest, and the time is
that of the source.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release.digests import sha256_of
from release.errors import ReleaseError
from release.inventory import Inventory
from release.parts import Kind, Licence, Part, Share

SCHEMA: Final = SchemaVersion.V1_6
"""The newest that the common readers of such lists know."""

_TYPES: Final[dict[Kind, ComponentType]] = {
    "application": ComponentType.APPLICATION,
    "library": ComponentType.LIBRARY,
    "model": ComponentType.MACHINE_LEARNING_MODEL,
    "data": ComponentType.DATA,
}
_PREFIX: Final = "residual-lens:"


class SbomError(ReleaseError):
    """The list is not what CycloneDX's schema asks for."""


def list_of_contents(inventory: Inventory, program: Path, *, flavour: str, epoch: int) -> str:
    """The list as JSON text.

    Args:
        inventory: Whose everything is.
        program: The frozen program's folder; its files are read for their SHA-256.
        flavour: Named in the list.
        epoch: The source's time, in seconds since 1970.

    Raises:
        SbomError: The schema refuses it.
    """
    bom = Bom(serial_number=uuid.UUID(int=0))
    own = _component(inventory.own, program)
    own.properties.add(Property(name=f"{_PREFIX}flavour", value=flavour))
    bom.metadata.component = own
    bom.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    for share in inventory.others:
        bom.components.add(_component(share, program))
    bom.register_dependency(own, bom.components)
    text = _text(bom)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(text.encode()).hexdigest())
    text = _text(bom)
    refusal = JsonStrictValidator(SCHEMA).validate_str(text)
    if refusal is not None:
        raise SbomError(f"the list of contents is not CycloneDX {SCHEMA.to_version()}: {refusal}")
    return text


def _text(bom: Bom) -> str:
    text = make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string()
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _component(share: Share, program: Path) -> Component:
    part = share.part
    files = [_file(program, path) for path in share.files]
    properties = [Property(name=f"{_PREFIX}licence-stated-in", value=part.licence.stated)]
    if share.modules:
        properties.append(
            Property(name=f"{_PREFIX}modules-in-the-executable", value=str(share.modules))
        )
    references = []
    if part.source:
        references.append(
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(part.source))
        )
    purl = package_url(part)
    return Component(
        name=part.name,
        version=part.version or None,
        type=_TYPES[part.kind],
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=[_licence(part.licence)],
        hashes=[_sha256(_digest_of_all(files))] if files else None,
        components=files,
        properties=properties,
        external_references=references,
    )


def package_url(part: Part) -> PackageURL:
    """The part's package URL with its version."""
    url = PackageURL.from_string(part.purl)
    return PackageURL(url.type, url.namespace, url.name, part.version or None, url.qualifiers)


def _file(program: Path, path: PurePosixPath) -> Component:
    digest = sha256_of(program / path)
    return Component(
        name=str(path), type=ComponentType.FILE, bom_ref=f"file:{path}", hashes=[_sha256(digest)]
    )


def _digest_of_all(files: Iterable[Component]) -> str:
    """One file's own SHA-256; of several, that of their list in the form of sha256sum."""
    lines = [(file.name, str(next(iter(file.hashes)).content)) for file in files]
    if len(lines) == 1:
        return lines[0][1]
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(lines))
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _licence(licence: Licence) -> LicenseExpression | DisjunctiveLicense:
    if licence.is_spdx:
        return LicenseExpression(licence.term)
    return DisjunctiveLicense(name=licence.term)
