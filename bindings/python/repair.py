#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Puts what a wheel's libraries are linked with into the wheel, and the licences of that. usage: repair.py WHEEL FOLDER

auditwheel copies the libraries, gives them names of their own, and lists them in the wheel's SBOM. The licences are those that Debian keeps with each
package, so this runs on Debian and its descendants. Prints the path of the new wheel.
"""
import base64
import csv
import glob
import hashlib
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile


def bundled(names):
    """Names of the libraries that were copied, as the system has them: libpq-1a2b3c4d.so.5.15 was libpq.so.5.15."""
    found = [re.fullmatch(r"pps\.libs/([^.]+)-[0-9a-f]{8}(\..+)", name) for name in names if name.startswith("pps.libs/") and not name.endswith("/")]
    if None in found:
        raise SystemExit("repair.py: this auditwheel names libraries in another way")
    return sorted(m[1] + m[2] for m in found)


def packages(libraries):
    """Names of the packages that have them."""
    found = set()
    for library in libraries:
        done = subprocess.run(["dpkg-query", "-S", f"*/{library}"], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"repair.py: no package has {library}, so its licence is not known")
        found |= {line.split(":")[0] for line in done.stdout.splitlines()}
    return sorted(found)


def licences(libraries):
    """By name in the wheel: what the packages say, and the texts that they refer to."""
    texts = {}
    for package in packages(libraries):
        with open(f"/usr/share/doc/{package}/copyright", "rb") as f:
            texts[f"bundled/{package}.txt"] = f.read()
    for name in sorted({n for text in texts.values() for n in re.findall(rb"/usr/share/common-licenses/([\w.+-]*\w)", text)}):
        path = f"/usr/share/common-licenses/{name.decode()}"
        if os.path.exists(path):
            with open(path, "rb") as f:
                texts[f"bundled/common-licenses/{name.decode()}"] = f.read()
    return texts


def add(wheel, texts, to):
    """The wheel with texts among its licences."""
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        info = next(name.split("/")[0] for name in old.namelist() if name.endswith(".dist-info/METADATA"))
        changed = {f"{info}/licenses/{name}": text for name, text in texts.items()}
        metadata = old.read(f"{info}/METADATA").decode()
        lines = "".join(f"License-File: {name}\n" for name in texts)
        changed[f"{info}/METADATA"] = metadata.replace("License-File: LICENSE\n", f"License-File: LICENSE\n{lines}", 1).encode()
        rows = {row[0]: row for row in csv.reader(io.StringIO(old.read(f"{info}/RECORD").decode()))}
        for name, data in changed.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows[name] = [name, f"sha256={digest}", str(len(data))]
        record = io.StringIO()
        csv.writer(record, lineterminator="\n").writerows(rows.values())
        changed[f"{info}/RECORD"] = record.getvalue().encode()
        for item in old.infolist():
            new.writestr(item, changed.pop(item.filename, None) or old.read(item), zipfile.ZIP_DEFLATED)
        for name, data in changed.items():
            new.writestr(name, data)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="pps-repair.") as folder:
        subprocess.run([sys.executable, "-m", "auditwheel", "repair", "-w", folder, sys.argv[1]], check=True, stdout=sys.stderr)
        wheel, = glob.glob(f"{folder}/*.whl")
        with zipfile.ZipFile(wheel) as z:
            texts = licences(bundled(z.namelist()))
        os.makedirs(sys.argv[2], exist_ok=True)
        to = f"{sys.argv[2]}/{os.path.basename(wheel)}"
        add(wheel, texts, f"{to}.part")
        os.replace(f"{to}.part", to)
    print(to)


if __name__ == "__main__":
    main()
