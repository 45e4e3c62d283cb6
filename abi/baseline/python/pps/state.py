# SPDX-License-Identifier: BSD-3-Clause
"""The state database: what was done, when, and why."""
from __future__ import annotations

from typing import NamedTuple

from . import _pps, conf as _conf, context as _context, handle

__all__ = ["LedgerHead", "State"]


class LedgerHead(NamedTuple):
    """The last entry of the ledger."""
    seq: int
    """Its number, 0 when the ledger is empty."""
    hash: str
    """SHA-256 in 64 hexadecimal digits."""


def conf_handle(conf: _conf.Conf) -> object:
    if not isinstance(conf, _conf.Conf):
        raise TypeError(f"conf: a pps.Conf is needed, not {type(conf).__name__}")
    return conf._handle()


class State(handle.Handle):
    """The state that a configuration names."""

    __slots__ = ()

    def __init__(self, conf: _conf.Conf, *, context: _context.Context | None = None) -> None:
        capsule = conf_handle(conf)
        self._make(context or conf.context, _pps.pps_state_open, capsule)

    @staticmethod
    def init(conf: _conf.Conf, *, replay: bool = False, context: _context.Context | None = None) -> int:
        """Make the database, or bring an older one up to this version; how many migrations that took.

        `replay`: for runs with a chosen time, never for real repositories; they have to be marked too: `Publish.mark_replay`.
        """
        capsule = conf_handle(conf)
        use = _context.of(context or conf.context)
        return int(use._run(_pps.pps_state_init, use._handle(), capsule, _pps.PPS_STATE_REPLAY if replay else 0))

    @property
    def version(self) -> int:
        """Number of the last migration."""
        return int(self._ask(_pps.pps_state_version))

    @property
    def is_replay(self) -> bool:
        """Whether it was made for replays."""
        return bool(self._ask(_pps.pps_state_is_replay))

    @property
    def database(self) -> str:
        """The database in words, without any secret: "SQLite /path"."""
        return str(self._ask(_pps.pps_state_database))

    def ledger_head(self) -> LedgerHead:
        """The last entry of the ledger: kept elsewhere, it shows that the ledger's end was not cut off."""
        return LedgerHead(*self._run(_pps.pps_state_ledger_head))

    def verify_ledger(self) -> int:
        """Recompute the whole chain; how many entries it has. ConflictError names the first that is wrong."""
        return int(self._run(_pps.pps_state_ledger_verify))
