# SPDX-License-Identifier: BSD-3-Clause
"""The Rucio catalogue: what it knows of files and their datasets, and making it known."""
from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from . import _pps, conf as _conf, context as _context, handle
from .state import conf_handle
from .times import Tai

__all__ = ["Rucio", "RucioAccount", "RucioEntry", "RucioKind", "RucioReport", "RucioRow", "RucioStatus"]


class RucioKind(enum.IntEnum):
    """Kinds of what a name stands for."""
    NONE = _pps.PPS_RUCIO_NONE
    FILE = _pps.PPS_RUCIO_FILE
    DATASET = _pps.PPS_RUCIO_DATASET
    CONTAINER = _pps.PPS_RUCIO_CONTAINER


class RucioStatus(enum.IntEnum):
    """What is known of one row of a report; `label` is it in a word."""
    OK = _pps.PPS_RUCIO_OK
    """All was there already."""
    CHANGED = _pps.PPS_RUCIO_CHANGED
    """Something was missing and has been added."""
    MISSING = _pps.PPS_RUCIO_MISSING
    """There is a file, and Rucio lacks something of it."""
    SURPLUS = _pps.PPS_RUCIO_SURPLUS
    """Rucio knows it, and there is no file."""
    DIFFERENT = _pps.PPS_RUCIO_DIFFERENT
    """Sizes or checksums differ."""
    FAILED = _pps.PPS_RUCIO_FAILED
    """It could not be done, or looked at."""

    @property
    def label(self) -> str:
        """ "ok", "changed", "missing" ..."""
        return str(_pps.pps_rucio_status_name(int(self)))


class RucioAccount(NamedTuple):
    """Who is logged in."""
    name: str
    expires: Tai | None
    """When the login ends; None: the server does not say."""


class RucioEntry(NamedTuple):
    """A name in the catalogue."""
    name: str
    kind: RucioKind | int
    is_open: bool | None
    """Whether more files may join a dataset; None for others."""
    files: int
    """Files in the dataset; 1 for a file."""
    size: int
    """Bytes."""
    adler32: str
    """8 hexadecimal digits; "" for datasets."""
    md5: str
    """32 hexadecimal digits, or ""."""


class RucioRow(NamedTuple):
    """What was done or found for an exposure or file."""
    name: str
    status: RucioStatus | int
    code: int
    """PPS_E_* of what failed; 0 when nothing did."""
    text: str
    size: int
    """Bytes of its files here."""


class RucioReport(NamedTuple):
    """What a registration did, or a check found."""
    rows: tuple[RucioRow, ...]
    failed: int
    """Rows that are neither OK nor CHANGED."""


def _report(report: Any) -> RucioReport:
    rows = tuple(
        RucioRow(_pps.pps_rucio_report_name(report, n), handle.known(RucioStatus, _pps.pps_rucio_report_status(report, n)),
                 _pps.pps_rucio_report_code(report, n), _pps.pps_rucio_report_text(report, n), _pps.pps_rucio_report_size(report, n))
        for n in range(_pps.pps_rucio_report_count(report)))
    return RucioReport(rows, _pps.pps_rucio_report_failed(report))


def _entry(found: Any, n: int) -> RucioEntry:
    is_open = _pps.pps_rucio_list_is_open(found, n)
    return RucioEntry(
        _pps.pps_rucio_list_name(found, n), handle.known(RucioKind, _pps.pps_rucio_list_kind(found, n)), None if is_open < 0 else bool(is_open),
        _pps.pps_rucio_list_files(found, n), _pps.pps_rucio_list_size(found, n), _pps.pps_rucio_list_adler32(found, n),
        _pps.pps_rucio_list_md5(found, n))


class Rucio(handle.Handle):
    """A connection, from the block `rucio` of a configuration, or without one from the environment as Rucio's own client. Names are without scope."""

    __slots__ = ()

    def __init__(self, conf: _conf.Conf | None = None, *, context: _context.Context | None = None) -> None:
        """Reads files of the configuration, and asks no server."""
        capsule = None if conf is None else conf_handle(conf)
        self._make(context or (None if conf is None else conf.context), _pps.pps_rucio_open, capsule)

    @property
    def url(self) -> str:
        """Address of the server."""
        return str(self._ask(_pps.pps_rucio_url))

    @property
    def scope(self) -> str:
        """Scope of all names."""
        return str(self._ask(_pps.pps_rucio_scope))

    @property
    def rse(self) -> str:
        """Storage element of the files, "" when none is configured."""
        return str(self._ask(_pps.pps_rucio_rse))

    @property
    def auth_type(self) -> str:
        """ "ssh", "userpass", "x509", "x509_proxy" or "oidc"."""
        return str(self._ask(_pps.pps_rucio_auth_type))

    def whoami(self) -> RucioAccount:
        """Log in and ask who that is; AccessError: the login was refused."""
        name, expires = self._run(_pps.pps_rucio_whoami)
        return RucioAccount(name, Tai(expires) if expires else None)

    def clock(self) -> Tai:
        """The server's clock, to the second, never later than it is."""
        return Tai(self._run(_pps.pps_rucio_clock))

    def query(self, pattern: str | None = None, *, kind: Literal["file", "dataset"] = "dataset") -> list[RucioEntry]:
        """Names that a pattern with "*" selects, by default all, sorted."""
        kinds = {"file": RucioKind.FILE, "dataset": RucioKind.DATASET}
        if kind not in kinds:
            raise ValueError(f'kind: "file" or "dataset", not {kind!r}')
        found = self._run(_pps.pps_rucio_query, pattern, int(kinds[kind]))
        return [_entry(found, n) for n in range(_pps.pps_rucio_list_count(found))]

    def register(self, conf: _conf.Conf, exposures: Iterable[str | int], *, dry_run: bool = False) -> RucioReport:
        """Make exposures known whose zips are in place: obs ids, numbers, names or paths of zips, or observing days (8 digits).

        An exposure that fails does not stop the others: its row says why.
        """
        if isinstance(exposures, str):
            raise TypeError("exposures: several, not one text")
        names = [str(handle.number(e, "exposures")) if isinstance(e, int) else handle.text(e, "exposures") for e in exposures]
        return _report(self._run(_pps.pps_rucio_register, conf_handle(conf), names, _pps.PPS_RUCIO_DRY_RUN if dry_run else 0))

    def check(self, conf: _conf.Conf, folder: str | None = None) -> RucioReport:
        """Compare what Rucio holds with the files below raw.dest_root, or below a folder there such as "LSSTCam/20251202"; changes nothing."""
        return _report(self._run(_pps.pps_rucio_check, conf_handle(conf), folder))
