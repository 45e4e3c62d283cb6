# SPDX-License-Identifier: BSD-3-Clause
"""What all handles share: a context, one call at a time, an end, and how Python's values go in and out."""
from __future__ import annotations

import enum
import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Optional, Protocol, TypeVar, Union

from . import context as _context

if TYPE_CHECKING:  # imported where values of theirs are made
    import datetime
    import types
    import uuid

__all__ = ["DatasetLike", "Duration", "Handle", "PathLike"]

PathLike = Union[str, "os.PathLike[str]"]
"""A path, or as text a URI (file://, s3://profile@bucket/key); objects with `geturl()` such as ResourcePath are taken too."""
Duration = Union[int, float, "datetime.timedelta"]
"""Seconds, or a timedelta."""


class _HasId(Protocol):
    @property
    def id(self) -> uuid.UUID: ...


DatasetLike = Union["uuid.UUID", str, _HasId]
"""A UUID, its text, or what has one as `id`, such as a DatasetRef of the Python Butler."""

_E = TypeVar("_E", bound=enum.IntEnum)
_H = TypeVar("_H", bound="Handle")
_R = TypeVar("_R")


class Turn:
    """One call at a time: threads wait for each other, and what a call reports to is told not to.

    `lock` is taken and released by the thread that does the work; `asker` is the thread that waits for it.
    """

    __slots__ = ("asker", "lock", "reporting")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asker: int | None = None
        self.reporting: list[int | None] = [None]

    def check(self) -> None:
        if threading.get_ident() in (self.asker, self.reporting[0]):
            raise RuntimeError("this object is in a call: what the call reports to must not use it")

    def take(self, call: _context.Call, timeout: float) -> bool:
        """Whether it came within so many seconds."""
        if not self.lock.acquire(timeout=timeout):
            return False
        self.asker, self.reporting = call.asker, call.reporting
        return True

    def release(self) -> None:
        self.asker = None
        self.lock.release()

    def during(self, function: Callable[..., _R], *args: Any) -> _R:
        """What waits for nothing, in the thread that asks."""
        self.check()
        with self.lock:
            try:
                self.asker = threading.get_ident()
                return function(*args)
            finally:
                self.asker = None


class Handle:
    """Something of libpps that is open: a context manager, closed by `close()` or when nothing refers to it.

    Threads may share it; their calls then wait for each other. It is of no use in a forked child.
    """

    __slots__ = ("__weakref__", "_capsule", "_turn", "context")
    context: _context.Context
    """Where its log events and progress go, and what cancels it."""
    _capsule: Any
    _turn: Turn

    @classmethod
    def _open(cls: type[_H], context: _context.Context | None, function: Callable[..., Any], *args: Any) -> _H:
        self = cls.__new__(cls)
        self._make(context, function, *args)
        return self

    def _make(self, context: _context.Context | None, function: Callable[..., Any], *args: Any) -> None:
        """With the result of a function that takes a context first."""
        self.context = _context.of(context)
        self._turn = Turn()
        self._capsule = None
        self._capsule = self.context._run(function, self.context._handle(), *args)

    def _handle(self) -> Any:
        capsule = getattr(self, "_capsule", None)
        if capsule is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        self.context._handle()
        return capsule

    def _run(self, function: Callable[..., Any], *args: Any, beside: Handle | None = None) -> Any:
        """A call that may wait; it uses another handle too."""
        handle = self._handle()
        turns = [self._turn] if beside is None else [self._turn, beside._turn]
        return self.context._run(function, handle, *args, turns=turns)

    def _ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """A call that waits for nothing."""
        return self._turn.during(function, self._handle(), *args)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return getattr(self, "_capsule", None) is None

    def close(self) -> None:
        """Release it, at once or at the end of calls of other threads; closing again is fine."""
        self._capsule = None

    def __enter__(self: _H) -> _H:
        self._handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled: open it in the other process")


def path(value: PathLike) -> str:
    geturl = getattr(value, "geturl", None)
    if callable(geturl):
        value = geturl()
    text = os.fspath(value)
    if not isinstance(text, str):
        raise TypeError(f"a path or URI as str or os.PathLike[str], not {type(value).__name__}")
    return text


def optional_path(value: PathLike | None) -> str | None:
    return None if value is None else path(value)


def text(value: str, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what}: a str is needed, not {type(value).__name__}")
    return value


def number(value: int, what: str, least: int = 0, most: int = (1 << 63) - 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what}: an int is needed, not {type(value).__name__}")
    if not least <= value <= most:
        raise ValueError(f"{what}: {least} to {most}, not {value}")
    return value


def seconds(value: Duration, what: str) -> float:
    import datetime

    if isinstance(value, datetime.timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{what}: seconds or a timedelta is needed, not {type(value).__name__}")
    if not value >= 0 or value > 1e9:
        raise ValueError(f"{what}: 0 to 1e9 seconds, not {value}")
    return float(value)


def joined(value: str | Iterable[str] | None, what: str) -> str | None:
    """Names as the library takes several: separated by commas."""
    if value is None or isinstance(value, str):
        return value
    return ",".join(text(item, what) for item in value)


def texts(value: Iterable[str], what: str) -> list[str]:
    if isinstance(value, str):
        raise TypeError(f"{what}: several texts are needed, not one")
    return [text(item, what) for item in value]


def dataset_id(value: DatasetLike) -> str:
    import uuid

    if isinstance(value, str):
        return str(uuid.UUID(value))
    if not isinstance(value, uuid.UUID):
        value = getattr(value, "id", None)  # type: ignore[assignment]
    if not isinstance(value, uuid.UUID):
        raise TypeError("a dataset: a UUID, its text, or what has a UUID as `id`")
    return str(value)


def known(kind: type[_E], value: int) -> _E | int:
    """A later library may know more values."""
    try:
        return kind(value)
    except ValueError:
        return value


def from_json(value: str) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(value)
    return found


def as_uuid(value: str) -> uuid.UUID:
    import uuid

    return uuid.UUID(value)


def optional_uuid(value: Optional[str]) -> uuid.UUID | None:
    return as_uuid(value) if value else None


def utc(ns: int) -> datetime.datetime:
    """Nanoseconds of UTC since 1970, cut to the microsecond."""
    import datetime

    return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=ns // 1000)
