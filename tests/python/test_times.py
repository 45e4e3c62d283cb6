# SPDX-License-Identifier: BSD-3-Clause
"""Times and their scales, judged by astropy."""
import datetime
import pickle
import random
import unittest

import astropy.time
import astropy.utils.iers
import erfa

from pps import Tai, times

UTC = datetime.timezone.utc
astropy.utils.iers.conf.auto_download = False


class Times(unittest.TestCase):
    def test_leap_seconds_are_those_of_erfa(self):
        table = [(f"{y}-{m:02}-01", round(d)) for y, m, d in erfa.leap_seconds.get() if y >= 1972]
        self.assertEqual(list(times._LEAPS), table)

    def test_agrees_with_astropy(self):
        chance = random.Random(6)
        for _ in range(500):
            ns = chance.randrange(63072010 * 10**9, 1790000000 * 10**9)
            t = Tai(ns)
            self.assertEqual(Tai.from_astropy(t.to_astropy()), t)
            with self.subTest(ns=ns):
                there = t.to_astropy()
                self.assertEqual(t.isoformat(scale="tai"), there.strftime("%Y-%m-%dT%H:%M:%S") + f".{ns % 10**9:09}")
                there.precision = 9
                self.assertEqual(t.isoformat(scale="utc")[:26], there.utc.isot[:26])
                self.assertEqual(Tai.parse(t.isoformat(scale="utc"), scale="utc"), t)
                self.assertEqual(Tai.parse(t.isoformat(scale="tai"), scale="tai"), t)
                micro = Tai(ns - ns % 1000)
                self.assertEqual(Tai.from_datetime(micro.to_datetime()), micro)
                self.assertEqual(Tai.from_datetime(micro.to_datetime(scale="tai"), scale="tai"), micro)

    def test_around_leap_seconds(self):
        before, leap, after = (Tai.parse(x, scale="utc") for x in ("2016-12-31T23:59:59", "2016-12-31T23:59:60", "2017-01-01T00:00:00"))
        self.assertEqual((leap.ns - before.ns, after.ns - leap.ns), (10**9, 10**9))
        self.assertEqual(leap.isoformat(scale="utc"), "2016-12-31T23:59:60.000000000")
        self.assertEqual(leap.to_datetime(), datetime.datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
        self.assertEqual(Tai.from_astropy(astropy.time.Time("2016-12-31T23:59:60", scale="utc")), leap)
        for day in ("2016-12-30T23:59:60", "2017-12-31T23:59:60", "2016-12-31T22:59:60"):
            with self.assertRaises(ValueError):
                Tai.parse(day, scale="utc")

    def test_scales_must_be_said(self):
        naive = datetime.datetime(2025, 12, 2)
        for wrong in (lambda: Tai.from_datetime(naive), lambda: Tai.from_datetime(naive.replace(tzinfo=UTC), scale="tai"), lambda: Tai.of(naive),
                      lambda: Tai.parse("2025-12-02T00:00Z", scale="tai"), lambda: Tai.parse("2025-12-02", scale="utx"),
                      lambda: Tai.parse("2025-13-02", scale="utc"), lambda: Tai.parse("2025-12-02T24:00", scale="utc"),
                      lambda: Tai.parse("1971-01-01", scale="utc"), lambda: Tai(0).isoformat(scale="utc")):
            self.assertRaises(ValueError, wrong)
        for wrong in (lambda: Tai("1"), lambda: Tai(True), lambda: Tai(1.5), lambda: Tai.of(5), lambda: Tai.of(None), lambda: Tai.from_datetime(None)):
            self.assertRaises(TypeError, wrong)
        self.assertRaises(OverflowError, Tai, 1 << 63)
        self.assertRaises(ValueError, Tai.from_astropy, astropy.time.Time(["2025-01-01", "2025-01-02"]))

    def test_is_a_value(self):
        a, b = Tai(5), Tai(6)
        self.assertTrue(a < b <= b and a != b and a == Tai(5) and hash(a) == hash(Tai(5)) and a != 5)
        self.assertEqual(pickle.loads(pickle.dumps(a)), a)
        self.assertRaises(AttributeError, setattr, a, "ns", 7)
        self.assertRaises(AttributeError, setattr, a, "_ns", 7)
        self.assertEqual(Tai.of(datetime.datetime(2025, 12, 2, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))),
                         Tai.parse("2025-12-02", scale="utc"))
