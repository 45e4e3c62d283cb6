#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./quickstart in a clone of this checkout, in a folder with a space in its name: twice, and after interruptions.

What its table says is compared with `pps --json raw status`, with the files and with the databases.
The last line is "N passed, N failed".
"""
import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}", flush=True)
    else:
        passed += 1


def clone(folder):
    """What is committed, and what is not yet: a test before a commit tests what will be committed."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    for name in names.split("\0"):
        if name and os.path.lexists(f"{TOP}/{name}"):
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            shutil.copy2(f"{TOP}/{name}", f"{folder}/{name}", follow_symlinks=False)


def quickstart(checkout, cwd="/"):
    done = subprocess.run([f"{checkout}/quickstart"], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def table(text):
    """The lines of the table as dictionaries."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("exposure "))
    titles = lines[start].split()
    out = []
    for line in lines[start + 1:]:
        if not line.startswith("MC_"):
            break
        if " is " not in line:
            out.append(dict(zip(titles, re.split(r"\s{2,}", line))))
    return out


def status(checkout):
    out = subprocess.run([f"{checkout}/build/tools/pps", "-c", f"{checkout}/quickstart-data/pps.yaml", "--json", "raw", "status"],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out)["exposures"]


def rows(checkout, database, statement):
    with contextlib.closing(sqlite3.connect(f"file:{urllib.parse.quote(checkout)}/quickstart-data/{database}?mode=ro", uri=True)) as db:
        return db.execute(statement).fetchall()


def compare(checkout, text):
    """The table with what pps says, with the files, with the Butlers."""
    said, known = table(text), status(checkout)
    check("the table has a line for each exposure", "" if len(said) == len(known) == 5 else f"{said}\n{known}")
    datasets = rows(checkout, "main/gen3.sqlite3", "SELECT path FROM file_datastore_records")
    for line, row in zip(said, known):
        name = line["exposure"]
        done = row["status"] == "done"
        check(f"{name}: status", "" if (name, line["status"]) == (row["obs_id"], row["status"]) else f"{line} {row}")
        check(f"{name}: done unless its end is unknown", "" if done == (not name.endswith("5")) else row)
        path = f"{checkout}/{line['zip']}"
        check(f"{name}: zip", "" if os.path.exists(path) == done else f"{line['zip']} does not agree with {row['status']}")
        in_main = sum(f"/{name}.zip#" in urllib.parse.unquote(p) for (p,) in datasets)
        check(f"{name}: datasets in main", "" if in_main == (21 if done else 0) else in_main)
        check(f"{name}: marks", "" if (line["yaml"], line["main"]) == (("yes", "yes") if done else ("-", "-")) else line)
        if not done:
            continue
        check(f"{name}: size", "" if int(line["bytes"]) == row["size"] == os.path.getsize(path) else f"{line} {row}")
        with zipfile.ZipFile(path) as z:
            check(f"{name}: zip is sound", z.testzip())
        check(f"{name}: yaml", "" if os.path.exists(path[:-4] + "_dimensions.yaml") else "not there")
        sizes = rows(checkout, "state.db", f"SELECT zip_size FROM exposure WHERE obs_id = '{name}'")
        check(f"{name}: state", "" if sizes == [(row["size"],)] else sizes)


LIVES = {
    "difference_image": {"embargo": "deleted", "prompt_prep": "deleted", "repo_main": "deleted", "google_int": "expired", "google_prod": "expired"},
    "dia_source_apdb": {"embargo": "deleted", "prompt_prep": "present", "repo_main": "present", "google_int": "present", "google_prod": "present"},
    "isr_log": {"embargo": "deleted", "prompt_prep": "deleted", "repo_main": "deleted", "google_int": "never", "google_prod": "never"},
}


def compare_products(checkout, text):
    """Prompt products have had their lives; the logs of the exposure whose end is unknown stay under embargo."""
    products = f"{checkout}/quickstart-data/products"
    out = subprocess.run([f"{checkout}/build/tools/pps", "-c", f"{products}/pps.yaml", "datasets"], capture_output=True, text=True, check=True).stdout
    said = [json.loads(line) for line in out.splitlines()]
    check("products are registered", "" if len(said) == 22 else out)
    for row in said:
        held = dict.fromkeys(LIVES["isr_log"], "never") | {"embargo": "present"}
        wanted = held if row["type"] == "isr_log" and row["data_id"]["exposure"] % 10 == 5 else LIVES[row["type"]]
        check(f"{row['type']} {row['data_id']}", "" if row["status"] == wanted else row)
    kept = [name for _, _, names in os.walk(f"{products}/prompt_prep") for name in names if name.endswith(".json")]
    check("files of prompt_prep", "" if len(kept) == 6 and all(name.startswith("dia_") for name in kept) else kept)
    for name, there in (("google_prod", 6), ("embargo", 2)):
        stored = rows(checkout, f"products/{name}/gen3.sqlite3", "SELECT count(*) FROM file_datastore_records")
        check(f"records of {name}", "" if stored == [(there,)] else stored)
    check("it tells of them", "" if "Prompt products as at 2026-01-06" in text and "expired in google" not in text.split("Prompt products")[0] else text)


def try_suggestions(checkout, text):
    """Each command that it suggests does work."""
    commands = [line.strip() for line in text.split("Look further:\n")[1].split("\n") if line.strip()]
    check("it suggests commands", "" if len(commands) >= 4 else commands)
    folder = "/"
    for command in commands:
        if command.startswith("cd "):
            folder = shlex.split(command)[1]
            continue
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
        check(command, "" if done.returncode == 0 and done.stdout else done.stdout + done.stderr)


def interrupted(checkout):
    """Killed at several moments after the world was removed; each time run again to the end."""
    for seconds in (0.15, 0.3, 0.45, 0.6, 0.8, 1.0):
        shutil.rmtree(f"{checkout}/quickstart-data")
        child = subprocess.Popen([f"{checkout}/quickstart"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(seconds)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        code, text = quickstart(checkout)
        check(f"run again after a kill at {seconds} s", "" if code == 0 and len(re.findall(r"(?m)^MC_\S+ +done ", text)) == 4 else text)
    compare(checkout, text)
    compare_products(checkout, text)


def main():
    above = tempfile.mkdtemp(prefix="pps quickstart ")
    checkout = f"{above}/a checkout"
    try:
        clone(checkout)
        start = time.monotonic()
        code, text = quickstart(checkout)
        seconds = time.monotonic() - start
        check("it ends well", "" if code == 0 else text)
        check("in less than 5 minutes", "" if seconds < 300 else f"{seconds:.0f} s")
        if code == 0:
            check("it moved exposures", "" if "\nDone." in text else text)
            compare(checkout, text)
            compare_products(checkout, text)
            code, text = quickstart(checkout, cwd=checkout)
            check("a second run says that all is done", "" if code == 0 and "All was done already" in text else text)
            compare(checkout, text)
            compare_products(checkout, text)
            try_suggestions(checkout, quickstart(checkout)[1])
            interrupted(checkout)
        code = subprocess.run([f"{checkout}/quickstart", "--help"], capture_output=True, text=True)
        check("--help", "" if code.returncode == 0 and "usage: ./quickstart" in code.stdout else code.stderr)
        code = subprocess.run([f"{checkout}/quickstart", "--nosuch"], capture_output=True, text=True)
        check("an unknown argument", "" if code.returncode == 2 else code.stdout)
    finally:
        shutil.rmtree(above)
    print(f"quickstart took {seconds:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
