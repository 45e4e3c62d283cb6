#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Gives a public header's comments to doxygen in its own words; lines stay where they are. usage: filter.py HEADER

Our comments are for those who read the header: `NAME() - what it does`, `@parameter: text`, then text in which a sentence may begin with
"Return:", "Threads:", "Blocks:" or "Since:"; a short comment above or behind a type or an enumerator tells of it.
"""
import re
import sys

SECTIONS = {"Return": "@return", "Threads": "@threads", "Blocks": "@blocks", "Since": "@since"}  # two of them are aliases of the Doxyfile


def text(line):
    """Prose: names of parameters, and nothing that doxygen takes for markup."""
    pieces = re.split(r"(`[^`]*`)", line)
    for i in range(0, len(pieces), 2):
        p = pieces[i].replace("\\", "\\\\").replace("<", "&lt;").replace(">", "&gt;").replace("#", "\\#").replace("%", "\\%")
        p = p.replace('"', "&quot;").replace("*", "&lowast;").replace("::", "\\::")
        p = re.sub(r"@(\w+)", r"_\1_", p)
        p = re.sub(rf"(^|[.;)] |\*? )({'|'.join(SECTIONS)}): ", lambda m: f"{m.group(1)}{SECTIONS[m.group(2)]} ", p)
        pieces[i] = p
    return "".join(pieces)


def comment(m):
    """One /** ... */ comment. A first line `NAME() - brief` is the function's, `pps/x.h - brief` the file's."""
    lines = m.group(0)[3:-2].split("\n")
    out, what = [], "brief"
    for n, line in enumerate(lines):
        line = re.sub(r"^\s*\* ?", "", line) if n else line.strip()
        head = re.match(r"(pps\w*\(\)|pps_\w+|pps/\w+\.h) - (.*)", line)
        parameter = re.match(r"@(\w+): *(.*)", line)
        if head and head.group(1).endswith(".h"):
            out[-1:] = ["@file", f"@brief {text(head.group(2))}"]
        elif head:
            out.append(f"@brief {text(head.group(2))}")
        elif parameter:
            out.append(f"@param {parameter.group(1)} {text(parameter.group(2))}")
            what = "parameter"
        elif what == "parameter" and re.match(r"\s", line):
            out.append(text(line.strip()))
        else:
            out.append(text(line.rstrip()))
    return "/**" + "\n".join(" " + line for line in out) + " */"


def small(m):
    """A plain comment behind a declaration or an enumerator, or above an enumeration, a type or a macro."""
    behind, words = m.group(1), text(" ".join(m.group(2).split()))
    return f"{behind}/**{'<' if behind.strip() else ''} {words} */" + "\n" * m.group(2).count("\n")


def main():
    with open(sys.argv[1]) as f:
        header = f.read()
    parts = re.split(r"(/\*\*.*?\*/)", header, flags=re.S)
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = comment(re.match(r".*", part, re.S))
        else:
            part = re.sub(r"/\* (?:SPDX|----).*?\*/", "", part)
            parts[i] = re.sub(r"(?m)^([^\n]*?)/\*(?!\*) (.*?) \*/", small, part, flags=re.S)
    sys.stdout.write("".join(parts))


if __name__ == "__main__":
    main()
