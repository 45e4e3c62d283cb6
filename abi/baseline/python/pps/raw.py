# SPDX-License-Identifier: BSD-3-Clause
"""Raw exposures out of embargo."""
from __future__ import annotations

import collections
import datetime
import enum
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from . import _pps, conf as _conf, context as _context, handle
from .state import conf_handle
from .table import Table, flags_of
from .times import Tai, TimeLike

if TYPE_CHECKING:
    from typing_extensions import disjoint_base
else:
    def disjoint_base(kind):
        return kind

__all__ = ["Import", "ImportOutcome", "ImportStatus", "Mark", "PolicyChange", "Raw", "RawReport", "RawRow", "RawStatus"]

_SLICE = 3600.0


class RawStatus(enum.IntEnum):
    """What is known of an exposure; `label` is it in a word."""
    DONE = _pps.PPS_RAW_DONE
    """Everything is where it should be."""
    WAITING = _pps.PPS_RAW_WAITING
    """Its embargo is not over."""
    HELD = _pps.PPS_RAW_HELD
    """A rule or an operator holds it."""
    INCOMPLETE = _pps.PPS_RAW_INCOMPLETE
    """Sensors are missing."""
    TODO = _pps.PPS_RAW_TODO
    """The next run, or repair, has something to do."""
    FAILED = _pps.PPS_RAW_FAILED
    """A step failed, or what is there is wrong: a person must look."""

    @property
    def label(self) -> str:
        """ "done", "waiting", "held" ..."""
        return str(_pps.pps_raw_status_name(int(self)))


class Mark(enum.IntEnum):
    """One place of one exposure."""
    NOT_YET = _pps.PPS_MARK_NOT_YET
    OK = _pps.PPS_MARK_OK
    MISSING = _pps.PPS_MARK_MISSING
    DIFFERENT = _pps.PPS_MARK_DIFFERENT
    UNKNOWN = _pps.PPS_MARK_UNKNOWN
    """It could not be asked."""
    PRUNED = _pps.PPS_MARK_PRUNED
    """It was taken away on purpose."""

    @property
    def label(self) -> str:
        """ "not_yet", "ok", "missing" ..."""
        return str(_pps.pps_raw_mark_name(int(self)))


class ImportStatus(enum.IntEnum):
    """What became of a zip, or of a message; `label` is it in words."""
    DONE = _pps.PPS_RAW_IMPORT_DONE
    ALREADY = _pps.PPS_RAW_IMPORT_ALREADY
    """All of it was there, with the same content."""
    WAITING = _pps.PPS_RAW_IMPORT_WAITING
    """For its zip, its yaml, or a server; tried again by itself."""
    FAILED = _pps.PPS_RAW_IMPORT_FAILED
    """A person must look; tried again, ever more rarely."""
    SKIPPED = _pps.PPS_RAW_IMPORT_SKIPPED
    """An event of something else."""
    DEAD = _pps.PPS_RAW_IMPORT_DEAD
    """A message that cannot be read: the state keeps it with its place."""

    @property
    def label(self) -> str:
        """ "imported", "already there", "waiting" ..."""
        return str(_pps.pps_raw_import_status_name(int(self)))


class RawRow(NamedTuple):
    """What is known of an exposure."""
    instrument: str
    obs_id: str
    exposure: int
    """Its number; 0: not known yet."""
    day_obs: int
    status: RawStatus | int
    code: int
    """PPS_E_* of what failed; 0 when nothing did."""
    reason: str
    """Why it is not done; "" when it is."""
    command: str
    """The command that mends it, or ""."""
    due: Tai | None
    """When its embargo ends or ended; None: unknown."""
    arrived: Tai | None
    """When the last of its files arrived, where events told of it; `Raw.status` alone knows it."""
    zip: str | None
    """URI of its zip; None: there is none yet."""
    size: int
    """Bytes of its zip."""
    md5: str
    """Of its zip, 32 hexadecimal digits, or ""."""
    datasets: int
    """Its datasets in the source; 0 when it was not asked."""
    marks: dict[str, Mark | int]
    """By place: "source", "zip", "yaml", destinations by their names, "rucio" ..."""
    notes: dict[str, str]
    """What is at a place, in words, where there is something to say: "tracts", "tape", "copies", "safe" ..."""

    @property
    def label(self) -> str:
        """Its status in a word, also where this version has none for it: "done", "waiting", "held" ... "unknown"."""
        return str(_pps.pps_raw_status_name(int(self.status)))


