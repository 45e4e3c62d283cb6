# SPDX-License-Identifier: BSD-3-Clause
"""Has `pip install ./bindings/python` do what `pip install .` does at the top of the checkout: meson needs the whole tree."""
import os

os.chdir(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mesonpy import *  # noqa: E402, F403  the hooks of PEP 517
