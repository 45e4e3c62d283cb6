# SPDX-License-Identifier: BSD-3-Clause
"""Times: TAI nanoseconds inside, with the scale said wherever one comes in or goes out."""
from __future__ import annotations

import datetime as _datetime
import functools
import re
from typing import TYPE_CHECKING, Any, Literal, Union

if TYPE_CHECKING:
    import astropy.time as _astropy_time

__all__ = ["Tai", "TimeLike"]

_GIGA = 1_000_000_000
_DAY = 86400
# TAI - UTC in seconds from midnight UTC of that date on.
_LEAPS = (
    ("1972-01-01", 10), ("1972-07-01", 11), ("1973-01-01", 12), ("1974-01-01", 13), ("1975-01-01", 14), ("1976-01-01", 15), ("1977-01-01", 16),
    ("1978-01-01", 17), ("1979-01-01", 18), ("1980-01-01", 19), ("1981-07-01", 20), ("1982-07-01", 21), ("1983-07-01", 22), ("1985-07-01", 23),
    ("1988-01-01", 24), ("1990-01-01", 25), ("1991-01-01", 26), ("1992-07-01", 27), ("1993-07-01", 28), ("1994-07-01", 29), ("1996-01-01", 30),
    ("1997-07-01", 31), ("1999-01-01", 32), ("2006-01-01", 33), ("2009-01-01", 34), ("2012-07-01", 35), ("2015-07-01", 36), ("2017-01-01", 37),
)
_EPOCH = _datetime.date(1970, 1, 1)
_STEPS = tuple(((_datetime.date.fromisoformat(day) - _EPOCH).days * _DAY, offset) for day, offset in _LEAPS)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|\+00:00)?")


def _offset_at_utc(second: int) -> int:
    """TAI - UTC at a second of UTC since 1970."""
    for start, offset in reversed(_STEPS):
        if second >= start:
            return offset
    raise ValueError("UTC before 1972 has no whole leap seconds: give TAI")


def _utc_of_tai(second: int) -> tuple[int, bool]:
    """The second of UTC since 1970 and whether it is a leap second, which repeats the number of the one before."""
    for i in range(len(_STEPS) - 1, -1, -1):
        start, offset = _STEPS[i]
        if second >= start + offset:
            return second - offset, False
        if i and second >= start + _STEPS[i - 1][1]:
            return start - 1, True
    raise ValueError("UTC before 1972 has no whole leap seconds: ask for TAI")


def _check(scale: str) -> None:
    if scale not in ("utc", "tai"):
        raise ValueError(f'scale: "utc" or "tai", not {scale!r}')


