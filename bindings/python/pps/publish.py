# SPDX-License-Identifier: BSD-3-Clause
"""Prompt data products from embargo to the public, and out again."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from . import _pps, conf as _conf, context as _context, errors, handle
from .raw import choose_now
from .state import conf_handle
from .table import Table, flags_of
from .times import TimeLike

__all__ = ["Audit", "Publish", "PublishReport", "PublishRow"]

_AHEAD = 1000  # datasets that wait between the library and the loop over them


class PublishRow(NamedTuple):
    """What a run did for a task in a repository, in datasets."""
    task: str
    """"register", "dimensions", "copy", "publish", "expire" or "delete"."""
    repository: str
    due: int
    """Of a dry run: due now."""
    done: int
    failed: int
    """Tried again later; why is in the state."""
    missing: int
    """Their files or records were not found where they should be."""
    put_off: int
    """Found, just before, that it may not be done now."""


class PublishReport(NamedTuple):
    """What a run did."""
    rows: tuple[PublishRow, ...]
    """One for each task and repository with something done, failed or put off."""
    down: tuple[str, ...]
    """Names and reasons of repositories that could not be worked with."""
    is_held: bool
    """Whether an operator holds the whole flow."""


class Audit(NamedTuple):
    """What a comparison of the state with repositories, files and links found."""
    summary: dict[str, Any]
    """Keys: `datasets`, `found`, `mended`, `unasked`, `what`, `down`."""
    findings: list[dict[str, Any]]
    """Keys of each: `id`, `type`, `run`, `file`, `repository`, `what`, `mends`, `mended`, `why_not`."""


def _report(report: Any) -> PublishReport:
    numbers = (_pps.PPS_PUBLISH_DUE, _pps.PPS_PUBLISH_DONE, _pps.PPS_PUBLISH_FAILED, _pps.PPS_PUBLISH_MISSING, _pps.PPS_PUBLISH_PUT_OFF)
    rows = tuple(
        PublishRow(_pps.pps_publish_report_task(report, n), _pps.pps_publish_report_repository(report, n),
                   *(_pps.pps_publish_report_number(report, n, what) for what in numbers))
        for n in range(_pps.pps_publish_report_count(report)))
    return PublishReport(rows, tuple(_pps.pps_publish_report_down(report).splitlines()), bool(_pps.pps_publish_report_is_held(report)))


def _who(who: str | None) -> str:
    if who is not None:
        return handle.text(who, "who")
    import pwd
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container runs as a user that nobody has named
        name = str(os.geteuid())
    return f"{name}@{os.uname().nodename}"


class Publish(handle.Handle):
    """The flow of prompt products that a configuration describes, and the choice of what its calls look at.

    Parameters
    ----------
    task
        NAME or NAME:REPOSITORY: only this task: register, dimensions, copy, publish, expire, delete.
    now
        The time to decide for: only on a replay's state, and never behind the last one.
    dry_run
        Count what is due, and do nothing.
    type, run, origin, visit, day_obs, failed, held, limit
        Which datasets `datasets` and `table` give and commands are for; `type` and `run` are globs, `visit` and `day_obs` numbers.
    repository
        Only this one, for `adopt` and `audit`.
    """

    __slots__ = ()

    def __init__(self, conf: _conf.Conf, *, task: str | None = None, now: TimeLike | None = None, dry_run: bool = False, type: str | None = None,
                 run: str | None = None, origin: str | None = None, visit: int | None = None, day_obs: int | None = None, failed: bool = False,
                 held: bool = False, limit: int | None = None, repository: str | None = None,
                 context: _context.Context | None = None) -> None:
        capsule = conf_handle(conf)
        self._make(context or conf.context, _pps.pps_publish_open, capsule)
        for key, value in (("task", task), ("type", type), ("run", run), ("origin", origin), ("repository", repository)):
            if value is not None:
                self._choose(key, handle.text(value, key))
        for key, n in (("visit", visit), ("day_obs", day_obs), ("limit", limit)):
            if n is not None:
                self._choose(key, str(handle.number(n, key)))
        for key, flag in (("dry_run", dry_run), ("failed", failed), ("held", held)):
            if flag:
                self._choose(key, "1")
        if now is not None:
            choose_now(self._choose, now)

    def _choose(self, key: str, value: str) -> None:
        self._ask(_pps.pps_publish_set, key, value)

    def _json(self, function: Any, *args: Any) -> dict[str, Any]:
        return handle.from_json(self._run(function, *args))

    @staticmethod
    def mark_replay(conf: _conf.Conf, *, context: _context.Context | None = None) -> None:
        """Let a replay's state be used with the repositories of a configuration; ConflictError: it is no replay's state."""
        capsule = conf_handle(conf)
        use = _context.of(context or conf.context)
        use._run(_pps.pps_publish_mark_replay, use._handle(), capsule)

    def run(self) -> PublishReport:
        """Do all that is due. Datasets that fail are tried again later; a repository that is down delays no other.

        Holds the lock of the flow meanwhile: LockedError when another run has it for longer than the context's `wait`.
        """
        return _report(self._run(_pps.pps_publish_run))

    def wait(self) -> None:
        """Between two runs: until the next is to look again."""
        self._run(_pps.pps_publish_wait)

    def carry_out(self, timeout: handle.Duration) -> bool:
        """Be a worker: carry out the next order of a service; False when none came for so many seconds. A worker may be killed at any time."""
        return bool(self._run(_pps.pps_publish_carry_out, round(handle.seconds(timeout, "timeout") * 1000)))

    def status(self) -> dict[str, Any]:
        """How many datasets are where, what is due, and what is in trouble: the document of `pps --json status`."""
        return self._json(_pps.pps_publish_status)

    def explain(self, dataset: handle.DatasetLike) -> dict[str, Any]:
        """What a dataset is, where it is, what happened, what is next, when, by which rule, and what holds it: `pps --json explain`."""
        return self._json(_pps.pps_publish_explain, handle.dataset_id(dataset))

    def datasets(self) -> Iterator[dict[str, Any]]:
        """The datasets that were chosen, in the order of their UUIDs, each the document of a line of `pps --json datasets`.

        They come from the state as they are asked for, a thousand ahead; until the last is taken, or the loop is left, nothing else can
        be asked of this object.
        """
        import queue
        waiting: queue.Queue[str] = queue.Queue(_AHEAD)
        left: list[bool] = []

        def put(text: str) -> bool:
            while not left:
                try:
                    waiting.put(text, timeout=_context._TICK)
                    return True
                except queue.Full:
                    pass
            return False

        ended = False
        call = _context.Call(self.context, _pps.pps_publish_datasets, (self._handle(), put), [self._turn])
        try:
            call.start()
            while not ended:
                ended = call.ended(0)
                while True:
                    try:
                        text = waiting.get(timeout=0 if ended else _context._TICK)
                    except queue.Empty:
                        break
                    yield handle.from_json(text)
        except GeneratorExit:
            raise
        except BaseException:
            self.context._interrupt(call)
            raise
        finally:
            left.append(True)
            try:
                if not call.abandon():
                    self.context._finish(call)
            except errors.CancelledError:
                if ended:
                    raise

    def table(self, *, scale: Literal["utc", "tai"] = "utc") -> Table:
        """The datasets that were chosen as columns: `pandas.DataFrame.from_arrow(flow.table())`. About half a kilobyte of memory for each.

        Columns: `id`, `type`, `run`, `origin`, `instrument`, `data_id` (JSON), `visit`, `detector`, `day_obs`, `end`, `registered`, `held`,
        `pinned`, `withdrawn`, `adopted`, `next_task`, `next_repository`, `next_due`, `attempts`, `error`, and for each repository
        `status_REPOSITORY` and `since_REPOSITORY`. Times are timestamps of `scale`: of UTC with that time zone, of TAI without any.
        """
        return Table(self._run(_pps.pps_publish_datasets_table, flags_of(scale)))

    def counts(self) -> Table:
        """How many datasets of which type are where, as columns `type`, `has_policy`, `repository`, `status`, `n`: see `status`."""
        return Table(self._run(_pps.pps_publish_status_table))

    def register(self, uri: handle.PathLike, *, origin: str | None = None) -> dict[str, Any]:
        """Register the datasets of a list that ends in .json or .csv.

        Keys of the result: `list`, `new`, `held`, `known`, `unknown` (kept, and looked up again by later runs), `ignored` (columns).
        """
        return self._json(_pps.pps_publish_register, handle.path(uri), origin)

    def command(self, action: Literal["hold", "unhold", "pin", "unpin", "expire", "retry", "reverify"],
                datasets: Iterable[handle.DatasetLike] | None = None, *, reason: str, who: str | None = None) -> dict[str, Any]:
        """Hold, let go, keep, withdraw or try again: datasets by UUID, or without those that were chosen.

        Recorded in the ledger with the reason and who says so, by default user@host. Keys of the result: `action`, `dry_run`, `chosen`,
        `changed`, `types`, `not_found`, `under_way`, `standing`.
        """
        if isinstance(datasets, str):
            raise TypeError("datasets: several, not one text")
        ids = None if datasets is None else [handle.dataset_id(d) for d in datasets]
        if ids == []:
            raise ValueError("datasets: none is given; leave it out for those that were chosen")
        return self._json(_pps.pps_publish_command, handle.text(action, "action"), ids, handle.text(reason, "reason"), _who(who))

    def adopt(self, *, who: str | None = None) -> dict[str, Any]:
        """Build the state from repositories that hold datasets already; nothing of it expires before an operator confirms it by "unpin".

        Keys of the result: `action`, `dry_run`, `looked`, `new`, `types`, `repositories`.
        """
        return self._json(_pps.pps_publish_adopt, _who(who))

    def audit(self, *, deep: bool = False, repair: bool = False, who: str | None = None) -> Audit:
        """Compare the state with each repository, its files and links; `deep` reads files, `repair` mends what can be mended without risk."""
        findings: list[dict[str, Any]] = []

        def note(text: str) -> bool:
            findings.append(handle.from_json(text))
            return True
        flags = (_pps.PPS_AUDIT_DEEP if deep else 0) | (_pps.PPS_AUDIT_REPAIR if repair else 0)
        return Audit(self._json(_pps.pps_publish_audit, flags, _who(who) if repair else None, note), findings)

    def accept_policy(self, reason: str, *, who: str | None = None) -> dict[str, Any]:
        """Put the configured policies in force though they act sooner. Keys: `waits`, `accepted`, `sooner`, `now`."""
        return self._json(_pps.pps_publish_policy_accept, handle.text(reason, "reason"), _who(who))

    def retry_letters(self, reason: str) -> dict[str, Any]:
        """Have dead letters of the intake tried again. Keys: `revived`, `left`."""
        return self._json(_pps.pps_publish_retry_letters, handle.text(reason, "reason"))

    def notices(self) -> dict[str, Any]:
        """Where each destination of the block `notify` stands. Keys: `last`, `destinations`."""
        return self._json(_pps.pps_publish_notices)

    def retry_notices(self, destination: str, reason: str, *, who: str | None = None) -> None:
        """Try a destination again, also one that was given up; NotFoundError: nothing fails there."""
        self._run(_pps.pps_publish_notices_retry, handle.text(destination, "destination"), handle.text(reason, "reason"), _who(who))
