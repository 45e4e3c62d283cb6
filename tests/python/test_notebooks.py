# SPDX-License-Identifier: BSD-3-Clause
"""The notebooks of examples/notebooks, executed as a reader does, in their own world and with a reader's configuration: what they say is right."""
import ast
import json
import os
import re
import subprocess
import sys
import unittest

import place
import pps

FOLDER = place.TOP / "examples/notebooks"
WHY, FOLLOW = "why-is-my-visit-not-out-yet", "follow-what-is-new"
EXECUTE = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
wide = "import pandas; pandas.set_option('display.width', 1000, 'display.max_columns', 100, 'display.max_colwidth', 200)"
notebook.cells.insert(0, nbformat.v4.new_code_cell(wide))
try:
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": sys.argv[2]}}).execute()
finally:
    nbformat.write(notebook, sys.argv[3])
"""


class Notebooks(place.Case):
    def execute(self, name, **environment):
        """By the id of each cell what it showed."""
        env = {k: v for k, v in os.environ.items() if k not in ("PPS_CONFIG", "PPS_FEED")}
        env |= {"HOME": str(self.folder), "TMPDIR": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", **environment}
        done = subprocess.run([sys.executable, "-c", EXECUTE, FOLDER / f"{name}.ipynb", FOLDER, self.folder / "out.ipynb"], env=env, cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        shown = {}
        for cell in json.loads((self.folder / "out.ipynb").read_text())["cells"]:
            outputs = cell.get("outputs", [])
            self.assertFalse([o for o in outputs if o.get("name") == "stderr"], f"{name}: {cell['id']}")
            texts = [o["text"] if o["output_type"] == "stream" else o["data"]["text/plain"] for o in outputs]
            shown[cell["id"]] = "".join("".join(t) for t in texts)
        return shown

    def rows(self, text):
        """The lines of a table below its head, in words."""
        return [line.split() for line in text.splitlines() if re.match(r"\d+ ", line)]

    def test_as_they_are_kept(self):
        """Without outputs, so that a change is a change of what they say; short cells; in the Python of the package."""
        self.assertEqual({p.stem for p in FOLDER.glob("*.ipynb")}, {WHY, FOLLOW})
        for path in FOLDER.glob("*.ipynb"):
            cells = json.loads(path.read_text())["cells"]
            self.assertEqual(len({c["id"] for c in cells}), len(cells))
            for cell in cells:
                source = "".join(cell["source"])
                if cell["cell_type"] == "code":
                    self.assertEqual((cell["outputs"], cell["execution_count"], cell["metadata"]), ([], None, {}), f"{path.name}: {cell['id']}")
                    self.assertLessEqual(source.count("\n"), 24, f"{path.name}: {cell['id']}")
                    ast.parse(source)
                self.assertTrue(source.strip())

    def test_why(self):
        shown = self.execute(WHY)
        self.assertIn("MC_O_20251202_000001 is waiting: ", shown["exposure"])
        self.assertIn("due 2025-12-06T09:29:54 UTC", shown["exposure"])
        night = self.rows(shown["night"])
        states = ("waiting", "waiting", "waiting", "todo", "held")
        self.assertEqual([row[1:3] for row in night], [[f"MC_O_20251202_{n:06d}", s] for n, s in enumerate(states, 1)])
        self.assertIn("end is not known", shown["night"])
        self.assertEqual([row[1] for row in self.rows(shown["datasets"])], ["dia_source_apdb"] * 2 + ["difference_image"] * 2 + ["isr_log"] * 2)
        for row in self.rows(shown["datasets"]):
            self.assertEqual(row[3:], ["present"] * 5 if row[1] == "dia_source_apdb" else ["present", *["never"] * 4], row)
        self.assertRegex(shown["next"], r"difference_image\s+copy\s+prompt_prep\s+2 2025-12-06 09:29:54\.354363958\+00:00")
        self.assertRegex(shown["explain"], r"^difference_image \S+ of run LSSTCam/prompt/output-2025-12-02, .*from prompt_processing\n")
        self.assertRegex(shown["explain"], r"(?m)^copied to prompt_prep: from 2025-12-06 09:29:54 UTC$")
        self.assertRegex(shown["explain"], r"(?m)^published in google_prod: when prompt_prep has it$")
        self.assertEqual(shown["plan"].splitlines()[0], "difference_image: embargo 80 h, public, 30 days")
        self.assertRegex(shown["plan"], r"prompt_prep +copy +2025-12-06T09:30:31\.354 ")
        self.assertRegex(shown["hold"], r"(?m)^copied to prompt_prep: held by an operator$")
        self.assertIn("a satellite trail to look at first", shown["hold"])
        due = {tuple(row[1:3]): int(row[3]) for row in self.rows(shown["wait"])}
        self.assertEqual(due[("copy", "prompt_prep")], 16)
        self.assertEqual(shown["policy"].count("'copy': 6"), 2)
        later = self.rows(shown["later"])
        self.assertEqual([row[3:5] for row in later], [["present"] * 2] * 4 + [["never"] * 2] * 2)
        self.assertEqual([row[5:7] for row in later if row[1] == "difference_image"], [["3", "days"]] * 2)

    def test_follow(self):
        shown = self.execute(FOLLOW)
        latest = ast.literal_eval(shown["latest"])
        self.assertGreater(latest["seq"], 0)
        line = json.loads(shown["page"])
        self.assertEqual((line["seq"], set(line) >= {"event", "repository", "at", "id", "type", "run", "data_id"}), (latest["pages"][0]["first"], True))
        self.assertRegex(shown["news"], r"published\s+google_int\s+dia_source_apdb\s+6\n\s*google_prod\s+dia_source_apdb\s+6\n")
        self.assertNotIn("difference_image", shown["news"])
        self.assertRegex(shown["remember"], r"^19 lines at first, 0 when asked again$")
        self.assertRegex(shown["later"], r"published\s+google_int\s+difference_image\s+6\n\s*google_prod\s+difference_image\s+6\n")
        self.assertNotIn("dia_source_apdb", shown["later"])
        published = self.rows(shown["published"])
        self.assertEqual(len(published), 6)
        self.assertEqual({(row[2], row[3]) for row in published}, {("difference_image", row[3]) for row in published})
        visit = re.search(r"'visit': (\d+)", shown["open"])[1]
        self.assertIn(f'"exposure": {visit}', shown["open"])
        self.assertIn('"type": "difference_image"', shown["open"])
        self.assertRegex(shown["expired"], r"expired\s+google_int\s+difference_image\s+6\n\s*google_prod\s+difference_image\s+6\n")
        self.assertRegex(shown["expired"], r"\ndifference_image \{.*\} None$")
        self.assertEqual(len(shown["atom"].splitlines()), 3)
        self.assertIn("expired", shown["atom"])
        genuine = [line for line in shown["hook"].splitlines() if line.startswith("genuine: ")]
        self.assertEqual(shown["hook"].splitlines()[1::2], ["with a byte changed: False"] * len(genuine))
        self.assertIn("published in google_prod: 6", genuine[0])
        self.assertIn("expired in google_prod: 6", genuine[-1])

    def old_feed(self):
        """Of three hours, long ago, the way to the first of which leads over the others."""
        feed = self.folder / "old feed"
        previous = None
        for name, pages in (("2025-12-02T21", [(1, 2), (3, 3)]), ("2025-12-02T23", [(4, 7)]), ("2025-12-03T04", [(8, 8), (9, 9)])):
            (feed / name).mkdir(parents=True)
            index = {"schema_version": 1, "hour": name, "pages": [], "previous": previous}
            for first, last in pages:
                lines = [{"seq": n, "event": "published", "repository": "far", "at": f"{name}:59:23.000Z", "id": f"{n:032}", "type": "x", "run": "r",
                          "data_id": {}} for n in range(first, last + 1)]
                (feed / f"{name}/{first}.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
                index["pages"].append({"path": f"{name}/{first}.ndjson", "first": first, "last": last})
            (feed / name / "index.json").write_text(json.dumps(index))
            previous = f"{name}/index.json"
        (feed / "latest.json").write_text(json.dumps({**index, "seq": 9}))
        (feed / "atom.xml").write_text('<feed xmlns="http://www.w3.org/2005/Atom"/>')
        return feed.as_uri()

    def test_with_a_configuration_of_the_readers(self):
        """A site's, whose flows run by themselves and which the notebooks do not change."""
        root = self.world() / "products"
        text = (root / "pps.yaml").read_text().replace("state.db", "own.db")
        text = text.replace("policies:", "  embargo_raw: {butler: ../embargo}\n  main: {butler: ../main}\npolicies:")
        text += ("notify: {feed: feed}\nraw: {source: embargo_raw, destinations: [main], dest_root: ../offline, queries: ../config_raw.yaml,"
                 " skymap: lsst_cells_v1}\n")
        (root / "own.yaml").write_text(text)
        with pps.Conf(root / "own.yaml") as conf:
            pps.State.init(conf)
            pps.Raw(conf, exposures=["MC_O_20251202_000001"]).run()
            pps.Publish(conf).run()
            head = pps.State(conf).ledger_head()
            why = self.execute(WHY, PPS_CONFIG=str(root / "own.yaml"))
            follow = self.execute(FOLLOW, PPS_CONFIG=str(root / "own.yaml"))
            later = self.execute(FOLLOW, PPS_CONFIG=str(root / "own.yaml"), PPS_FEED=self.old_feed())
            self.assertEqual(pps.State(conf).ledger_head(), head)
        self.assertIn("MC_O_20251202_000001 is done: everything is where it should be", why["exposure"])
        self.assertEqual((why["hold"], why["policy"], follow["hook"]), ("", "", ""))
        self.assertEqual(len(self.rows(why["datasets"])), 6)
        self.assertRegex(follow["news"], r"published\s+google_int\s+dia_source_apdb\s+6\n")
        self.assertEqual(follow["later"].split("\n")[0], "Series([], Name: id, dtype: int64)")
        self.assertEqual((later["remember"], later["expired"]), ("9 lines at first, 0 when asked again\n", "nothing went\n"))
        self.assertRegex(later["news"], r"published +far +[a-z]+ +9\n")


if __name__ == "__main__":
    unittest.main()
