# SPDX-License-Identifier: BSD-3-Clause
"""The context: where log events and progress go, limits, and Ctrl-C."""
from __future__ import annotations

import _thread
import atexit
import os
import threading
import time
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


class Call:
    """A function of the library on a thread of its own, so that the thread that asked for it hears signals and events.

    A signal may have that thread leave at any point: all that must not stay half done, such as turns that are taken, is the other thread's.
    """

    __slots__ = ("_claim", "_done", "_is_started", "args", "asker", "context", "error", "function", "is_over", "is_unwanted", "reporting", "result", "turns")

    def __init__(self, context: Context, function: Callable[..., Any], args: tuple[Any, ...], turns: Iterable[handle.Turn]) -> None:
        self.context, self.function, self.args = context, function, args
        self.turns = sorted(turns, key=id)  # always in one order: calls with the same two do not wait for each other for ever
        self.asker = threading.get_ident()
        self.reporting: list[int | None] = [None]  # who is being told of it
        self.is_unwanted = self.is_over = self._is_started = False
        self.result: Any = None
        self.error: BaseException | None = None
        self._claim: dict[str, object | None] = {}  # whose it is: the thread's that came first, or nobody's
        self._done = threading.Lock()
        self._done.acquire()

    def start(self) -> None:
        """Again where nobody can tell whether it was: one thread does it."""
        if self._is_started:
            return
        for turn in self.turns:
            turn.check()
        me = object()
        _unbegun.add(me)
        try:
            _thread.start_new_thread(self, (me,))
        except RuntimeError:  # there can be no more threads
            _unbegun.discard(me)
            raise
        self._is_started = True

    def __call__(self, me: object) -> None:
        _unbegun.discard(me)
        if self._claim.setdefault("by", me) is not me:
            return
        taken: list[handle.Turn] = []
        try:
            for turn in self.turns:
                while not turn.take(self, _TICK):
                    if self.is_unwanted:
                        return
                taken.append(turn)
            if self.context._enter(self):
                try:
                    self.result = self.function(*self.args)
                finally:
                    self.context._leave()
        except BaseException as e:
            self.error = e.with_traceback(None)
        finally:
            self.args = ()
            for turn in taken:
                turn.release()
            self.is_over = True
            self._done.release()

    def abandon(self) -> bool:
        """Whether no thread has begun it, and none will."""
        return self._claim.setdefault("by", None) is None

    def ended(self, timeout: float) -> bool:
        """Whether it has ended, within so many seconds."""
        if not self.is_over:
            self._done.acquire(timeout=timeout)
        return self.is_over


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
        """The result of a function that may wait."""
        self._handle()
        return self._finish(Call(self, function, args, turns))

    def _finish(self, call: Call) -> Any:
        """Starts it, and waits for its end, which Ctrl-C brings nearer."""
        interrupt: BaseException | None = None
        while True:
            try:
                call.start()
                while not call.ended(_TICK):
                    self._report(call, interrupt is None)
                break
            except BaseException as e:
                if call.abandon():
                    raise
                interrupt = interrupt or e
                self._interrupt(call)
        self._report(call, interrupt is None)
        if interrupt is not None:
            raise interrupt
        if call.error is not None:
            raise call.error
        return call.result

    def _interrupt(self, call: Call) -> None:
        """Cancels what runs; when all of it has ended the context can be used again."""
        call.is_unwanted = True
        with self._lock:
            if self._running and not call.is_over and self._capsule is not None:
                self._interrupted = True
                _pps.pps_ctx_cancel(self._capsule)

    def _enter(self, call: Call) -> bool:
        """A call begins, if it is still wanted."""
        with self._lock:
            if call.is_unwanted:
                return False
            self._running += 1
            return True

    def _leave(self) -> None:
        with self._lock:
            self._running -= 1
            if not self._running and self._interrupted:
                self._interrupted = False
                if not self._asked and self._capsule is not None:
                    _pps.pps_ctx_resume(self._capsule)

    def _report(self, call: Call, progress: bool) -> None:
        try:
            call.reporting[0] = threading.get_ident()
            self._deliver(progress)
        finally:
            call.reporting[0] = None

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


_unbegun: set[object] = set()
"""One for each thread that was asked for and has not begun."""


def _let_begin() -> None:
    """A thread that begins when the interpreter has gone takes the process down with it (CPython 3.11): an interrupt may have left some behind."""
    end = time.monotonic() + 1  # an interrupt may also have come before a thread was made
    while _unbegun and time.monotonic() < end:
        time.sleep(0.001)


atexit.register(_let_begin)

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
    _unbegun.clear()


os.register_at_fork(after_in_child=_after_fork)
