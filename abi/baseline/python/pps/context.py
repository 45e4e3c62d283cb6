# SPDX-License-Identifier: BSD-3-Clause
"""The context: where log events and progress go, limits, and Ctrl-C."""
from __future__ import annotations

import _thread
import os
import threading
import types
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _pps, errors

if TYPE_CHECKING:  # what a program may not need is imported with the first context
    import logging

    from . import handle

__all__ = ["Context", "Progress"]

_TICK = 0.1  # seconds between two looks at the queue of events
_WARNING, _INFO = 30, 20  # as in logging
_LEVELS = {_pps.PPS_LOG_ERROR: 40, _pps.PPS_LOG_WARNING: _WARNING, _pps.PPS_LOG_NOTICE: _INFO + 5, _pps.PPS_LOG_INFO: _INFO, _pps.PPS_LOG_DEBUG: 10}


class Progress(NamedTuple):
    """How far long work has come."""
    what: str
    """The work in words, such as "pack MC_O_20251202_000001"."""
    done: int
    """How much is done, in `unit`."""
    total: int
    """How much there is, or 0 when unknown."""
    unit: str
    """"bytes", "exposures", "files" or "records"."""


class _Call:
    """A function of the library on a thread of its own, so that the thread that asked for it hears signals and events."""

    __slots__ = ("_done", "_ended", "args", "error", "function", "result", "turns")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], turns: list[handle.Turn]) -> None:
        self.function, self.args, self.turns = function, args, turns
        self._done = threading.Lock()
        self._done.acquire()
        self._ended = False
        self.result: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.result = self.function(*self.args)
        except BaseException as e:
            self.error = e.with_traceback(None)
        finally:
            self.args = ()
            for turn in self.turns:
                turn.release()
            self._done.release()

    def ended(self, timeout: float) -> bool:
        """Whether it has ended, within so many seconds."""
        if not self._ended and self._done.acquire(timeout=timeout):
            self._ended = True
        return self._ended


