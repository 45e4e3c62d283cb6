#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""House rules that a machine can check: banned functions, sizes, licence lines, layers, documented symbols."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BANNED = re.compile(r"\b(sprintf|vsprintf|strcpy|strcat|strncpy|strtok|atoi|atol|atof|gmtime|localtime|ctime|asctime|rand|gets|setlocale|setenv|putenv|system)\s*\(")
PRINTS = re.compile(r"(?<![\w.>])(printf|puts|putchar|perror|exit|abort|_exit|fork)\s*\(|\bstd(out|err)\b")
ROOMS = ["base", "sql", "store", "archive", "dimensions", "butler", "rucio", "stream", "state", "publish", "raw"]
FUNCTION_HARD, FILE_HARD, COMPLEXITY_HARD = 120, 1500, 25

failed = []
passed = 0


def rule(name, findings):
    global passed
    if findings:
        failed.append(name)
        print(f"{name}:")
        for f in findings[:20]:
            print(f"  {f}")
    else:
        passed += 1


def files(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=TOP, capture_output=True, text=True, check=True)
    return [f for f in out.stdout.split("\n") if f and os.path.exists(f"{TOP}/{f}")]


def text(path):
    with open(f"{TOP}/{path}", errors="replace") as f:
        return f.read()


def code(path):
    """The source without comments and strings, so that words in them do not count; lines stay where they are."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text(path), flags=re.S)


def grep(paths, pattern):
    return [f"{p}:{n}: {line.strip()}" for p in paths for n, line in enumerate(code(p).split("\n"), 1) if pattern.search(line)]


def layers():
    out = []
    for p in files("libpps/*.c", "libpps/*.h"):
        room = p.split("/")[1]
        if room not in ROOMS:
            continue
        allowed = set(ROOMS[:ROOMS.index(room) + 1]) - ({"publish"} if room == "raw" else set())
        for m in re.finditer(r'^#include "([a-z]+)/', text(p), re.M):
            if m.group(1) in ROOMS and m.group(1) not in allowed:
                out.append(f"{p}: includes {m.group(1)}/, which is not above it")
    for p in files("tools/*.c", "tools/*.h"):
        for m in re.finditer(r'^#include "([a-z]+)/', text(p), re.M):
            out.append(f"{p}: includes {m.group(1)}/, but a tool uses only <pps/...>")
    return out


def documented():
    out = []
    for p in files("include/pps/*.h"):
        t = text(p)
        for m in re.finditer(r"^PPS_API[^;]*?\b(pps_\w+)\(", t, re.M):
            name, before = m.group(1), t[:m.start()]
            comment = before.rstrip()[before.rstrip().rfind("/**"):] if before.rstrip().endswith("*/") else ""
            if f"{name}()" not in comment or "Since:" not in comment:
                out.append(f"{p}: {name}() has no comment of its own with its name and Since:")
    return out


def complexity():
    c = files("libpps/*.c", "tools/*.c")
    out = subprocess.run(["pmccabe", *c], cwd=TOP, capture_output=True, text=True, check=True).stdout
    found = []
    for line in out.splitlines():
        _, cyclomatic, _, _, lines, where = line.split("\t")[:6]
        if int(lines) > FUNCTION_HARD:
            found.append(f"{where}: {lines} lines (at most {FUNCTION_HARD})")
        if int(cyclomatic) > COMPLEXITY_HARD:
            found.append(f"{where}: complexity {cyclomatic} (at most {COMPLEXITY_HARD})")
    return found


def main():
    c = files("libpps/*.c", "libpps/*.h", "tools/*.c", "tools/*.h", "include/*.h", "tests/*.c", "tests/*.h", "examples/*.c")
    product = [p for p in c if p.startswith(("libpps/", "tools/", "include/"))]
    rule("banned functions", grep(product, BANNED))
    rule("the library never prints, exits or forks", grep([p for p in product if p.startswith("libpps/")], PRINTS))
    rule("licence line first", [p for p in c + files("*.py", "*.sh", "*/meson.build", "meson.build") if "SPDX-License-Identifier: BSD-3-Clause" not in "".join(text(p).splitlines(True)[:3])])
    rule("file length", [f"{p}: {n} lines" for p in product if (n := text(p).count("\n")) > FILE_HARD])
    rule("function length and complexity", complexity())
    rule("layers", layers())
    rule("public functions are documented", documented())
    rule("nothing left to do", [f"{p}:{n}: {line.strip()}" for p in product for n, line in enumerate(text(p).split("\n"), 1) if re.search(r"\b(TODO|FIXME|XXX)\b", line)])
    spell = subprocess.run(["codespell", "--quiet-level=2", "--ignore-words-list=anull,ans,hist,dout,te,nd,som,inout,fo,alls,datas,ot,crate,parms,implementor,mis,serie,visibles,unparseable",
                            "--skip=*.json,*.sql,*.txt,*.patch,corpus,vectors", "include", "libpps", "tools", "docs", "README.md", "CHANGELOG.md"],
                           cwd=TOP, capture_output=True, text=True)
    rule("spelling", spell.stdout.splitlines() + ([] if spell.returncode in (0, 65) else spell.stderr.splitlines()[:3]))
    rule("each planted defect applies as it is", [p for p in files("tests/mutants/*.patch") if not text(p).startswith("Test: ") or
                                                  subprocess.run(["git", "apply", "--check", p], cwd=TOP, capture_output=True).returncode])
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
