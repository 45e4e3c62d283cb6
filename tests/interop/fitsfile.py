# SPDX-License-Identifier: BSD-3-Clause
"""Tiny but valid FITS files, written block by block: a primary header, then one small integer image."""

import struct

BLOCK = 2880


def card(key, value=None, comment=""):
    """One 80-column card; a string longer than fits goes on with CONTINUE cards."""
    if value is None:
        return [f"{key:<8}".ljust(80)]
    if isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, (int, float)):
        text = f"{value!r:>20}".replace("e", "E")
    else:
        return long_string(key, value.replace("'", "''"))
    return [f"{key:<8}= {text}{' / ' + comment if comment else ''}"[:80].ljust(80)]


def long_string(key, text):
    if len(text) <= 68:
        quoted = f"'{text:<8}'"
        return [f"{key:<8}= {quoted}".ljust(80)]
    cards, head = [], f"{key:<8}= "
    while text:
        cut = 67 if len(text) > 67 else len(text)
        if text[:cut].endswith("'") and (len(text[:cut]) - len(text[:cut].rstrip("'"))) % 2:
            cut -= 1
        more = len(text) > cut
        cards.append(f"{head}'{text[:cut]}{'&' if more else ''}'".ljust(80))
        text, head = text[cut:], "CONTINUE  "
    return cards


def header(cards):
    flat = [c for group in cards for c in group] + ["END".ljust(80)]
    text = "".join(flat).encode("ascii")
    return text + b" " * (-len(text) % BLOCK)


def image(values, width):
    data = struct.pack(f">{len(values)}h", *values)
    cards = [
        card("XTENSION", "IMAGE"),
        card("BITPIX", 16),
        card("NAXIS", 2),
        card("NAXIS1", width),
        card("NAXIS2", len(values) // width),
        card("PCOUNT", 0),
        card("GCOUNT", 1),
        card("EXTNAME", "Segment10"),
    ]
    return header(cards) + data + b"\0" * (-len(data) % BLOCK)


def raw_file(keys, pixels, width=8):
    """The bytes of a raw image: `keys` in its primary header, `pixels` (16-bit) in the extension."""
    primary = [card("SIMPLE", True), card("BITPIX", 8), card("NAXIS", 0), card("EXTEND", True)]
    primary += [card(key, value) for key, value in keys]
    return header(primary) + image(pixels, width)
