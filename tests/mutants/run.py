#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Plants each defect of this folder, one at a time, in a copy of the sources: the test that its first line names must fail.

usage: run.py [NAME...]
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def copy_sources(to):
    names = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if os.path.isfile(f"{TOP}/{name}"):
            os.makedirs(os.path.dirname(f"{to}/{name}"), exist_ok=True)
            shutil.copy2(f"{TOP}/{name}", f"{to}/{name}")


def build(top, targets):
    return subprocess.run(["ninja", "-C", f"{top}/build", *targets], capture_output=True, text=True)


def test(top, words):
    """The exit code of "unit NOUN", "sim STEPS" or "cli NOUN [WORD]"."""
    command = {"unit": [f"{top}/build/tests/unit/test-{words[1]}"], "sim": [f"{top}/build/tests/sim/sim", "--steps", words[1]],
               "cli": [sys.executable, "-B", f"{top}/tests/cli/{words[1]}_test.py", *words[2:]]}[words[0]]
    try:
        return subprocess.run(command, capture_output=True, timeout=600, cwd=top, env={**os.environ, "PPS": f"{top}/build/tools/pps"}).returncode
    except subprocess.TimeoutExpired:  # what never ends is seen, too
        return 1


def target_of(words):
    return {"unit": f"tests/unit/test-{words[1]}", "sim": "tests/sim/sim", "cli": "tools/pps"}[words[0]]


def judge(top, path, words):
    """None, or what is wrong."""
    patch = ["patch", "-d", top, "-p1", "-s", "-i", path]
    if subprocess.run(patch).returncode:
        return "it no longer applies"
    try:
        made = build(top, [target_of(words)])
        if made.returncode:
            return f"it does not build: {made.stdout[-500:]}"
        return None if test(top, words) else f"{' '.join(words)} does not see it"
    finally:
        subprocess.run([*patch, "-R"], check=True)


def main():
    paths = [p for p in sorted(glob.glob(f"{HERE}/*.patch")) if not sys.argv[1:] or os.path.basename(p)[:-6] in sys.argv[1:]]
    seen = failed = 0
    with tempfile.TemporaryDirectory(prefix="pps-mutants.") as top:
        copy_sources(top)
        tests = []
        for path in paths:
            with open(path) as f:
                tests.append(f.readline().removeprefix("Test: ").split())
        subprocess.run(["meson", "setup", f"{top}/build", top, "-Dbuildtype=debug"], stdout=subprocess.DEVNULL, check=True)
        made = build(top, sorted(set(map(target_of, tests))))
        if made.returncode:
            sys.exit(made.stdout[-2000:])
        for words in sorted({tuple(words) for words in tests}):  # each is fine without a defect
            if test(top, list(words)):
                failed += 1
                print(f"{' '.join(words)}: fails without a defect", flush=True)
        for path, words in zip(paths, tests):
            wrong = judge(top, path, words)
            failed += wrong is not None
            seen += wrong is None
            print(f"{os.path.basename(path)[:-6]}: {wrong or 'seen'}", flush=True)
    print(f"{seen} passed, {failed} failed")
    sys.exit(failed > 0)


main()
