"""Fills the checksums of packages into the formula and the PKGBUILD.

    python3 packaging/fill.py DIRECTORY VERSION REPOSITORY

A package that is not in the directory leaves `@…@`, so that nobody takes it for complete.
"""

import pathlib
import re
import sys

out, version, repository = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
here = pathlib.Path(__file__).parent
known = {"VERSION": version, "REPOSITORY": repository}
for path in out.glob("*.tar.gz.sha256"):
    known[path.name.removesuffix(".tar.gz.sha256")] = path.read_text().split()[0]
for source, name in [("aur/PKGBUILD", "PKGBUILD"), ("homebrew/segno.rb", "segno.rb")]:
    text = (here / source).read_text()
    text = re.sub(r"@([A-Za-z0-9_-]+)@", lambda m: known.get(m[1], m[0]), text)
    (out / name).write_text(text)
    left = sorted(set(re.findall(r"@([A-Za-z0-9_-]+)@", text)))
    print(f"{name}: {'complete' if not left else 'lacks ' + ', '.join(left)}")
