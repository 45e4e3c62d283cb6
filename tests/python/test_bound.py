# SPDX-License-Identifier: BSD-3-Clause
"""Whatever the public headers offer is in the package, or the reason why not is here."""
import ast
import pathlib
import re
import unittest

import pps
from pps import _pps, errors

TOP = pathlib.Path(__file__).resolve().parents[2]
REASONS = {
    **{f"pps_{noun}_ref": "a capsule is one reference, and Python counts those to it"
       for noun in ("conf", "store", "butler", "rucio", "stream", "state")},
    "PPS_OK": "no error: no exception",
    "PPS_E_FAILED": "pps.Error itself",
}


def text(path):
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)


def public():
    names = set()
    for path in (TOP / "include/pps").glob("*.h"):
        found = text(path)
        names |= set(re.findall(r"^PPS_API[^;]*?\b(pps_\w+)\(", found, re.M))
        for body in re.findall(r"enum\s*\{(.*?)\}", found, re.S):
            names |= set(re.findall(r"\b(PPS_\w+)\b", body))
    return names


def used():
    """What the package asks of _pps, and what the interface file calls."""
    names = set()
    for path in pathlib.Path(pps.__file__).parent.glob("*.py"):
        names |= {n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)
                  and isinstance(n.value, ast.Name) and n.value.id == "_pps"}
    interface = re.sub(r"^%ignore .*$", "", text(TOP / "bindings/python/pps.i"), flags=re.M)
    return names | set(re.findall(r"\b(pps_\w+|PPS_\w+)\b", interface))


class Bound(unittest.TestCase):
    def test_everything_public_is_bound(self):
        missing = public() - used() - set(REASONS)
        self.assertFalse(missing, "public, but not in the Python package: bind it, or give the reason in tests/python/test_bound.py")

    def test_reasons_are_needed(self):
        self.assertFalse(set(REASONS) - public(), "a reason for what is not there")
        names = used() - {"PPS_E_FAILED", "PPS_OK"}
        self.assertFalse({n for n in REASONS if n in names}, "a reason for what is bound")

    def test_nothing_asked_for_is_gone(self):
        asked = {n for n in used() if re.match(r"pps_|PPS_", n) and hasattr(_pps, n)}
        self.assertFalse(asked - public() - {n for n in asked if n.startswith("PPS_VERSION")})
        for path in pathlib.Path(pps.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "_pps":
                    self.assertTrue(hasattr(_pps, node.attr), f"{path.name}: _pps.{node.attr}")

    def test_what_the_documentation_names_is_there(self):
        for path in (TOP / "README.md", *(TOP / "docs").rglob("*.md"), *(TOP / "bindings/python").glob("*.md")):
            for name, attribute in re.findall(r"\bpps\.([A-Z]\w*)(?:\.([a-z_]\w*))?", path.read_text()):
                found = getattr(pps, name, None)
                self.assertIsNotNone(found, f"{path.name}: pps.{name}")
                if attribute:
                    self.assertTrue(hasattr(found, attribute) or attribute in getattr(found, "__annotations__", ()), f"{path.name}: pps.{name}.{attribute}")

    def test_each_code_has_its_exception(self):
        codes = {getattr(_pps, n) for n in public() if re.match(r"PPS_E_", n)} - {_pps.PPS_E_FAILED}
        self.assertEqual(codes, set(errors._KINDS))
        for code, kind in errors._KINDS.items():
            self.assertEqual(getattr(pps, kind.__name__), kind)
            self.assertEqual(kind("x").name, _pps.pps_error_code_name(code))

    def test_all_is_exported_and_documented(self):
        for name in pps.__all__:
            found = getattr(pps, name)
            if isinstance(found, type):
                self.assertTrue(found.__doc__, name)
                for method, value in vars(found).items():
                    if not method.startswith("_") and (callable(value) or isinstance(value, (property, staticmethod, classmethod))):
                        if not issubclass(found, (int, tuple)):
                            self.assertTrue(value.__doc__, f"{name}.{method}")
