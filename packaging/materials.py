"""Says what is in the program: a bill of materials (CycloneDX) and the licences of all dependencies.

    python3 packaging/materials.py DIRECTORY VERSION TARGET…

Reads `cargo metadata` alone: what is linked for these targets, without what only builds or tests.
"""

import json
import os
import pathlib
import subprocess
import sys

directory, version, targets = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
command = ["cargo", "metadata", "--format-version", "1", "--locked"]
for target in targets:
    command += ["--filter-platform", target]
metadata = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)

packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}


def linked(node):
    """What is linked into it directly."""
    kinds = lambda dep: {kind["kind"] for kind in dep["dep_kinds"]}
    return [dep["pkg"] for dep in node["deps"] if None in kinds(dep)]


root = next(p["id"] for p in packages.values() if p["name"] == "segno")
reached, waiting = set(), [root]
while waiting:
    each = waiting.pop()
    if each not in reached:
        reached.add(each)
        waiting += linked(nodes[each])
others = [packages[each] for each in reached if packages[each]["source"]]
others.sort(key=lambda package: (package["name"], package["version"]))


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package):
    entry = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
    }
    if package["license"]:
        # As SPDX writes a choice; the old form has a slash.
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if package["repository"]:
        entry["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return entry


shown = lambda package: purl(package)
bill = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "metadata": {
        "component": {
            "type": "application",
            "bom-ref": f"pkg:cargo/segno@{version}",
            "name": "segno",
            "version": version,
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
        }
    },
    "components": [component(package) for package in others],
    "dependencies": [
        {"ref": shown(packages[each]), "dependsOn": sorted(shown(packages[dep]) for dep in linked(nodes[each]))}
        for each in sorted(reached, key=lambda each: shown(packages[each]))
    ],
}
(directory / "segno.cdx.json").write_text(json.dumps(bill, indent=1) + "\n")

# The texts, each once with those who have it.
texts, silent = {}, []
for package in others:
    home = pathlib.Path(package["manifest_path"]).parent
    found = [path for path in sorted(home.iterdir()) if path.is_file() and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"))]
    name = f"{package['name']} {package['version']} ({package['license'] or 'see its text'})"
    if not found:
        silent.append(name)
    for path in found:
        text = path.read_text(errors="replace").strip()
        texts.setdefault(text, []).append(name)
with open(directory / "THIRD-PARTY.txt", "w") as out:
    out.write("Segno is made with the work of others. Their names, and the licences that they chose:\n\n")
    for package in others:
        out.write(f"  {package['name']} {package['version']}: {package['license'] or 'see its text'}\n")
    if silent:
        out.write("\nWithout a text of their own; the licence's standard text applies:\n\n")
        out.writelines(f"  {name}\n" for name in silent)
    for text, names in texts.items():
        out.write("\n" + "-" * 78 + "\n" + "\n".join(names) + "\n\n" + text + "\n")
print(f"{len(others)} dependencies, {len(texts)} licence texts, {len(silent)} without a text")
