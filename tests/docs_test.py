#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs every command that the documentation shows, and looks at its links and at what is made from code.

A block marked ```console holds lines "$ pps ...", which are run one after the other in an example world; each has to end well.
Lines without "$ " below a command are what it prints, compared word for word. usage: tests/docs_test.py BUILD
The last line is "N passed, N failed".
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, sys.argv[1])
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}", flush=True)
    else:
        passed += 1


def text(path):
    with open(path) as f:
        return f.read()


def commands(page):
    """(line number, command, expected lines) of every console block."""
    out, inside = [], False
    for n, line in enumerate(text(page).split("\n"), 1):
        if line.startswith("```"):
            inside = not inside and line == "```console"
        elif inside and line.startswith("$ "):
            out.append((n, line[2:], []))
        elif inside and out:
            out[-1][2].append(line)
    return out


def run_page(page):
    """All commands of a page, in one world."""
    todo = commands(page)
    if not todo:
        return
    above = tempfile.mkdtemp(prefix="pps docs ")
    world = f"{above}/world"
    environment = {**os.environ, "PATH": f"{BUILD}/tools:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    try:
        subprocess.run(["/usr/bin/python3", "-B", f"{TOP}/examples/world/make-world.py", world], check=True)
        for n, command, expected in todo:
            done = subprocess.run(["bash", "-c", command], cwd=world, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            said = f"exit {done.returncode}: {done.stdout}{done.stderr}" if done.returncode else ""
            if expected and done.stdout.split() != " ".join(expected).split():
                said += f"prints\n{done.stdout}"
            check(f"{os.path.relpath(page, TOP)}:{n}: {command}", said)
    finally:
        shutil.rmtree(above)


def links(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text(page)):
        if "://" not in target:
            path = os.path.join(os.path.dirname(page), target)
            check(f"{os.path.relpath(page, TOP)}: link to {target}", "" if os.path.exists(path) else "it is not there")


def main():
    pages = [f"{TOP}/README.md", f"{TOP}/CHANGELOG.md", *sorted(glob.glob(f"{TOP}/docs/*.md"))]
    for page in pages:
        run_page(page)
        links(page)
    check("the README shows commands", "" if len(commands(f"{TOP}/README.md")) >= 15 else "fewer than 15")
    table = subprocess.run([f"{BUILD}/tools/pps", "--help"], capture_output=True, text=True, check=True).stdout.split("Options")[0]
    shown = "\n".join(c for _, c, _ in commands(f"{TOP}/README.md")) + "pps raw accept"  # that one needs a missing sensor
    shown += "\n" + "\n".join(re.findall(r"(?m)^pps .*", text(f"{TOP}/README.md")))  # and these a server, or prompt products
    for name in re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  ", table):
        check(f"README.md: pps {name}", "" if re.search(rf"pps (--[a-z-]+ |-c \S+ )*{name}\b", shown) else "is not shown")
    for room in sorted(os.listdir(f"{TOP}/libpps")):
        if os.path.isdir(f"{TOP}/libpps/{room}"):
            check(f"libpps/{room}/README.md", "" if os.path.exists(f"{TOP}/libpps/{room}/README.md") else "is missing")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