class _Report(NamedTuple):
    rows: tuple[RawRow, ...]
    failed: int
    """Rows that failed; in a check also those neither done, waiting nor held."""
    exit_code: int
    """What a program exits with after it: 0, 1 when something failed, 4 when nothing did but for services that were down."""

    @property
    def counts(self) -> dict[str, int]:
        """How many rows by the word for their status."""
        return dict(collections.Counter(row.label for row in sorted(self.rows, key=lambda row: int(row.status))))


@disjoint_base
class RawReport(_Report):
    """What was done or found: `rows`, and how many `failed`."""
    _capsule: Any = None

    def table(self, *, scale: Literal["utc", "tai"] = "utc") -> Table:
        """The rows as columns: `pandas.DataFrame.from_arrow(report.table())`.

        Columns are the fields of a row, status as its label, and for each place `mark_PLACE` and `note_PLACE`; what is unknown, or not there
        yet, is null. Times are timestamps of `scale`: of UTC with that time zone, of TAI without any.
        """
        if self._capsule is None:
            raise ValueError("a report that was pickled or copied has no table")
        return Table(_pps.pps_raw_report_table(self._capsule, flags_of(scale)))

    def __getstate__(self) -> None:
        return None


class PolicyChange(NamedTuple):
    """What putting queries in force changes, in exposures of the source."""
    sooner: int
    """Leave sooner than by the policy in force."""
    now: int
    """Of these, may leave at once."""


class ImportOutcome(NamedTuple):
    """What became of a zip or a message."""
    status: ImportStatus | int
    zip: str
    """URI, or of a skipped event its scope:name; "" when there is none."""
    yaml: str
    """URI of the yaml that was taken, or ""."""
    repository: str
    reason: str
    """Why it is not imported; "" when it is."""
    datasets: int
    """Of the zip."""
    ingested: int
    """Of them now."""
    records: int
    """Dimension records added."""
    different: int
    """Records that are there with other content, and stay."""


def _when(text: str | None) -> Tai | None:
    return Tai.parse(text, scale="utc") if text else None


def _row(report: Any, n: int, places: list[str]) -> RawRow:
    marks = {place: handle.known(Mark, _pps.pps_raw_report_mark(report, n, i)) for i, place in enumerate(places)}
    notes = {place: note for i, place in enumerate(places) if (note := _pps.pps_raw_report_note(report, n, i))}
    return RawRow(
        _pps.pps_raw_report_instrument(report, n), _pps.pps_raw_report_obs_id(report, n), _pps.pps_raw_report_exposure(report, n),
        _pps.pps_raw_report_day_obs(report, n), handle.known(RawStatus, _pps.pps_raw_report_status(report, n)),
        _pps.pps_raw_report_code(report, n), _pps.pps_raw_report_reason(report, n), _pps.pps_raw_report_command(report, n),
        _when(_pps.pps_raw_report_due(report, n)), _when(_pps.pps_raw_report_arrived(report, n)), _pps.pps_raw_report_zip(report, n) or None,
        _pps.pps_raw_report_size(report, n), _pps.pps_raw_report_md5(report, n), _pps.pps_raw_report_datasets(report, n), marks, notes)


def _report(report: Any) -> RawReport:
    places = [_pps.pps_raw_report_place(report, i) for i in range(_pps.pps_raw_report_places(report))]
    found = RawReport(tuple(_row(report, n, places) for n in range(_pps.pps_raw_report_count(report))), _pps.pps_raw_report_failed(report),
                      _pps.pps_raw_report_exit_code(report))
    found._capsule = report
    return found


def choose_now(choose: Callable[[str, str], object], now: TimeLike) -> None:
    """Tell a flow the time to decide for."""
    choose("now_scale", "tai")
    choose("now", Tai.of(now).isoformat(scale="tai"))


