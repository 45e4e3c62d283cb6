# SPDX-License-Identifier: BSD-3-Clause
"""Files and objects by URI."""
from __future__ import annotations

import datetime
from typing import Literal, NamedTuple, Union

from . import _pps, context as _context, handle

__all__ = ["Store", "StoredFile"]


class StoredFile(NamedTuple):
    """A file in a listing."""
    name: str
    """Below the folder that was listed."""
    size: int
    """Bytes."""
    mtime: datetime.datetime
    """When it was changed last; UTC."""


class Store(handle.Handle):
    """A folder: a path, file:///path, or s3://profile@bucket/prefix. It need not exist yet. Nothing that exists is ever overwritten.

    >>> import tempfile
    >>> with Store(tempfile.mkdtemp()) as store:
    ...     store.write("a/b.txt", b"hello")
    ...     [file.name for file in store.list(recursive=True)], store.read("a/b.txt")
    (['a/b.txt'], b'hello')
    """

    __slots__ = ()

    def __init__(self, uri: handle.PathLike, *, context: _context.Context | None = None) -> None:
        self._make(context, _pps.pps_store_open, handle.path(uri))

    @property
    def uri(self) -> str:
        """The folder as a URI, "file:///path/"."""
        return str(self._ask(_pps.pps_store_uri))

    def list(self, folder: str = "", *, recursive: bool = False) -> list[StoredFile]:
        """The files of a folder sorted by name, with `recursive` all below it."""
        listing = self._run(_pps.pps_store_list, handle.text(folder, "folder"), _pps.PPS_STORE_RECURSIVE if recursive else 0)
        return [StoredFile(_pps.pps_store_listing_name(listing, n), _pps.pps_store_listing_size(listing, n),
                           handle.utc(_pps.pps_store_listing_mtime(listing, n))) for n in range(_pps.pps_store_listing_count(listing))]

    def read(self, name: str, *, max: int = 1 << 30) -> bytes:
        """A whole file; one of more than `max` bytes is a FormatError."""
        found: bytes = self._run(_pps.pps_store_read, handle.text(name, "name"), handle.number(max, "max"))
        return found

    def write(self, name: str, data: Union[bytes, bytearray, memoryview]) -> None:
        """A new file, on disk when this returns; ExistsError when the name is taken."""
        self._run(_pps.pps_store_write, handle.text(name, "name"), data)

    def presign(self, name: str, *, method: Literal["GET", "HEAD", "PUT"] = "GET", expires: handle.Duration = 3600) -> str:
        """A URL by which others may reach one object without credentials for that long, up to 7 days; keep it out of logs.

        A request of method PUT must carry the header "If-None-Match: *".
        """
        return str(self._run(_pps.pps_store_presign, handle.text(name, "name"), handle.text(method, "method"),
                             round(handle.seconds(expires, "expires"))))
