# SPDX-License-Identifier: BSD-3-Clause
"""What went wrong: one class for each kind of error of libpps, each also a built-in exception where there is one that means the same.

>>> issubclass(NotFoundError, LookupError), issubclass(TimeLimitError, TimeoutError), issubclass(AccessError, PermissionError)
(True, True, True)
"""
from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from . import _pps

__all__ = [
    "AccessError", "ArgumentError", "CancelledError", "ConfigError", "ConflictError", "Error", "ExistsError", "FormatError", "HeldError",
    "InternalError", "LockedError", "NoSpaceError", "NotFoundError", "OutOfMemoryError", "StorageError", "TimeLimitError", "UnavailableError",
    "UnsupportedError", "exit_on_error",
]


class Error(Exception):
    """Any error of libpps; of this very class where the operation failed and no other kind fits.

    The message tells the whole story, outermost operation first. Where the system or a database stands behind it, `errno` or `sqlstate`
    say so, and `__cause__` is the OSError.
    """

    code: int = _pps.PPS_E_FAILED
    """The PPS_E_* code."""
    message: str
    retriable: bool
    """Whether the same call may succeed later without any change."""
    errno: int | None
    """The system's errno behind it."""
    sqlstate: str
    """Five characters of SQLSTATE, or ""."""
    file: str | None
    """The input file at fault."""
    line: int
    """Its line from 1, or 0."""
    column: int
    """Its column in characters from 1, or 0."""

    def __init__(self, message: str = "", *, code: int | None = None, retriable: bool = False, errno: int | None = None, sqlstate: str = "",
                 file: str | None = None, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.retriable = retriable
        self.errno = errno or None
        self.sqlstate = sqlstate
        self.file = file
        self.line = line
        self.column = column
        if errno:
            self.__cause__ = OSError(errno, os.strerror(errno))

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.message, {**self.__dict__, "errno": self.errno})

    @property
    def name(self) -> str:
        """Name of the code, such as "PPS_E_CONFIG"."""
        return str(_pps.pps_error_code_name(self.code))

    @property
    def exit_code(self) -> int:
        """What a program that ends with it exits with: 2 for a wrong call, 3 for the configuration, 4 for "try again later", else 1, 70 or 130."""
        return int(_pps.pps_exit_code(self.code))


def _restore(kind: type[Error], message: str, fields: dict[str, object]) -> Error:
    error = kind(message)
    for name, value in fields.items():
        setattr(error, name, value)
    if error.errno:
        error.__cause__ = OSError(error.errno, os.strerror(error.errno))
    return error


class ArgumentError(Error, ValueError):
    """The call itself is wrong."""
    code = _pps.PPS_E_ARG


class OutOfMemoryError(Error, MemoryError):
    """Memory ran out."""
    code = _pps.PPS_E_NOMEM


class ConfigError(Error, ValueError):
    """Mend the configuration: `file`, `line` and `column` say where."""
    code = _pps.PPS_E_CONFIG
    errors: tuple[Error, ...] = ()
    """All errors of the configuration in the order of the file, where it was being loaded."""


class NotFoundError(Error, LookupError):
    """What was named does not exist."""
    code = _pps.PPS_E_NOTFOUND


class ExistsError(Error, FileExistsError):
    """The destination is there already; nothing was overwritten."""
    code = _pps.PPS_E_EXISTS


class ConflictError(Error):
    """What is there differs from what should be: a person must look."""
    code = _pps.PPS_E_CONFLICT


class FormatError(Error, ValueError):
    """Input that cannot be read as what it should be."""
    code = _pps.PPS_E_FORMAT


class UnsupportedError(Error, NotImplementedError):
    """A version, schema or kind that this library does not know."""
    code = _pps.PPS_E_UNSUPPORTED


class StorageError(Error, OSError):
    """Reading or writing failed."""
    code = _pps.PPS_E_IO


class NoSpaceError(Error, OSError):
    """The disk, or a quota, is full."""
    code = _pps.PPS_E_NOSPACE


class AccessError(Error, PermissionError):
    """Not permitted: file modes, passwords, read-only places."""
    code = _pps.PPS_E_ACCESS


class UnavailableError(Error, ConnectionError):
    """A service is down or busy: try again later."""
    code = _pps.PPS_E_UNAVAILABLE


class LockedError(Error):
    """Another process holds the lock: try again later."""
    code = _pps.PPS_E_LOCKED


class TimeLimitError(Error, TimeoutError):
    """The time limit ran out: try again later."""
    code = _pps.PPS_E_TIMEOUT


class CancelledError(Error):
    """`Context.cancel` was called; nothing is lost."""
    code = _pps.PPS_E_CANCELLED


class HeldError(Error):
    """A rule forbids it now: embargo, hold, clocks that disagree."""
    code = _pps.PPS_E_HELD


class InternalError(Error, RuntimeError):
    """A defect in libpps: please report it."""
    code = _pps.PPS_E_INTERNAL


@contextlib.contextmanager
def exit_on_error() -> Iterator[None]:
    """Ends the program as `pps` ends where an error of libpps, or Ctrl-C, leaves the block: a line on stderr, and its exit code.

    >>> with exit_on_error():
    ...     raise LockedError("another run has the lock")
    Traceback (most recent call last):
    SystemExit: 4
    """
    try:
        yield
    except Error as error:
        lines = getattr(error, "errors", ()) or (error,)
        print(*(line.message for line in lines), sep="\n", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted; nothing is lost, run it again", file=sys.stderr)
        sys.exit(int(_pps.pps_exit_code(_pps.PPS_E_CANCELLED)))


_KINDS: dict[int, type[Error]] = {
    kind.code: kind for kind in (
        ArgumentError, OutOfMemoryError, ConfigError, NotFoundError, ExistsError, ConflictError, FormatError, UnsupportedError, StorageError,
        NoSpaceError, AccessError, UnavailableError, LockedError, TimeLimitError, CancelledError, HeldError, InternalError)
}


def _from_library(code: int, message: str, retriable: int, errno: int, sqlstate: str, file: str | None, line: int, column: int) -> Error:
    return _KINDS.get(code, Error)(message, code=code, retriable=bool(retriable), errno=errno, sqlstate=sqlstate, file=file, line=line, column=column)


_pps.set_error_factory(_from_library)