@functools.total_ordering
class Tai:
    """A moment: nanoseconds of TAI since 1970-01-01T00:00:00 TAI.

    >>> t = Tai.parse("2025-12-02T03:04:05.25", scale="utc")
    >>> t.ns, t.isoformat(scale="tai")
    (1764644682250000000, '2025-12-02T03:04:42.250000000')
    >>> Tai.from_datetime(t.to_datetime()) == t
    True
    """

    __slots__ = ("_ns",)
    _ns: int

    def __init__(self, ns: int) -> None:
        if isinstance(ns, bool) or not isinstance(ns, int):
            raise TypeError(f"Tai: nanoseconds as int, not {type(ns).__name__}")
        if not -(1 << 63) <= ns < 1 << 63:
            raise OverflowError("Tai: beyond 64 bits of nanoseconds")
        object.__setattr__(self, "_ns", ns)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Tai does not change")

    @property
    def ns(self) -> int:
        """Nanoseconds of TAI since 1970-01-01T00:00:00 TAI."""
        return self._ns

    @classmethod
    def now(cls) -> Tai:
        """The local clock's time."""
        return cls.from_datetime(_datetime.datetime.now(_datetime.timezone.utc))

    @classmethod
    def parse(cls, text: str, *, scale: Literal["utc", "tai"]) -> Tai:
        """From ISO 8601 such as "2025-12-02T03:04:05.123456789" (a leap second is ":60"); "Z" or "+00:00" only with UTC."""
        _check(scale)
        m = _ISO.fullmatch(text)
        if not m or (m[6] and scale != "utc"):
            raise ValueError(f"no time of scale {scale}: {text!r}")
        hour, minute, second = int(m[2] or 0), int(m[3] or 0), int(m[4] or 0)
        if hour > 23 or minute > 59 or second > 60:
            raise ValueError(f"no time of day: {text!r}")
        start = (_datetime.date.fromisoformat(m[1]) - _EPOCH).days * _DAY + hour * 3600 + minute * 60
        if scale == "tai":
            if second == 60:
                raise ValueError(f"TAI has no leap seconds: {text!r}")
            whole = start + second
        else:
            whole = start + second + _offset_at_utc(start)
            if second == 60 and not _utc_of_tai(whole)[1]:
                raise ValueError(f"no leap second then: {text!r}")
        return cls(whole * _GIGA + int((m[5] or "0").ljust(9, "0")))

    @classmethod
    def from_utc_ns(cls, ns: int) -> Tai:
        """From nanoseconds of UTC since 1970 without leap seconds, as Unix and numpy count them: there a leap second is the second after it."""
        return cls(ns + _offset_at_utc(ns // _GIGA) * _GIGA)

    @classmethod
    def from_datetime(cls, when: _datetime.datetime, *, scale: Literal["utc", "tai"] = "utc") -> Tai:
        """From a datetime: with `scale` "utc" it must have a time zone; with "tai" it must have none and is read as TAI."""
        _check(scale)
        if not isinstance(when, _datetime.datetime):
            raise TypeError(f"a datetime, not {type(when).__name__}")
        if scale == "utc":
            if when.tzinfo is None or when.utcoffset() is None:
                raise ValueError("a datetime without a time zone: say when.replace(tzinfo=...), or scale=\"tai\"")
            when = when.astimezone(_datetime.timezone.utc).replace(tzinfo=None)
        elif when.tzinfo is not None:
            raise ValueError("a datetime in TAI has no time zone")
        passed = when - _datetime.datetime(1970, 1, 1)
        whole = passed.days * _DAY + passed.seconds
        if scale == "utc":
            whole += _offset_at_utc(whole)
        return cls(whole * _GIGA + passed.microseconds * 1000)

    def to_datetime(self, *, scale: Literal["utc", "tai"] = "utc") -> _datetime.datetime:
        """As a datetime to the microsecond (cut): in UTC with its time zone, in TAI without any.

        A leap second, which datetime does not know, becomes the last microsecond before it.
        """
        _check(scale)
        whole, rest = divmod(self._ns, _GIGA)
        leap = False
        if scale == "utc":
            whole, leap = _utc_of_tai(whole)
        when = _datetime.datetime(1970, 1, 1) + _datetime.timedelta(seconds=whole, microseconds=999_999 if leap else rest // 1000)
        return when.replace(tzinfo=_datetime.timezone.utc) if scale == "utc" else when

    @classmethod
    def from_astropy(cls, when: _astropy_time.Time) -> Tai:
        """From a scalar astropy Time of any scale that astropy converts to TAI, to the nanosecond."""
        tai = when.tai
        if not tai.isscalar:
            raise ValueError("one time, not an array of them")
        # Julian days 2440587.5 is 1970-01-01; jd1 is a whole or half day, jd2 has the precision.
        days = float(tai.jd1) - 2440587.5
        whole = int(days)
        rest = (days - whole) + float(tai.jd2)
        return cls(whole * _DAY * _GIGA + round(rest * _DAY * _GIGA))

    def to_astropy(self) -> _astropy_time.Time:
        """As an astropy Time of scale TAI, exact to the nanosecond. Needs astropy."""
        import astropy.time
        days, rest = divmod(self._ns, _DAY * _GIGA)
        return astropy.time.Time(2440587.5 + days, rest / (_DAY * _GIGA), format="jd", scale="tai")

    @classmethod
    def of(cls, when: TimeLike) -> Tai:
        """From whatever says its scale: Tai, a datetime with a time zone, an astropy Time."""
        if isinstance(when, Tai):
            return when
        if isinstance(when, _datetime.datetime):
            return cls.from_datetime(when)
        if hasattr(when, "tai") and hasattr(when, "jd1"):
            return cls.from_astropy(when)
        raise TypeError(f"a time: pps.Tai, a datetime with a time zone, or an astropy Time, not {type(when).__name__}")

    def isoformat(self, *, scale: Literal["utc", "tai"]) -> str:
        """ISO 8601 to the nanosecond, without a time zone: the scale is the caller's to say.

        >>> Tai.parse("2016-12-31T23:59:60.5", scale="utc").isoformat(scale="utc")
        '2016-12-31T23:59:60.500000000'
        """
        _check(scale)
        whole, rest = divmod(self._ns, _GIGA)
        leap = False
        if scale == "utc":
            whole, leap = _utc_of_tai(whole)
        day, second = divmod(whole, _DAY)
        date = _EPOCH + _datetime.timedelta(days=day)
        return f"{date.isoformat()}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60 + leap:02}.{rest:09}"

    def __eq__(self, other: object) -> bool:
        return self._ns == other._ns if isinstance(other, Tai) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._ns < other._ns if isinstance(other, Tai) else NotImplemented

    def __hash__(self) -> int:
        return hash((Tai, self._ns))

    def __reduce__(self) -> tuple[type[Tai], tuple[int]]:
        return Tai, (self._ns,)

    def __repr__(self) -> str:
        return f"Tai({self._ns})"

    def __str__(self) -> str:
        return f"{self.isoformat(scale='tai')} TAI"


TimeLike = Union[Tai, _datetime.datetime, Any]
"""What functions take as a time: `Tai`, a datetime with a time zone, or an astropy Time."""
