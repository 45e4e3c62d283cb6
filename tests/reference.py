#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The public headers are the manual: every function, type, macro, enumerator and error code of them is documented, with what a caller has to know; the
reference is made from them without a warning and holds all of them; and what the documentation names is there.
usage: tests/reference.py BUILD. The last line is "N passed, N failed".
"""
import ctypes
import glob
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, sys.argv[1])
HEADERS = sorted(glob.glob(f"{TOP}/include/pps/*.h"))
NAME = re.compile(r"(?<![\w/.-])(?:pps_[a-z0-9_]+|PPS_[A-Z0-9_]+)\b(?!_?[A-Z])")
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}", flush=True)
    else:
        passed += 1


def text(path):
    with open(path, errors="replace") as f:
        return f.read()


class Function:
    """One public function: its declaration in one line, its comment, and what its header says for all at the top."""

    def __init__(self, match, header):
        self.name = match.group(3)
        self.comment, self.top = " ".join(re.sub(r"\n\s*\*", " ", match.group(1)).split()), " ".join(header[:header.index("#ifndef")].split())
        self.result = match.group(2).replace("PPS_MUST_USE", "").strip()
        self.parameters = " ".join(match.group(4).split())

    def problems(self):
        """What a caller has to know and is not told."""
        fails, outputs = "pps_error **err" in self.parameters, re.findall(r"(?<!const )(\w+) \*\*(ret\w*)", self.parameters)
        elsewhere = re.search(r"Parameters[\w ,]* as pps_\w+\(\)", self.comment)
        if not self.comment.startswith(f"/** {self.name}() - "):
            yield "its comment does not begin with its name"
        if not re.search(r"Since: \d+\.\d+", self.comment):
            yield "since which version?"
        if fails and "Return:" not in self.comment and not elsewhere:
            yield "what does it return?"
        if fails and "Blocks:" not in self.comment and not elsewhere:
            yield "does it block?"
        if "Threads:" not in self.comment + self.top:
            yield "which threads may call it?"
        if self.result.startswith("const") and not re.search("borrowed|static", self.comment, re.I):
            yield "who owns the result, and until when?"
        if any(kind in ("char", "void") for kind, _ in outputs) and "release with pps_free()" not in self.comment:
            yield "how is the output released?"
        if any(kind.startswith("pps_") for kind, _ in outputs) and not elsewhere and not re.search(r"release +with pps_\w+\(\)", self.comment):
            yield "how is the output released?"
        if re.search(r"(?:size|bytes|_ms|seconds|_tai)\b", self.parameters) and not re.search(r"bytes|size|ns\b|seconds|MiB|wait|time|how long", self.comment):
            yield "in which unit?"


def functions():
    for path in HEADERS:
        header = text(path)
        for m in re.finditer(r"(/\*\*(?:(?!\*/).)*\*/)\n^PPS_API ([^;(]*?)\b(pps_\w+)\(([^;]*)\)(?: PPS_PRINTF\([^;]*\))?;", header, re.M | re.S):
            yield Function(m, header)


def enumerators():
    """(header, name, its own comment or "")."""
    for path in HEADERS:
        for body in re.findall(r"\benum \{(.*?)\};", text(path), re.S):
            for m in re.finditer(r"(PPS_\w+)( = -?\d+)?,?[ \t]*(?:/\* (.*?) \*/)?", re.sub(r"/\*.*?\*/", lambda c: c.group().replace("PPS_", "pps "), body,
                                                                                   flags=re.S), re.S):
                check(f"{m.group(1)} has a number of its own", "" if m.group(2) else "it is numbered by its place")
                yield os.path.basename(path), m.group(1), m.group(3) or ""


def types_and_macros():
    """(header, name, has a comment above or behind) of typedefs and macros."""
    for path in HEADERS:
        lines = text(path).split("\n")
        for n, line in enumerate(lines):
            m = re.match(r"typedef .*?\b(pps_\w+);|typedef .*\(\*(pps_\w+)\)|#define (PPS_(?!\w+_H\b)\w+)", line)
            if m and (lines[n - 1].strip() != "#else" and not re.match(r"#define PPS_\w+(\(.*\))?$", line)):
                yield os.path.basename(path), next(filter(None, m.groups())), "/*" in line or lines[n - 1].rstrip().endswith("*/")


def reference(public):
    """Made without a warning, it has a page for each header, and on it everything that is public, described."""
    with tempfile.TemporaryDirectory(prefix="pps-reference.") as out:
        done = subprocess.run([f"{TOP}/docs/api/generate", out], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        check("the reference is made without a warning", done.stdout + done.stderr if done.returncode or done.stdout or done.stderr else "")
        described, bare = set(), set()
        for path in glob.glob(f"{out}/xml/*_8h.xml"):
            for member in ElementTree.parse(path).iter():
                if member.tag in ("memberdef", "enumvalue") and member.findtext("name"):
                    said = any("".join(member.find(tag).itertext()).strip() for tag in ("briefdescription", "detaileddescription"))
                    (described if said else bare).add(member.findtext("name"))
        check("the reference has all that is public", f"it lacks {sorted(public - described)}" if public - described else "")
        check("the reference has HTML", "" if os.path.exists(f"{out}/html/index.html") else "no index.html")


def error_codes(names):
    """Every code has its name at run time, and its line in docs/errors.md; that page names no others."""
    lib = ctypes.CDLL(f"{BUILD}/libpps/libpps.so.0")
    lib.pps_error_code_name.restype = ctypes.c_char_p
    page = set(re.findall(r"\| `(PPS_\w+)` \|", text(f"{TOP}/docs/errors.md").split("\n## ")[0]))
    header = dict(re.findall(r"\b(PPS_OK|PPS_E_\w+) = (-?\d+)", text(f"{TOP}/include/pps/error.h")))
    for name, number in header.items():
        check(f"{name} at run time", "" if lib.pps_error_code_name(int(number)).decode() == name else "another name")
        check(f"{name} in docs/errors.md", "" if name in page else "it has no line in the first table")
    check("docs/errors.md names no others", f"{sorted(page - set(header))} are gone" if page - set(header) else "")
    check("error codes are enumerators", "" if set(header) <= names else f"{set(header) - names}")


def exists(name, known):
    """Whole names, and beginnings such as PPS_E_* (which ends with _)."""
    return name in known or (name.endswith("_") and any(k.startswith(name) for k in known))


def gone(public):
    """What is named but not there: headers name what is public, pages also what is inside."""
    inside = set()
    for folder in ("include", "libpps", "tools", "examples/notebooks"):
        for path in glob.glob(f"{TOP}/{folder}/**/*", recursive=True):
            if path.endswith((".c", ".h", ".py", ".sym", ".sh")):
                inside |= set(NAME.findall(text(path)))
    for path in HEADERS:
        for comment in re.findall(r"/\*.*?\*/", text(path), re.S):
            for name in sorted(set(NAME.findall(comment))):
                if not exists(name, public | {"PPS_CONFIG"}):
                    check(f"{os.path.basename(path)} names {name}", "it is not public")
    pages = [f"{TOP}/README.md", *glob.glob(f"{TOP}/docs/**/*.md", recursive=True), *glob.glob(f"{TOP}/examples/**/*.md", recursive=True), *glob.glob(f"{TOP}/bindings/**/*.md", recursive=True)]
    for path in pages:
        lacking = sorted(n for n in set(NAME.findall(text(path))) if not exists(n, inside))
        check(os.path.relpath(path, TOP), f"{lacking} are not there" if lacking else "")


def main():
    public = set()
    for function in functions():
        public.add(function.name)
        check(f"{function.name}()", "; ".join(function.problems()))
    mapped = set(re.findall(r"^\s*(pps_\w+);", text(f"{TOP}/libpps/libpps.sym"), re.M))
    check("functions of the map and of the headers", f"{sorted(mapped ^ public)} are in one of them only" if mapped ^ public else "")
    for header, name, comment in enumerators():
        public.add(name)
        check(f"{header}: {name}", "" if comment else "it has no comment of its own")
    error_codes({n for n in public if n.startswith("PPS_")})
    for header, name, documented in types_and_macros():
        public.add(name)
        check(f"{header}: {name}", "" if documented else "it has no comment")
    reference(public)
    gone(public)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
