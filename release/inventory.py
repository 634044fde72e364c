"""Writes what a program is made of: the licences of its crates as text, and an SBOM (CycloneDX 1.5).

    inventory.py TARGET LICENCES SBOM
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys

LICENCE = re.compile(r"^(licen[cs]e|copying|notice|unlicense)", re.IGNORECASE)


def metadata(target: str) -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={target}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def is_macro(package: dict) -> bool:
    return any("proc-macro" in built["kind"] for built in package["targets"])


def is_linked(dependency: dict) -> bool:
    return any(kind["kind"] is None for kind in dependency["dep_kinds"])


def crates(data: dict) -> tuple[dict, list[dict], dict[str, list[str]]]:
    """Returns the program's package, the packages linked into it by name, and who depends on whom, by id."""
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    root = next(package for package in data["packages"] if package["name"] == "awsenv")
    # What a procedural macro needs runs in the compiler alone, and so does what a build script needs.
    in_compiler = {crate for crate, package in packages.items() if is_macro(package)}
    uses: dict[str, list[str]] = {}
    rest = [root["id"]]
    while rest:
        here = rest.pop()
        if here not in uses:
            linked = {dependency["pkg"] for dependency in nodes[here]["deps"] if is_linked(dependency)}
            uses[here] = sorted(linked - in_compiler)
            rest.extend(uses[here])
    others = [packages[crate] for crate in uses if crate != root["id"]]
    return root, sorted(others, key=lambda crate: (crate["name"], crate["version"])), uses


def licences(others: list[dict]) -> str:
    """Returns each licence text once, under the crates that it is of."""
    # Crates without a text are under the terms of the MIT license, with or without another one.
    mit = pathlib.Path("LICENSE-MIT").read_text().split("\n\n", 2)[2].strip()
    owners: dict[str, list[str]] = {}
    for crate in others:
        name = f"{crate['name']} {crate['version']} ({crate['license'] or 'see its text'})"
        folder = pathlib.Path(crate["manifest_path"]).parent
        texts = [path for path in sorted(folder.iterdir()) if path.is_file() and LICENCE.match(path.name)]
        for path in texts:
            text = path.read_text(errors="replace").replace("\r\n", "\n").strip()
            owners.setdefault(text, []).append(name)
        if not texts:
            authors = ", ".join(crate["authors"]) or f"the authors of {crate['name']}"
            owners.setdefault(f"Copyright (c) {authors}\n\n{mit}", []).append(name)
    parts = ["awsenv contains these crates. Each licence stands below the crates that come with this text of it."]
    for text, names in sorted(owners.items(), key=lambda item: item[1]):
        parts.append("-" * 80 + "\n" + "\n".join(dict.fromkeys(names)) + "\n\n" + text)
    return "\n\n".join(parts) + "\n"


def purl(crate: dict) -> str:
    return f"pkg:cargo/{crate['name']}@{crate['version']}"


def component(crate: dict, kind: str) -> dict:
    described = {
        "type": kind,
        "bom-ref": purl(crate),
        "name": crate["name"],
        "version": crate["version"],
        "purl": purl(crate),
    }
    if crate["license"]:
        # `MIT/Apache-2.0` is how older crates write `MIT OR Apache-2.0`.
        described["licenses"] = [{"expression": crate["license"].replace("/", " OR ")}]
    return described


def sbom(root: dict, others: list[dict], uses: dict[str, list[str]], checksums: dict[str, str]) -> dict:
    packages = {crate["id"]: crate for crate in [root, *others]}
    components = []
    for crate in others:
        described = component(crate, "library")
        checksum = checksums.get(f"{crate['name']} {crate['version']}")
        if checksum:
            described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        components.append(described)
    dependencies = [
        {"ref": purl(packages[crate]), "dependsOn": [purl(packages[other]) for other in used]}
        for crate, used in sorted(uses.items(), key=lambda item: purl(packages[item[0]]))
    ]
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": components,
        "dependencies": dependencies,
    }
    # From the content, so that the same build has the same one.
    digest = hashlib.sha256(json.dumps(bom, sort_keys=True).encode()).hexdigest()
    serial = f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    return {"bomFormat": bom.pop("bomFormat"), "serialNumber": f"urn:uuid:{serial}", **bom}


def lock_checksums(lock: str) -> dict[str, str]:
    entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"')
    return {f"{name} {version}": checksum for name, version, checksum in entry.findall(lock)}


def main() -> None:
    target, licences_file, sbom_file = sys.argv[1:]
    data = metadata(target)
    root, others, uses = crates(data)
    pathlib.Path(licences_file).write_text(licences(others))
    lock = pathlib.Path(data["workspace_root"], "Cargo.lock").read_text()
    bom = sbom(root, others, uses, lock_checksums(lock))
    pathlib.Path(sbom_file).write_text(json.dumps(bom, indent=2) + "\n")


main()
