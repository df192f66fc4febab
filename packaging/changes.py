"""Prints what CHANGELOG.md says of a version: the text of its release.

    python3 packaging/changes.py VERSION
"""

import pathlib
import re
import sys

text = (pathlib.Path(__file__).parents[1] / "CHANGELOG.md").read_text()
sections = re.split(r"^## ", text, flags=re.M)[1:]
for section in sections:
    head, _, body = section.partition("\n")
    if head.split()[0] == sys.argv[1]:
        print(body.strip())
        break
else:
    sys.exit(f"CHANGELOG.md has no section for {sys.argv[1]}")
