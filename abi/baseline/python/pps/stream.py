# SPDX-License-Identifier: BSD-3-Clause
"""Messages from Kafka."""
from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal, NamedTuple

from . import _pps, conf as _conf, context as _context, handle
from .state import conf_handle

__all__ = ["Message", "Stream"]

_SLICE = 3600.0


class Message(NamedTuple):
    """A message, and where it stands."""
    value: bytes | None
    topic: str
    partition: int
    offset: int


class Stream(handle.Handle):
    """Topics, read as a member of a consumer group: each message at least once, in its partition's order.

    Where the group goes on is said by `commit` alone. After UnavailableError or NotFoundError call again: the stream goes on by itself.
    """

    __slots__ = ()

    def __init__(self, conf: _conf.Conf, block: Literal["intake.kafka", "raw.events.kafka", "import.kafka"], *,
                 context: _context.Context | None = None) -> None:
        """Join the group that a Kafka block of the configuration names. No broker is asked yet."""
        capsule = conf_handle(conf)
        self._make(context or conf.context, _pps.pps_stream_open, capsule, handle.text(block, "block"))

    def next(self, timeout: handle.Duration | None = None) -> Message | None:
        """The next message, or None when none came for `timeout` seconds; without, it is waited for."""
        left = None if timeout is None else handle.seconds(timeout, "timeout")
        end = None if left is None else time.monotonic() + left
        while True:
            found = self._run(_next, _SLICE if left is None else min(left, _SLICE))
            if found is not None:
                return Message(*found)
            if end is not None:
                left = end - time.monotonic()
                if left <= 0:
                    return None

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        found = self.next()
        assert found is not None
        return found

    @property
    def at_end(self) -> bool:
        """Whether it has partitions and has read each of them to its end."""
        return bool(self._ask(_pps.pps_stream_is_at_end))

    def commit(self) -> None:
        """All messages so far need not come again."""
        self._run(_pps.pps_stream_commit)


def _next(stream: object, wait: float) -> tuple[bytes | None, str, int, int] | None:
    """As one call, so that no other thread moves the stream on in between."""
    if not _pps.pps_stream_next(stream, round(wait * 1000)):
        return None
    return (_pps.stream_value(stream), _pps.pps_stream_topic(stream), _pps.pps_stream_partition(stream), _pps.pps_stream_offset(stream))