class Context:
    """What the handles of a program share. Most programs need none of their own: without one, all share a context of the process.

    Parameters
    ----------
    memory
        Limit of the buffers of one operation in bytes, at least 16 MiB; by default 128 MiB.
    threads
        Most threads for one operation, 1 to 256; by default the processors.
    wait
        How long to wait for a lock that another process holds, in seconds; None: until it is interrupted.
    progress
        Called with a `Progress` about ten times a second on the thread that called the library. What it raises cancels the call, and is raised.
    logger
        Gets the log events, by default `logging.getLogger("pps")`; each record has the event's fields in `record.pps`. Events below the
        level that it has when the context is made are dropped.

    Ctrl-C, or whatever else a signal's handler raises, cancels the call that runs; when it has ended, with everything resumable, the
    exception goes on. The context can then be used again. Calls of other threads in the same context are cancelled too.

    >>> with Context(memory=64 << 20, threads=2) as context:
    ...     context.cancelled
    False
    """

    __slots__ = ("__weakref__", "_asked", "_capsule", "_events", "_interrupted", "_lock", "_logger", "_pid", "_progress", "_running")

    def __init__(self, *, memory: int | None = None, threads: int | None = None, wait: handle.Duration | None = 0,
                 progress: Callable[[Progress], object] | None = None, logger: logging.Logger | None = None) -> None:
        import logging

        from . import handle
        if progress is not None and not callable(progress):
            raise TypeError("progress: a callable is needed")
        if logger is not None and not isinstance(logger, logging.Logger):
            raise TypeError("logger: a logging.Logger is needed")
        self._capsule: Any = None
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._running = 0
        self._asked = self._interrupted = False
        self._progress = progress
        self._logger = logger if logger is not None else logging.getLogger("pps")
        capsule = _pps.pps_ctx_new()
        if memory is not None:
            _pps.pps_ctx_set_memory(capsule, handle.number(memory, "memory"))
        if threads is not None:
            _pps.pps_ctx_set_threads(capsule, handle.number(threads, "threads", 1, 256))
        _pps.pps_ctx_set_wait(capsule, -1 if wait is None else round(handle.seconds(wait, "wait")))
        least = self._logger.getEffectiveLevel()
        self._events: Any = _pps.ctx_listen(capsule, max((level for level, python in _LEVELS.items() if python >= least), default=0))
        self._capsule = capsule

    def _handle(self) -> Any:
        capsule = getattr(self, "_capsule", None)
        if capsule is None:
            raise ValueError("this Context is closed")
        if self._pid != os.getpid():
            raise errors.ArgumentError("the context was made before fork(): make a new one in the child")
        return capsule

    def cancel(self) -> None:
        """Have all calls that run in this context end soon with `CancelledError`, resumable, and others not begin. From any thread."""
        capsule = self._handle()
        self._asked = True
        _pps.pps_ctx_cancel(capsule)

    def resume(self) -> None:
        """Let a context that was cancelled be used again, when its calls have ended."""
        capsule = self._handle()
        with self._lock:
            if self._running:
                raise RuntimeError("calls of this context have not ended")
            self._asked = False
            _pps.pps_ctx_resume(capsule)

    @property
    def cancelled(self) -> bool:
        """Whether it is cancelled now."""
        return bool(_pps.pps_ctx_is_cancelled(self._handle()))

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return getattr(self, "_capsule", None) is None

    def close(self) -> None:
        """Release it; what was opened with it cannot be used any more."""
        self._capsule = None

    def __enter__(self) -> Context:
        self._handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("a Context cannot be pickled: make one in the other process")

    def _run(self, function: Callable[..., Any], *args: Any, turns: Iterable[handle.Turn] = ()) -> Any:
        """The result of a function that may wait. Turns are taken here, and released when the function has ended."""
        return self._finish(self._begin(function, args, turns))

    def _begin(self, function: Callable[..., Any], args: tuple[Any, ...], turns: Iterable[handle.Turn]) -> _Call:
        self._handle()
        taken: list[handle.Turn] = []
        call = _Call(function, args, taken)
        try:
            for turn in sorted(turns, key=id):  # always in one order: calls with the same two do not wait for each other for ever
                turn.take()
                taken.append(turn)
            with self._lock:
                self._running += 1
            try:
                _thread.start_new_thread(call, ())
            except BaseException:
                self._ended()
                raise
        except BaseException:
            for turn in taken:
                turn.release()
            raise
        return call

    def _finish(self, call: _Call) -> Any:
        """Waits for its end, which Ctrl-C brings nearer."""
        interrupt: BaseException | None = None
        try:
            while True:
                try:
                    while not call.ended(_TICK):
                        self._deliver(interrupt is None)
                    break
                except BaseException as e:
                    interrupt = interrupt or e
                    self._interrupt()
        finally:
            self._ended()
        self._deliver(interrupt is None)
        if interrupt is not None:
            raise interrupt
        if call.error is not None:
            raise call.error
        return call.result

    def _interrupt(self) -> None:
        """Cancels what runs; when all of it has ended the context can be used again."""
        self._interrupted = True
        if self._capsule is not None:
            _pps.pps_ctx_cancel(self._capsule)

    def _ended(self) -> None:
        with self._lock:
            self._running -= 1
            if not self._running and self._interrupted:
                self._interrupted = False
                if not self._asked and self._capsule is not None:
                    _pps.pps_ctx_resume(self._capsule)

    def _deliver(self, progress: bool) -> None:
        """What the library had to say since the last time."""
        found, lost = _pps.take_events(self._events)
        for level, what, *rest in found:
            if level:
                self._log(_LEVELS.get(level, _INFO), what, rest[0])
            elif progress and self._progress is not None:
                self._progress(Progress(what, *rest))
        if lost:
            self._log(_WARNING, "events were dropped", [("count", str(lost))])

    def _log(self, level: int, event: str, fields: list[tuple[str, str]]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s%s", event, "".join(f" {key}={value}" for key, value in fields), extra={"pps": dict(fields)})


_shared: Context | None = None
_shared_lock = threading.Lock()


def of(context: Context | None) -> Context:
    """The one that is given, or the one of the process."""
    global _shared
    if context is not None:
        if not isinstance(context, Context):
            raise TypeError(f"context: a pps.Context is needed, not {type(context).__name__}")
        return context
    with _shared_lock:
        if _shared is None or _shared.closed or _shared._pid != os.getpid():
            _shared = Context()
        return _shared


def _after_fork() -> None:
    global _shared, _shared_lock
    _shared, _shared_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
