# SPDX-License-Identifier: BSD-3-Clause
"""Help, usage, suggestions, completion, man page, streams and exit codes of the command line as a whole."""
import os
import pty
import re
import select
import shutil
import subprocess

import harness

COMMANDS = ["init", "import", "register", "intake retry", "run", "worker", "status", "datasets", "explain", "hold", "unhold", "pin", "unpin", "expire", "retry", "reverify", "notify status", "notify retry", "adopt", "audit", "raw run", "raw status", "raw check", "raw repair", "raw prune", "raw accept", "zip create", "zip list", "zip extract", "zip verify",
            "dimensions export", "dimensions import", "butler info", "butler query", "butler collections", "butler ingest-zip", "butler verify", "butler transfer",
            "repository prepare", "rucio whoami", "rucio register", "rucio list", "rucio check", "config accept", "config check", "config show"]


class Commands(harness.Case):
    def test_help_lists_every_command(self):
        out = self.pps(None, "--help").stdout
        for command in COMMANDS:
            self.assertRegex(out, rf"(?m)^  {command}  ")

    def test_help_of_every_command(self):
        for command in COMMANDS:
            out = self.pps(None, *command.split(), "--help").stdout
            self.assertIn(f"Usage: pps {command}", out)
            self.assertIn("Options of every command:", out)
            self.assertEqual(out, self.pps(None, *command.split(), "-h").stdout)

    def test_help_and_table_agree(self):
        """A command that is added has to be added here, so that it is tested."""
        listed = re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  ", self.pps(None, "--help").stdout.split("Options")[0])
        self.assertEqual(sorted(listed), sorted(COMMANDS))

    def test_version(self):
        self.assertEqual(self.pps(None, "--version").stdout, "pps 0.1.0\n")
        self.assertEqual(self.pps(None, "-V").stdout, "pps 0.1.0\n")

    def test_nothing_is_a_usage_error(self):
        done = self.pps(None, code=2)
        self.assertEqual(done.stdout, "")
        self.assertIn("Usage: pps", done.stderr)

    def test_unknown_commands(self):
        for words, near in ((["raw", "rum"], "raw run"), (["raw", "chek"], "raw check"), (["zip", "lst"], "zip list"), (["int"], "init")):
            done = self.pps(None, *words, code=2)
            self.assertIn(f'did you mean "{near}"?', done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertIn('unknown command "nosuchthing"', self.pps(None, "nosuchthing", code=2).stderr)

    def test_unknown_options(self):
        done = self.pps(None, "raw", "run", "--nosuch", code=2)
        self.assertIn("unknown option --nosuch", done.stderr)
        self.assertIn("Try: pps raw run --help", done.stderr)
        self.assertIn("needs a value", self.pps(None, "raw", "run", "--window", code=2).stderr)
        self.assertIn("usage: pps zip create", self.pps(None, "zip", "create", "only-one", code=2).stderr)
        self.assertIn("usage: pps zip list", self.pps(None, "zip", "list", "one", "two", code=2).stderr)
        for option, value in (("--wait", "x"), ("--wait", "-2"), ("--memory", "lots"), ("--memory", "1M"), ("--threads", "0"),
                              ("--threads", "257")):
            self.assertIn(value if option != "--memory" else "mem", self.pps(None, option, value, "config", "check", code=2).stderr)

    def test_wrong_values(self):
        world = self.world()
        for arguments, said in ((("--window", "soon"), "window"), (("--now", "yesterday"), "now"), (("--now", "2026-02-30"), "no such day"),
                                (("--day-obs", "2025"), "20251202"), (("--now-scale", "gps"), "utc or tai"), (("--exposure", ""), "obs id")):
            self.unchanged(world, "raw", "run", *arguments, code=2, says=said)

    def test_completion(self):
        def candidates(*words):
            return self.pps(None, "__complete", *words).stdout.split()
        self.assertEqual(sorted(candidates("")), sorted({command.split()[0] for command in COMMANDS}))
        self.assertEqual(candidates("zi"), ["zip"])
        self.assertEqual(candidates("raw", ""), ["run", "status", "check", "repair", "prune", "accept"])
        self.assertEqual(candidates("raw", "r"), ["run", "repair"])
        self.assertIn("--window", candidates("raw", "run", "--w"))
        self.assertIn("--wait", candidates("raw", "run", "--w"))
        self.assertNotIn("--window", candidates("raw", "status", "--w"))

    def test_completion_in_bash(self):
        folder = os.path.dirname(harness.PPS)
        script = f"""source {harness.TOP}/tools/completion/pps.bash
            PATH="{folder}:$PATH"
            COMP_WORDS=(pps raw r) COMP_CWORD=2; _pps; printf '%s\\n' "${{COMPREPLY[@]}}"
            complete -p pps"""
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.split()[:2], ["run", "repair"])
        self.assertIn("-F _pps", done.stdout)

    def test_man_page(self):
        source = self.pps(None, "__man").stdout
        self.assertIn(".TH PPS 1", source)
        if not shutil.which("man"):
            self.fail("man is not installed: tests/setup.sh test")
        page = f"{self.world(init=False).root}/pps.1"
        with open(page, "w") as f:
            f.write(source)
        done = subprocess.run(["man", "-l", "--warnings=w", page], capture_output=True, text=True,
                              env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("warning", done.stderr)
        for command in COMMANDS:
            self.assertIn(f"pps {command}", done.stdout)
        for code in ("130", "70", "interrupted"):
            self.assertIn(code, done.stdout)

    def test_quiet_and_verbose(self):
        world = self.world()
        self.assertEqual(self.pps(world, "-q", "raw", "run").stderr, "")
        other = self.world()
        normal = self.pps(other, "raw", "run").stderr
        third = self.world()
        self.assertGreaterEqual(len(self.pps(third, "-v", "-v", "raw", "run").stderr), len(normal))
        self.assertIn("pps: ", self.pps(world, "-q", "raw", "run", "--window", "x", code=2).stderr)

    def test_configuration_is_found(self):
        world = self.world()
        self.assertIn("no configuration", self.pps(None, "raw", "status", code=3).stderr)
        self.pps(None, "raw", "status", cwd=world.root)
        self.pps(None, "raw", "status", env={"PPS_CONFIG": world.config})
        self.assertIn("nosuch.yaml", self.pps(None, "-c", "nosuch.yaml", "raw", "status", code=3).stderr)
        self.pps(None, "raw", "status", "-c", world.config)
        self.pps(None, "raw", f"--config={world.config}", "status")

    def test_full_device(self):
        world = self.world()
        self.pps(world, "raw", "run")
        for arguments in (("raw", "status"), ("--json", "raw", "status"), ("zip", "list", world.zip(harness.MOVED[0])), ("config", "show"),
                          ("butler", "info", world.path("main"))):
            with open("/dev/full", "w") as full:
                done = self.pps(world, *arguments, code=1, stdout=full)
            self.assertIn("No space left", done.stderr)

    def test_closed_pipe(self):
        world = self.world()
        self.pps(world, "raw", "run")
        read, write = os.pipe()
        os.close(read)
        done = self.run_pps("-c", world.config, "--json", "raw", "status", stdout=write)
        os.close(write)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertIn(done.returncode, (0, 1))
        self.assertNotIn("terminate", done.stderr)

    def terminal(self, *arguments):
        """What it writes on standard error when that is a terminal, and its exit code."""
        master, slave = pty.openpty()
        child = subprocess.Popen([*harness.COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=slave, stdin=subprocess.DEVNULL)
        os.close(slave)
        text = b""
        while True:
            if not select.select([master], [], [], 300)[0]:
                child.kill()
                self.fail("no end")
            try:
                piece = os.read(master, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            text += piece
        os.close(master)
        return text.decode(), child.wait()

    def test_progress_only_on_a_terminal(self):
        world = self.world()
        self.assertNotIn("[#", self.pps(world, "raw", "run").stderr)
        other = self.world()
        text, code = self.terminal("-c", other.config, "raw", "run")
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r"\[#* *\] \d+/\d+ ")
        self.assertTrue(text.endswith("\r\x1b[K") or "\x1b[K" in text.split("]")[-1], repr(text[-80:]))
        text, code = self.terminal("-q", "-c", self.world().config, "raw", "run")
        self.assertEqual((text, code), ("", 0))


if __name__ == "__main__":
    harness.main()