class Raw(handle.Handle):
    """The flow of raw exposures that a configuration describes, and the choice of what its calls look at.

    Parameters
    ----------
    window
        Of a run, repair or prune: only exposures whose embargo ended within it, a timedelta, or text such as "35min" or "3hr 5min" (and what
        is unfinished, and what an outage left out).
    day_obs
        An observing day such as 20251202, or a range "20251201..20251205".
    exposures
        Obs ids or numbers.
    now
        The time to decide for, never in the future.
    dry_run
        Write nothing; where there is no state yet, it is as if nothing had been done.
    deep
        Checks compare every member of a zip with its source.
    """

    __slots__ = ()

    def __init__(self, conf: _conf.Conf, *, window: str | datetime.timedelta | None = None, day_obs: str | int | None = None,
                 exposures: Iterable[str | int] = (), now: TimeLike | None = None, dry_run: bool = False, deep: bool = False,
                 context: _context.Context | None = None) -> None:
        capsule = conf_handle(conf)
        if isinstance(exposures, str):
            raise TypeError("exposures: several, not one text")
        self._make(context or conf.context, _pps.pps_raw_open, capsule)
        if isinstance(window, datetime.timedelta):
            window = f"{round(handle.seconds(window, 'window'))}s"
        for key, value in (("window", window), ("day_obs", day_obs), *(("exposure", e) for e in exposures)):
            if value is not None:
                self._choose(key, str(handle.number(value, key)) if isinstance(value, int) else handle.text(value, key))
        if now is not None:
            choose_now(self._choose, now)
        for key, flag in (("dry_run", dry_run), ("deep", deep)):
            if flag:
                self._choose(key, "1")

    def _choose(self, key: str, value: str) -> None:
        self._ask(_pps.pps_raw_set, key, value)

    def run(self) -> RawReport:
        """Take everything that may leave as far as it goes; a row for each exposure that was looked at and was not done before.

        Holds the lock of the flow meanwhile: LockedError when another run has it for longer than the context's `wait`.
        An exposure that fails does not stop the others: see `RawReport.failed`.
        """
        return _report(self._run(_pps.pps_raw_run))

    def wait(self, timeout: handle.Duration) -> bool:
        """Between two runs: record what arrives; True as soon as there is something to do, False after so many seconds. Then call `run`."""
        return bool(self._run(_pps.pps_raw_wait, round(handle.seconds(timeout, "timeout") * 1000)))

    def check(self) -> RawReport:
        """Compare, for each exposure, what should be with what is; with `deep` what was found equal is recorded."""
        return _report(self._run(_pps.pps_raw_check))

    def repair(self) -> RawReport:
        """Mend what `check` finds; what is there with other content is left alone and reported."""
        return _report(self._run(_pps.pps_raw_repair))

    def prune(self) -> RawReport:
        """Delete the embargo copy of exposures that are safe elsewhere."""
        return _report(self._run(_pps.pps_raw_prune))

    def status(self) -> RawReport:
        """What the state knows, without looking at repositories."""
        return _report(self._run(_pps.pps_raw_status))

    def accept(self, exposure: str | int, reason: str) -> None:
        """Take an exposure as complete though sensors are missing."""
        name = str(handle.number(exposure, "exposure")) if isinstance(exposure, int) else handle.text(exposure, "exposure")
        self._run(_pps.pps_raw_accept, name, handle.text(reason, "reason"))

    def accept_policy(self, reason: str) -> PolicyChange:
        """Put the configured queries in force though they release exposures sooner; with `dry_run` only count."""
        return PolicyChange(*self._run(_pps.pps_raw_policy_accept, handle.text(reason, "reason")))


class Import(handle.Handle):
    """A remote site: what Rucio's events tell of is imported. Iterates over outcomes without end."""

    __slots__ = ()

    def __init__(self, conf: _conf.Conf, *, context: _context.Context | None = None) -> None:
        capsule = conf_handle(conf)
        self._make(context or conf.context, _pps.pps_raw_import_open, capsule)

    def next(self, timeout: handle.Duration | None = None) -> ImportOutcome | None:
        """Import what has come, one zip at a time; None when nothing came for `timeout` seconds; without, it is waited for."""
        left = None if timeout is None else handle.seconds(timeout, "timeout")
        end = None if left is None else time.monotonic() + left
        while True:
            found: ImportOutcome | None = self._run(_next_import, _SLICE if left is None else min(left, _SLICE))
            if found is not None:
                return found
            if end is not None:
                left = end - time.monotonic()
                if left <= 0:
                    return None

    def __iter__(self) -> Iterator[ImportOutcome]:
        return self

    def __next__(self) -> ImportOutcome:
        found = self.next()
        assert found is not None
        return found


def _next_import(flow: Any, wait: float) -> ImportOutcome | None:
    """As one call, so that no other thread goes on in between."""
    if not _pps.pps_raw_import_next(flow, round(wait * 1000)):
        return None
    counts = (_pps.pps_raw_import_count(flow, what) for what in (
        _pps.PPS_RAW_IMPORT_DATASETS, _pps.PPS_RAW_IMPORT_INGESTED, _pps.PPS_RAW_IMPORT_RECORDS, _pps.PPS_RAW_IMPORT_DIFFERENT))
    return ImportOutcome(handle.known(ImportStatus, _pps.pps_raw_import_status(flow)), _pps.pps_raw_import_zip(flow), _pps.pps_raw_import_yaml(flow),
                         _pps.pps_raw_import_repository(flow), _pps.pps_raw_import_reason(flow), *counts)
