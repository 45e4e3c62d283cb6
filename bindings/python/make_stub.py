# SPDX-License-Identifier: BSD-3-Clause
"""Writes the type stub of _pps from the public headers. usage: make_stub.py STUB HEADER..."""
import keyword
import re
import sys

TEXT, HANDLE = "str | None", "Any"
NUMBERS = {"int": "int", "int32_t": "int", "int64_t": "int", "uint32_t": "int", "uint64_t": "int", "size_t": "int", "double": "float"}
PAIRS = (  # two parameters in C, one in Python
    (re.compile(r"const char \*const \*(\w+), size_t n\b"), "list[str] | None"),
    (re.compile(r"const void \*(\w+), size_t size\b"), "bytes | bytearray | memoryview"),
    (re.compile(r"(?<!const )void \*(\w+), size_t size\b"), "bytearray | memoryview"),
    (re.compile(r"pps_publish_\w+_fn (fn), void \*user\b"), "Callable[[str], object]"),
    (re.compile(r"pps_butler_transfer_fn (fn), void \*user\b"), "Callable[[str, str | None, int, str | None], object]"),
)
# What the interface file does in another way, with what it has instead.
OTHERS = """
def set_error_factory(factory: Callable[..., BaseException], /) -> None: ...
def conf_load(ctx: Any, path: str | None, /) -> Any: ...
def conf_parse(ctx: Any, text: str | None, name: str | None, /) -> Any: ...
def ctx_listen(ctx: Any, level: int, /) -> Any: ...
def stream_value(stream: Any, /) -> bytes | None: ...
def table_array(table: Any, /) -> Any: ...
def table_buffer(capsule: Any, column: int, n: int, /) -> Any: ...
def table_columns(table: Any, /) -> tuple[int, list[tuple[str, str, bool]]]: ...
def table_schema(table: Any, /) -> Any: ...
def table_stream(table: Any, /) -> Any: ...
def take_events(capsule: Any, /) -> tuple[list[Any], int]: ...
"""
INSTEAD = re.compile(r"pps_free|pps_\w+_(ref|unref|free|close)|pps_error_(?!code_name)\w+|pps_ctx_set_(log|progress)|pps_conf_(load|parse)|pps_stream_value|pps_table_\w+")


def parameters(text):
    """Python's parameters, and how many outputs there are."""
    text = re.sub(r"void \*\*ret_bytes, size_t \*ret_size", "char **ret_bytes", text)
    found, outputs = [], 0
    for pattern, kind in PAIRS:
        text = pattern.sub(lambda m: f"@{kind}@ {m.group(1)}", text)
    for parameter in re.split(r",\s*(?![^@\[]*\][^@]*@)", text) if text != "void" else []:
        pair = re.fullmatch(r"@(.*)@ (\w+)", parameter)
        if pair:
            found.append((pair.group(2), pair.group(1)))
            continue
        kind, stars, name = re.fullmatch(r"(?:const )?(\w+) (\**)(\w+)", parameter).groups()
        if kind == "pps_error" or stars == "**" or (stars and kind in NUMBERS):
            outputs += kind != "pps_error"
        else:
            found.append((name, NUMBERS[kind] if not stars else TEXT if kind == "char" else HANDLE))
    return ", ".join(f"{name}{'_' * keyword.iskeyword(name)}: {kind}" for name, kind in found), outputs


def function(result, name, text):
    arguments, outputs = parameters(text)
    if outputs or "*" in result:
        returned = "Any"
    elif "pps_error **err" in text:
        returned = "int | None"
    else:
        returned = NUMBERS.get(result, "None")
    return f"def {name}({arguments}{', /' if arguments else ''}) -> {returned}: ...\n"


def main():
    lines = []
    for path in sys.argv[2:]:
        with open(path) as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        for name in re.findall(r"^#define (PPS_VERSION\w*) ", text, re.M):
            lines.append(f"{name}: {'str' if name == 'PPS_VERSION' else 'int'}\n")
        for body in re.findall(r"enum\s*\{(.*?)\}", text, re.S):
            lines += [f"{name}: int\n" for name in re.findall(r"\b(PPS_\w+)\s*=", body)]
        for result, name, arguments in re.findall(r"^PPS_API (?:PPS_MUST_USE )?((?:const )?\w+ \**)(pps_\w+)\((.*?)\);", re.sub(r"\s*\n\s*(?=[^P\n])", " ", text), re.M):
            if not INSTEAD.fullmatch(name):
                lines.append(function(result.strip(), name, arguments))
    with open(sys.argv[1], "w") as f:
        f.write("# The functions and constants of the C headers; what they take and return is said there.\nfrom collections.abc import Callable\n"
                "from typing import Any\n\n" + "".join(lines) + OTHERS)


if __name__ == "__main__":
    main()
