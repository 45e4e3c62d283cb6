# SPDX-License-Identifier: BSD-3-Clause
"""Zip archives of exposures, and of any folder."""
from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from . import _pps, context as _context, handle

__all__ = ["Zip", "ZipMember", "ZipProblem", "ZipReport"]


class ZipMember(NamedTuple):
    """A file in an archive."""
    name: str
    size: int
    """Bytes, unpacked."""
    packed_size: int
    """Bytes in the archive."""
    crc32: int
    stored: bool
    """Whether it is not compressed."""
    mtime: datetime.datetime
    """When it was changed last, as the archive says; UTC."""


class ZipProblem(NamedTuple):
    """Something wrong with an archive."""
    member: str
    """Name of the member, "" for the archive itself."""
    text: str


class ZipReport(NamedTuple):
    """What an archive is, and what is wrong with it."""
    members: int
    size: int
    """Bytes of the archive."""
    md5: str
    """32 hexadecimal digits."""
    adler32: str
    """8 hexadecimal digits."""
    problems: tuple[ZipProblem, ...]
    """Empty: it is sound."""


def _report(report: Any) -> ZipReport:
    problems = tuple(ZipProblem(_pps.pps_zip_report_member(report, n), _pps.pps_zip_report_problem(report, n))
                     for n in range(_pps.pps_zip_report_problems(report)))
    return ZipReport(_pps.pps_zip_report_members(report), _pps.pps_zip_report_size(report), _pps.pps_zip_report_md5(report),
                     _pps.pps_zip_report_adler32(report), problems)


class Zip(handle.Handle):
    """An archive that is open for reading. Its directory is read and checked: FormatError when it is no zip, is cut short, or contradicts itself.

    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "in").mkdir(), (folder / "in" / "a.txt").write_text("hello")
    >>> Zip.create(folder / "a.zip", folder / "in").members
    1
    >>> with Zip(folder / "a.zip") as archive:
    ...     archive.names(), archive.read("a.txt"), archive.verify().problems
    (['a.txt'], b'hello', ())
    """

    __slots__ = ()

    def __init__(self, path: handle.PathLike, *, context: _context.Context | None = None) -> None:
        self._make(context, _pps.pps_zip_open, handle.path(path))

    @staticmethod
    def create(path: handle.PathLike, folder: handle.PathLike, *, context: _context.Context | None = None) -> ZipReport:
        """Pack all files below a folder, named relative to it, sorted. The archive appears whole, and nothing is overwritten: ExistsError."""
        use = _context.of(context)
        return _report(use._run(_pps.pps_zip_create, use._handle(), handle.path(path), handle.path(folder)))

    def __len__(self) -> int:
        return int(self._ask(_pps.pps_zip_count))

    def __iter__(self) -> Iterator[ZipMember]:
        return (self._member(n) for n in range(len(self)))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._has(name)

    def _has(self, name: str) -> bool:
        try:
            self._find(name)
        except LookupError:
            return False
        return True

    def _find(self, name: str) -> int:
        return int(self._ask(_pps.pps_zip_find, handle.text(name, "name")))

    def _member(self, n: int) -> ZipMember:
        return ZipMember(self._ask(_pps.pps_zip_name, n), self._ask(_pps.pps_zip_size, n), self._ask(_pps.pps_zip_packed_size, n),
                         self._ask(_pps.pps_zip_crc32, n), bool(self._ask(_pps.pps_zip_is_stored, n)),
                         handle.utc(self._ask(_pps.pps_zip_mtime, n)))

    def names(self) -> list[str]:
        """Names of all members, in their order in the archive."""
        return [self._ask(_pps.pps_zip_name, n) for n in range(len(self))]

    def member(self, name: str) -> ZipMember:
        """One member; NotFoundError when there is none of that name."""
        return self._member(self._find(name))

    def read(self, name: str, *, max: int = 1 << 30) -> bytes:
        """A whole member, its CRC checked; one of more than `max` bytes is a FormatError."""
        found: bytes = self._run(_pps.pps_zip_read, self._find(name), handle.number(max, "max"))
        return found

    def open(self, name: str) -> io.BufferedReader:
        """A member as a file to read and seek in; of stored members only what is asked for is read. CRCs are not checked."""
        n = self._find(name)
        return io.BufferedReader(_MemberFile(self, n, self._member(n).size), 1 << 16)

    def extract(self, folder: handle.PathLike, names: Iterable[str] | None = None) -> None:
        """Write members, by default all, as files; each appears whole, its CRC checked. Nothing is overwritten: ExistsError."""
        self._run(_pps.pps_zip_extract, handle.path(folder), None if names is None else handle.texts(names, "names"))

    def verify(self) -> ZipReport:
        """Read all of it and check everything; what is wrong is in the report, sound or not."""
        return _report(self._run(_pps.pps_zip_verify))


class _MemberFile(io.RawIOBase):
    def __init__(self, archive: Zip, n: int, size: int) -> None:
        self._archive, self._n, self._size, self._at = archive, n, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the start of the member")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self.closed:
            raise ValueError("this file is closed")
        got = int(self._archive._run(_pps.pps_zip_read_range, self._n, self._at, buffer))
        self._at += got
        return got
