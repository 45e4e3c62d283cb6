# SPDX-License-Identifier: BSD-3-Clause
"""Random Butler `where` expressions over the world of where_world.py, right and wrong ones.

Types are followed far enough that most expressions are meant to be accepted; then some are bent: an operand
of another type, an unknown name, a token dropped, doubled, swapped or misspelt. Whether one is accepted is
for the real Butler to say. Left out are what depends on the order in which a database evaluates (division by
zero, overflow, a GLOB pattern that ends in a backslash) and what we refuse: BOX, POLYGON, REGION, times in
UT1.
"""

import random
import re

INT_FIELDS = (
    "exposure.seq_num",
    "seq_num",
    "seq_start",
    "exposure.seq_end",
    "instrument.visit_system",
    "visit.seq_num",
)
INT_KEYS = (
    "exposure",
    "exposure.id",
    "day_obs",
    "exposure.day_obs",
    "day_obs.id",
    "visit",
    "visit.id",
    "detector",
    "detector.id",
    "visit_definition.visit",
    "visit.day_obs",
    "visit_system",
    "visit_system_membership.visit",
)
FLOATS = (
    "exposure.exposure_time",
    "dark_time",
    "exposure.tracking_ra",
    "tracking_dec",
    "sky_angle",
    "exposure.azimuth",
    "zenith_angle",
    "visit.exposure_time",
    "visit.zenith_angle",
)
STRINGS = (
    "exposure.target_name",
    "target_name",
    "exposure.science_program",
    "observation_type",
    "exposure.observation_reason",
    "exposure.obs_id",
    "obs_id",
    "physical_filter",
    "exposure.physical_filter",
    "physical_filter.name",
    "band",
    "physical_filter.band",
    "group",
    "exposure.group",
    "group.name",
    "instrument",
    "exposure.instrument",
    "instrument.name",
    "class_name",
    "detector.raft",
    "detector.purpose",
    "detector.full_name",
    "visit.name",
    "visit.target_name",
    "visit_system.name",
)
BOOLS = ("exposure.can_see_sky", "can_see_sky", "exposure.has_simulated", "has_simulated")
SPANS = ("exposure.timespan", "exposure.timespan", "day_obs.timespan", "visit.timespan")
REGIONS = ("visit.region", "visit_detector_region.region", "tract.region")
WRONG = (
    "id",
    "name",
    "timespan",
    "timespan.begin",
    "nosuch",
    "exposure.nosuch",
    "nosuch.seq_num",
    "exposure.band",
    "exposure.exposure",
    "True",
    "Exposure.seq_num",
    "raw.ingest_date",
    "ingest_date",
    ":bound",
    "exposure.timespan.middle",
    "htm7",
    "healpix9",
    "a.b.c.d",
    "exposure.region",
    "run",
    "collection",
    "instrument.instrument",
    "tract",
    "patch",
)
WORDS = (
    "lowdust",
    "Lupus",
    "Déjà-Vu-α",
    "it_%s",
    "a[b]c",
    "*",
    "x?y",
    "",
    "ŠKY 7",
    "science",
    "bias",
    "BLOCK-407",
    "block-407",
    "LSSTCam",
    "LATISS",
    "lsstcam",
    "u_24",
    "g_6",
    "g",
    "white",
    "R22",
    "R22_S01",
    "SCIENCE",
    "one-to-one",
    "MC_O_20251231_000003",
    "2025-12-31T23:59:04.000",
    "lsst.obs.lsst.Latiss",
)
PATTERNS = (
    "*",
    "**",
    "l*",
    "L*",
    "*a*",
    "?*",
    "x?y",
    "x\\\\?y",
    "a[b]c",
    "\\\\*",
    "it_%s",
    "*_%*",
    "",
    "[*",
    "*O_2025123*",
    "MC*3",
    "LSST*",
    "g_?",
    "Š*",
)
TIMES = (
    "2025-12-31",
    "2026-01-01",
    "2016-12-31",
    "2025-12-31T23:59:50",
    "2026-01-01 00:01:00",
    "2025-12-31 23:59",
    "2026-01-01T00:00:10.5",
    "2025-12-31T23:59:30.000000001",
    "2016-12-31T23:59:60",
    "2017-01-01T00:00:00/tai",
    "2016-12-31T23:59:30/utc",
    "2025-12-31T23:59:30/tai",
    "2025-12-31T23:59:30/TT",
    "61040.5",
    "61040.99965277778",
    "mjd/61041.0",
    "mjd/61041.0/utc",
    "jd/2461041.5",
    "unix/1767225600.5",
    "unix_tai/1767225637.0",
    "2025:365",
    "2025:365:23:59",
    "2025:365:23:59:50.25",
    "isot/2025-12-31T23:59:50/tai",
    "iso/2025-12-31 23:59:50",
    "2025-12-31T23:59:50+00:00",
    "1960-01-01",
    "2150-01-01",
    "2025-1-3",
)
BAD_TIMES = (
    "",
    "61040",
    "2025-12-31T23",
    "2025-13-01",
    "2025-02-30",
    "2025-12-31T24:00:00",
    "2025-12-31T23:60:00",
    "2025-12-31T23:59:50Z",
    "2025-12-31T23:59:50+01:00",
    "25-1-1",
    "now",
    "nosuch/61040.5",
    "61040.5/nosuch",
    " 2025-12-31",
    "mjd/2025-12-31",
    "iso/2025-12-31T23:59:50",
    "2025-12-31t00:00:00",
    "unix/1767225600",
)
GARBAGE = (
    "(",
    ")",
    ",",
    "and",
    "or",
    "not",
    "in",
    "=",
    "==",
    "<>",
    "is",
    "null",
    "''",
    '"x"',
    "..",
    "1..3",
    "&",
    ";",
    "'",
    "1e",
    "@",
    "é",
    "\n",
    "\t",
    "\r",
)


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(f"where {seed}")

    def pick(self, items):
        return self.rng.choice(items)

    def chance(self, p):
        return self.rng.random() < p

    def keyword(self, word):
        return self.pick((word, word, word.upper(), word.capitalize()))

    def gap(self):
        return self.pick(("", " ", " ", "  ", "\n", "\t"))

    # -- values and columns

    def integer(self):
        days = (20161231, 20251231, 20260101)
        small = [str(n) for n in (-3, -1, 0, 1, 2, 3, 5, 7, 11, 12, 13, 100)]
        keys = [
            str(self.pick(days) * 100000 + self.rng.randint(1, 12)),
            str(self.pick(days)),
            "2025123150002",
        ]
        return self.pick(small + small + keys + ["01", "+4", "7050123199999"])

    def number(self):
        return self.pick(
            (
                "0.0",
                "30.0",
                "15.",
                "30.5",
                ".5",
                "1.5e1",
                "3E+1",
                "-12.5",
                "270.0",
                "1e-3",
                "30.9296",
                "+15.25",
            )
        )

    def word(self):
        return f"'{self.pick(WORDS)}'"

    def time(self):
        return f"{self.pick('TTTt')}'{self.pick(BAD_TIMES if self.chance(0.06) else TIMES)}'"

    def int_column(self):
        return self.pick(INT_FIELDS if self.chance(0.6) else INT_KEYS)

    def int_expression(self, depth=0):
        if depth < 2 and self.chance(0.2):
            a, b = self.pick(INT_FIELDS), self.int_expression(depth + 1)
            op = self.pick("+-")
            return self.pick(
                (
                    f"{a} {op} {b}",
                    f"({a}{self.gap()}{op} {b})",
                    f"{a} * {self.pick('23')}",
                    f"{a} % {self.pick('235')}",
                    f"-{a}",
                    f"- {a} + 1",
                    f"+{a}",
                )
            )
        return self.int_column()

    def float_expression(self):
        a = self.pick(FLOATS)
        if self.chance(0.25):
            b = self.pick(("1.5", "2.0", "-0.25"))
            return self.pick(
                (
                    f"{a} + {b}",
                    f"{a} * {b}",
                    f"{a} / {b}",
                    f"-{a}",
                    f"{a} - {self.pick(FLOATS)}",
                    f"({a} + {b}) / {b}",
                )
            )
        return a

    def date_column(self):
        return f"{self.pick(SPANS)}.{self.pick(('begin', 'end'))}"

    # -- predicates

    def order(self):
        return self.pick(("=", "!=", "<", ">", "<=", ">="))

    def comparison(self):
        kind = self.rng.randrange(10)
        if kind < 3:
            sides = (
                self.int_expression(),
                self.integer() if self.chance(0.8) else self.pick(("2.5", "3.0", "exposure.seq_start")),
            )
        elif kind < 5:
            sides = self.float_expression(), self.number() if self.chance(0.8) else self.integer()
        elif kind < 8:
            sides = self.pick(STRINGS), self.word() if self.chance(0.9) else self.pick(STRINGS)
        elif kind == 8:
            sides = self.date_column(), self.time() if self.chance(0.85) else self.date_column()
        else:
            sides = f"{self.pick(INT_FIELDS)} / {self.pick('24')}", self.pick(("1", "1.5", "3"))
        if self.chance(0.15):
            sides = sides[::-1]
        gap = self.gap()
        return f"{sides[0]}{gap}{self.order()}{gap}{sides[1]}"

    def null_test(self):
        column = self.pick(
            (
                self.int_column(),
                self.float_expression(),
                self.pick(STRINGS),
                self.pick(BOOLS),
                self.pick(BOOLS),
                self.pick(SPANS),
                self.date_column(),
                self.pick(REGIONS),
            )
        )
        sides = [column, self.pick(("null", "NULL", "Null"))]
        if self.chance(0.2):
            sides.reverse()
        return f"{sides[0]} {self.pick(('=', '!=', '=', '!=', '<'))} {sides[1]}"

    def range(self):
        start = self.rng.randint(-4, 8)
        stop = start + self.pick((0, 1, 3, 5, 9, -1, -2))
        dots = self.pick(("..", "..", " .. "))
        return f"{start}{dots}{stop}" + self.pick(("", "", ":2", ":3", " : 4", ":1"))

    def key_range(self):
        return f"{self.pick((2025123100001, 2025123100003))}..{self.pick((2025123100004, 2026010100002))}"

    def member(self):
        """A column and what makes items for it."""
        kind = self.rng.randrange(10)
        if kind < 1:
            return self.pick(INT_KEYS), self.key_range
        if kind < 3:
            return self.int_expression(), self.range
        if kind < 5:
            return self.int_expression(), self.integer
        if kind < 7:
            return self.pick(STRINGS), self.word
        if kind < 9:
            return self.pick(FLOATS), self.number
        return self.date_column(), self.time

    def membership(self):
        word = f"{self.keyword('not')} {self.keyword('in')}" if self.chance(0.3) else self.keyword("in")
        column, item = self.member()
        items = [item() for _ in range(self.rng.randint(1, 3))]
        if self.chance(0.15):
            items.append(self.pick(("null", "NULL", "seq_start", "1.5", "'x'", "target_name")))
        return f"{column} {word}{self.gap()}({self.pick((', ', ',', ' , ')).join(items)})"

    def overlap(self):
        bounds = [self.pick(("null", self.time(), self.time())) for _ in range(2)]
        other = self.pick(
            (self.time(), f"({bounds[0]}, {bounds[1]})", f"({bounds[0]},{bounds[1]})", self.date_column())
        )
        sides = [self.pick(SPANS), other]
        if self.chance(0.2):
            sides.reverse()
        return f"{sides[0]} {self.keyword('overlaps')} {sides[1]}"

    def spatial(self):
        ra, dec = self.pick((149, 150.3, 152.0, 156.2, 10)), self.pick((-30, -29.5, -30.4, 5))
        shape = self.pick(
            (
                f"POINT({ra}, {dec})",
                f"Point({ra},{dec})",
                f"CIRCLE({ra}, {dec}, {self.pick((0.2, 0.7, 1))})",
                f"circle({ra},{dec},{self.pick((1, 2.5))})",
                self.pick(REGIONS),
                f"POINT({ra})",
                f"CIRCLE({ra}, {dec})",
            )
        )
        sides = [self.pick(REGIONS), shape]
        if self.chance(0.2):
            sides.reverse()
        return f"{sides[0]} {self.keyword('overlaps')} {sides[1]}"

    def glob(self):
        return (
            f"{self.pick(('GLOB', 'glob', 'Glob'))}({self.pick(STRINGS)}, '{self.pick(PATTERNS)}')".replace(
                "\\\\", "\\"
            )
        )

    def odd(self):
        """What is seldom written, and mostly refused."""
        return self.pick(
            (
                self.pick(WRONG),
                f"{self.pick(WRONG)} = {self.integer()}",
                f"{self.pick(WRONG)} = {self.word()}",
                self.int_column(),
                self.integer(),
                self.word(),
                "null",
                "null = null",
                f"{self.pick(BOOLS)} = {self.pick(('1', 'True', 'can_see_sky'))}",
                f"{self.pick(STRINGS)} = {self.integer()}",
                f"{self.int_column()} = {self.word()}",
                f"{self.int_column()} = {self.range()}",
                f"{self.int_column()} in {self.range()}",
                f"{self.pick(FLOATS)} + 1 > 2",
                f"{self.pick(INT_FIELDS)} + 1.0 > 2",
                f"{self.pick(FLOATS)} % 2.0 = 0",
                f"{self.pick(SPANS)} < {self.time()}",
                f"{self.pick(SPANS)} = {self.time()}",
                f"{self.int_column()} overlaps {self.integer()}",
                f"UPPER({self.pick(STRINGS)}) = 'X'",
                f"GLOB({self.int_column()}, 'x*')",
                f"GLOB({self.pick(STRINGS)}, 3)",
                f"{self.pick(BOOLS)} in (null)",
                f"{self.integer()} = {self.integer()}",
                f"{self.word()} < {self.word()}",
                f"{self.integer()} in (1..5)",
                f"{self.time()} < {self.time()}",
                f"-{self.pick(STRINGS)} = 'x'",
                f"not {self.int_column()}",
                f"{self.int_column()} in ()",
                f"{self.int_column()} in ((1))",
                f"{self.int_column()} in (1+1)",
                f"({self.pick(BOOLS)} or {self.pick(BOOLS)}) = null",
                f"{self.date_column()} + 1 > {self.time()}",
                f"{self.pick(SPANS)} overlaps (1, 2)",
                "skymap = 'lsst_cells_v1'",
                "skymap = 'lsst_cells_v1' and tract = 5000",
                "UUID('4c1d4c1d-4c1d-4c1d-4c1d-4c1d4c1d4c1d') = UUID('4C1D4C1D4C1D4C1D4C1D4C1D4C1D4C1D')",
                "UUID('x') = UUID('x')",
                f"{self.int_column()} = 99999999999999999999",
                f"{self.pick(FLOATS)} < 1e999",
                f"{self.int_column()} between 1 and 2",
                f"{self.pick(STRINGS)} like 'l%'",
                f"{self.int_column()} is null",
                "exposure.seq_num < 3 < 5",
                "exposure.seq_num = 1 = 1",
                "ssp_hypothesis_table = 'x'",
                "subfilter = 1 and band = 'g'",
            )
        )

    def predicate(self):
        kind = self.rng.random()
        if kind < 0.42:
            return self.comparison()
        if kind < 0.62:
            return self.membership()
        if kind < 0.72:
            return self.null_test()
        if kind < 0.80:
            return self.pick(BOOLS)
        if kind < 0.86:
            return self.overlap()
        if kind < 0.92:
            return self.glob()
        if kind < 0.94:
            return self.spatial()
        return self.odd()

    def expression(self, depth=0):
        kind = self.rng.random()
        if depth >= 3 or kind < 0.45:
            return self.predicate()
        if kind < 0.62:
            return f"{self.expression(depth + 1)} {self.keyword('and')} {self.expression(depth + 1)}"
        if kind < 0.79:
            return f"{self.expression(depth + 1)} {self.keyword('or')} {self.expression(depth + 1)}"
        if kind < 0.90:
            return f"{self.keyword('not')} {self.expression(depth + 1)}"
        return f"({self.gap()}{self.expression(depth + 1)}{self.gap()})"

    def governed(self, expression):
        """With the instrument named, in one of the ways that count, and in some that do not."""
        form = self.pick(
            ("instrument = 'LSSTCam' and ({})",) * 6
            + (
                "({}) AND exposure.instrument = 'LATISS'",
                "instrument in ('LSSTCam', 'LATISS') and ({})",
                "instrument != 'LATISS' and {}",
                "instrument = 'LSSTCam' or {}",
                "instrument = null and {}",
                "instrument.class_name != 'x' and {}",
                "GLOB(instrument, 'L*') and {}",
                "{} and 'LSSTCam' = instrument.name",
            )
        )
        return form.format(expression)

    def bend(self, expression):
        """One wrong turn at a random token."""
        tokens = re.findall(r"'[^']*'|[\w.]+|\s+|[<>!=]+|.", expression, re.S)
        i = self.rng.randrange(len(tokens))
        turn = self.rng.randrange(5)
        if turn == 0:
            del tokens[i]
        elif turn == 1:
            tokens.insert(i, tokens[i])
        elif turn == 2:
            j = self.rng.randrange(len(tokens))
            tokens[i], tokens[j] = tokens[j], tokens[i]
        elif turn == 3:
            tokens[i] = self.pick(GARBAGE)
        else:
            tokens.insert(i, self.pick(GARBAGE))
        return "".join(tokens)

    def one(self):
        expression = self.expression()
        if self.chance(0.7):
            expression = self.governed(expression)
        if self.chance(0.12):
            expression = self.bend(expression)
        return self.pick(("", "", "", " ", "\n")) + expression


def settled(expression):
    """Whether its outcome does not depend on when a database evaluates it, nor takes the Butler minutes."""
    if "\\'" in expression:
        return False
    if re.search(r"[/%][\s(+-]*(0*\.?0*(?![\d.])|\d{5,})|\*[\s(+-]*\d{5,}", expression):
        return False
    return len(expression) < 600 and len(re.findall(r"\b(and|or)\b", expression, re.I)) <= 9


def expressions(seed, count):
    """`count` different expressions; the first few are the site's own."""
    generator = Generator(seed)
    found = dict.fromkeys(
        (
            "",
            " ",
            "\n",
            "not exposure.can_see_sky",
            "exposure.can_see_sky or exposure.can_see_sky = NULL",
            "exposure.can_see_sky",
        )
    )
    while len(found) < count:
        expression = generator.one()
        if settled(expression):
            found[expression] = None
    return list(found)[:count]
