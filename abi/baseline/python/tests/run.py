# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tests of the installed package, and the examples in its docstrings. usage: run.py [NAME...]"""
import doctest
import importlib
import os
import pkgutil
import sys
import unittest

import pps

HERE = os.path.dirname(os.path.abspath(__file__))


def suite(names):
    if names:
        return unittest.defaultTestLoader.loadTestsFromNames(names)
    found = unittest.defaultTestLoader.discover(HERE)
    for module in pkgutil.iter_modules(pps.__path__):
        if module.name != "_pps":
            try:
                found.addTests(doctest.DocTestSuite(importlib.import_module(f"pps.{module.name}")))
            except ValueError:
                pass  # a module without examples
    return found


def main():
    result = unittest.TextTestRunner(sys.stdout, verbosity=1).run(suite(sys.argv[1:]))
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - failed if failed <= result.testsRun else 0} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
