# SPDX-License-Identifier: BSD-3-Clause
"""A Butler repository, natively."""
from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Callable, Generic, Literal, NamedTuple, Protocol, TypeVar, Union

from . import _pps, conf as _conf, context as _context, dimensions as _dimensions, handle, zip as _zip
from .state import conf_handle
from .times import Tai, TimeLike

if TYPE_CHECKING:
    import uuid

__all__ = ["Butler", "ButlerLike", "ButlerReport", "Collection", "CollectionType", "Dataset", "Exposure", "Finding", "FindingKind", "Outcome", "Rows", "TransferReport", "Transferred"]

_MODES = {"read": _pps.PPS_BUTLER_READ, "write": _pps.PPS_BUTLER_WRITE, "remove": _pps.PPS_BUTLER_REMOVE}
_INT64_MIN, _INT64_MAX = -(1 << 63), (1 << 63) - 1
_Row = TypeVar("_Row", covariant=True)


class _HasConfigFile(Protocol):
    @property
    def configFile(self) -> Any: ...


ButlerLike = Union[handle.PathLike, _HasConfigFile]
"""What a Python Butler is made from too: a folder, the path or URI of a butler.yaml, an alias, or a ButlerConfig, of which its file is read."""


class CollectionType(enum.IntEnum):
    """Types of a collection."""
    RUN = _pps.PPS_COLLECTION_RUN
    TAGGED = _pps.PPS_COLLECTION_TAGGED
    CHAINED = _pps.PPS_COLLECTION_CHAINED
    CALIBRATION = _pps.PPS_COLLECTION_CALIBRATION


class FindingKind(enum.IntEnum):
    """Kinds of finding in a report."""
    MISSING = _pps.PPS_FINDING_MISSING
    """Rows of a dataset are not there: ingesting again adds them."""
    DIFFERENT = _pps.PPS_FINDING_DIFFERENT
    """Something else is there: a person must look."""
    FILE = _pps.PPS_FINDING_FILE
    """The zip or a member is not there, or has another size."""
    ADDED = _pps.PPS_FINDING_ADDED
    """Was not there and was added; in a dry run: would be."""


class Outcome(enum.IntEnum):
    """What became of a dataset in a transfer."""
    INSERTED = _pps.PPS_DATASET_INSERTED
    """It is there now, and was not there (wholly) before; in a dry run: would be."""
    THERE = _pps.PPS_DATASET_THERE
    """It was there, equal."""
    DIFFERENT = _pps.PPS_DATASET_DIFFERENT
    """Something else is there, which stays."""
    MISSING = _pps.PPS_DATASET_MISSING
    """The source does not know it, or does not store it."""
    FAILED = _pps.PPS_DATASET_FAILED
    """Its file could not be moved, or has no place there."""


class Exposure(NamedTuple):
    """An exposure's record."""
    instrument: str
    id: int
    obs_id: str
    """Such as "MC_O_20251202_000001"; "" when none is recorded."""
    day_obs: int
    """Such as 20251202."""
    group: str
    physical_filter: str
    observation_type: str
    """Such as "science"; "" when none is recorded."""
    can_see_sky: bool | None
    """None: unknown."""
    begin: Tai | None
    """None: unknown."""
    end: Tai | None
    """None: unknown."""


class Dataset(NamedTuple):
    """A dataset and its file."""
    id: uuid.UUID
    type: str
    run: str
    data_id: dict[str, int | str]
    """Values by dimension, required ones first."""
    uri: str | None
    """Of its file, "#zip-path=..." for a member of a zip; None: not stored."""
    size: int | None
    """Bytes of its file; None: unknown or not stored."""
    formatter: str | None
    """Python class that reads it."""
    storage_class: str | None


class Collection(NamedTuple):
    """A collection in the tree of chains."""
    name: str
    type: CollectionType | int
    doc: str
    depth: int
    """0, or how many chains are above it."""


class Finding(NamedTuple):
    """A line of a report."""
    kind: FindingKind | int
    dataset: uuid.UUID | None
    """None when it is about no single one."""
    text: str


class ButlerReport(NamedTuple):
    """What an ingest or import did, or what a verification found."""
    datasets: int
    """Datasets that the zip's index names."""
    findings: tuple[Finding, ...]
    yaml: str | None
    """URI or path of the yaml that an import took."""
    records_added: int
    """Dimension records that an import added, or in a dry run would add."""
    records_different: int
    """Those that an import found there with other content; they stay."""


class Transferred(NamedTuple):
    """A dataset that was left out of a transfer."""
    id: uuid.UUID
    type: str | None
    outcome: Outcome | int
    reason: str | None


class TransferReport(NamedTuple):
    """What a transfer did."""
    counts: dict[Outcome | int, int]
    """How many datasets by what became of them."""
    left_out: tuple[Transferred, ...]
    """Those that are not there now, each with why."""


class Rows(Generic[_Row]):
    """The result of a query: goes once through its rows, made when they are asked for. `len` is the number of all."""

    __slots__ = ("_capsule", "_context", "_count", "_next", "_row", "_turn")

    def __init__(self, context: _context.Context, capsule: Any, count: int, step: Callable[[Any], int], row: Callable[[Any], _Row]) -> None:
        self._context, self._capsule, self._count, self._next, self._row = context, capsule, count, step, row
        self._turn = handle.Turn()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[_Row]:
        return self

    def __next__(self) -> _Row:
        return self._turn.during(self._take)

    def _take(self) -> _Row:
        if self._capsule is not None:
            self._context._handle()
            if self._next(self._capsule):
                return self._row(self._capsule)
            self._capsule = None
        raise StopIteration


def _exposure(row: Any) -> Exposure:
    sky = _pps.pps_butler_exposures_can_see_sky(row)
    _, begin, end = _pps.pps_butler_exposures_timespan(row)
    return Exposure(
        _pps.pps_butler_exposures_instrument(row), _pps.pps_butler_exposures_id(row), _pps.pps_butler_exposures_obs_id(row),
        _pps.pps_butler_exposures_day_obs(row), _pps.pps_butler_exposures_group(row), _pps.pps_butler_exposures_physical_filter(row),
        _pps.pps_butler_exposures_observation_type(row), None if sky < 0 else bool(sky),
        None if begin == _INT64_MIN else Tai(begin), None if end == _INT64_MAX else Tai(end))


def _key(row: Any, n: int) -> int | str:
    found: int | list[str] = _pps.pps_butler_datasets_key(row, n)
    return found[0] if isinstance(found, list) else found  # a text comes with an integer that means nothing


def _dataset(row: Any) -> Dataset:
    size = _pps.pps_butler_datasets_size(row)
    data_id = {_pps.pps_butler_datasets_key_name(row, n): _key(row, n) for n in range(_pps.pps_butler_datasets_key_count(row))}
    return Dataset(
        handle.as_uuid(_pps.pps_butler_datasets_id(row)), _pps.pps_butler_datasets_type(row), _pps.pps_butler_datasets_run(row), data_id,
        _pps.pps_butler_datasets_uri(row), None if size < 0 else size, _pps.pps_butler_datasets_formatter(row),
        _pps.pps_butler_datasets_storage_class(row))


def _collection(row: Any) -> Collection:
    return Collection(_pps.pps_butler_collections_name(row), handle.known(CollectionType, _pps.pps_butler_collections_type(row)),
                      _pps.pps_butler_collections_doc(row), _pps.pps_butler_collections_depth(row))


def _report(report: Any) -> ButlerReport:
    findings = tuple(
        Finding(handle.known(FindingKind, _pps.pps_butler_report_kind(report, n)), handle.optional_uuid(_pps.pps_butler_report_dataset(report, n)),
                _pps.pps_butler_report_text(report, n)) for n in range(_pps.pps_butler_report_count(report)))
    return ButlerReport(_pps.pps_butler_report_dataset_count(report), findings, _pps.pps_butler_report_yaml(report),
                        _pps.pps_butler_report_records_added(report), _pps.pps_butler_report_records_different(report))


def _time(when: TimeLike | None, otherwise: int) -> int:
    return otherwise if when is None else Tai.of(when).ns


class Butler(handle.Handle):
    """A repository: its folder, the path or URI of its butler.yaml, an alias, or a ButlerConfig. It may be used beside a Python Butler of it.

    `mode` "write" and "remove" refuse, with UnsupportedError, what this library must not write to; "remove" is for taking datasets out.
    """

    __slots__ = ()

    def __init__(self, location: ButlerLike, *, mode: Literal["read", "write", "remove"] = "read",
                 context: _context.Context | None = None) -> None:
        if mode not in _MODES:
            raise ValueError(f'mode: "read", "write" or "remove", not {mode!r}')
        place: Any = getattr(location, "configFile", None) or location
        self._make(context, _pps.pps_butler_open, handle.path(place), _MODES[mode])

    @property
    def config_uri(self) -> str:
        """URI of the configuration that was read."""
        return str(self._ask(_pps.pps_butler_config_uri))

    @property
    def root(self) -> str:
        """What <butlerRoot> stands for: a URI that ends with "/"."""
        return str(self._ask(_pps.pps_butler_root))

    @property
    def database(self) -> str:
        """The registry's database as a URL without password."""
        return str(self._ask(_pps.pps_butler_database))

    @property
    def schema(self) -> str | None:
        """The schema (namespace) on PostgreSQL; None on SQLite."""
        found: str | None = self._ask(_pps.pps_butler_schema)
        return found

    @property
    def universe(self) -> int:
        """Version of the dimension universe."""
        return int(self._ask(_pps.pps_butler_universe_version))

    @property
    def why_not_writable(self) -> str | None:
        """Why mode "write" is refused, or None when it is not."""
        found: str | None = self._ask(_pps.pps_butler_why_not_writable)
        return found

    def parts(self) -> dict[str, tuple[str, str]]:
        """Parts of the registry that carry a schema version: by name the Python class that defines it, and the version."""
        return {self._ask(_pps.pps_butler_part_name, n): (self._ask(_pps.pps_butler_part_class, n), self._ask(_pps.pps_butler_part_version, n))
                for n in range(self._ask(_pps.pps_butler_part_count))}

    def datastores(self) -> dict[str, str]:
        """Roots of the datastores with files, URIs that end with "/", by name."""
        return {self._ask(_pps.pps_butler_datastore_name, n): self._ask(_pps.pps_butler_datastore_root, n)
                for n in range(self._ask(_pps.pps_butler_datastore_count))}

    def query_exposures(self, where: str | None = None, *, instrument: str | None = None, begin: TimeLike | None = None,
                        end: TimeLike | None = None) -> Rows[Exposure]:
        """Exposures sorted by instrument and id.

        `where` is a Butler expression such as "exposure.can_see_sky and exposure.day_obs = 20251202", which must say the instrument where
        `instrument` does not. With `begin` or `end` only exposures whose time span overlaps [begin, end).
        """
        found = self._run(_pps.pps_butler_query_exposures, instrument, where, _time(begin, _INT64_MIN), _time(end, _INT64_MAX))
        return Rows(self.context, found, _pps.pps_butler_exposures_count(found), _pps.pps_butler_exposures_next, _exposure)

    def query_datasets(self, types: str | Iterable[str], collections: str | Iterable[str], where: str | None = None, *,
                       instrument: str | None = None) -> Rows[Dataset]:
        """Datasets of exposures, sorted by instrument, exposure, type and detector.

        `types` and `collections` are names or globs; chains are searched in their order, and of the datasets with one type and data ID only
        the first is found. `where` is an expression on exposures.
        """
        found = self._run(_pps.pps_butler_query_datasets, handle.joined(types, "types"), handle.joined(collections, "collections"), instrument, where)
        return Rows(self.context, found, _pps.pps_butler_datasets_count(found), _pps.pps_butler_datasets_next, _dataset)

    def get_datasets(self, datasets: Iterable[handle.DatasetLike]) -> Rows[Dataset]:
        """Datasets of whatever dimensions by UUID, sorted by it: where are the files of what a feed tells of? Those that are not known are absent."""
        if isinstance(datasets, str):
            raise TypeError("datasets: several, not one text")
        found = self._run(_pps.pps_butler_get_datasets, [handle.dataset_id(d) for d in datasets])
        return Rows(self.context, found, _pps.pps_butler_datasets_count(found), _pps.pps_butler_datasets_next, _dataset)

    def query_collections(self, names: str | Iterable[str] | None = None) -> Rows[Collection]:
        """Collections by names or globs, by default all that no chain holds, each followed by what it holds, one level deeper."""
        found = self._run(_pps.pps_butler_query_collections, handle.joined(names, "names"))
        return Rows(self.context, found, _pps.pps_butler_collections_count(found), _pps.pps_butler_collections_next, _collection)

    def collect_dimensions(self, exposure: str | int, *, instrument: str | None = None) -> _dimensions.Dimensions:
        """The dimension records that belong to an exposure, by obs id or number: what `<obs_id>_dimensions.yaml` holds."""
        capsule = self._run(_pps.pps_butler_collect_dimensions, instrument, _exposure_name(exposure))
        return _dimensions.Dimensions._open(self.context, lambda _: capsule)

    def insert_dimensions(self, records: _dimensions.Dimensions, *, dry_run: bool = False) -> int:
        """Add records that are not there; how many that were, or in a dry run would be. Needs mode "write"."""
        if not isinstance(records, _dimensions.Dimensions):
            raise TypeError("records: a pps.Dimensions is needed")
        return int(self._run(_pps.pps_butler_insert_dimensions, records._handle(), _flags(dry_run)))

    def pack(self, exposure: str | int, zip: handle.PathLike, *, instrument: str | None = None) -> _zip.ZipReport:
        """One exposure's zip, as the flow makes it: every file of its folder, with the indices. Its size and digests are in the report.

        It knows no embargo and no completeness, and records nothing: whoever calls it decides. Nothing is overwritten: ExistsError.
        """
        return _zip._report(self._run(_pps.pps_raw_pack, instrument, _exposure_name(exposure), handle.path(zip)))

    def ingest_zip(self, zip: handle.PathLike, *, record_uri: str | None = None, dry_run: bool = False) -> ButlerReport:
        """Make the datasets of a zip known, in direct mode; what was there with equal content is left alone. Needs mode "write".

        `record_uri` is where readers reach the zip, by default the zip itself. ConflictError: a dataset is there with other content.
        """
        return _report(self._run(_pps.pps_butler_ingest_zip, handle.path(zip), record_uri, _flags(dry_run)))

    def verify_zip(self, zip: handle.PathLike, *, record_uri: str | None = None, check_files: bool = False) -> ButlerReport:
        """Compare a zip's index with what the repository knows, with `check_files` also the zip's members."""
        return _report(self._run(_pps.pps_butler_verify_zip, handle.path(zip), record_uri, _pps.PPS_BUTLER_CHECK_FILES if check_files else 0))

    def import_zip(self, zip: handle.PathLike, yaml: handle.PathLike | None = None, *, record_uri: str | None = None, dry_run: bool = False,
                   unread: bool = False) -> ButlerReport:
        """A zip and its dimension records, by default the yaml beside it, as a remote site gets them. Needs mode "write".

        The whole zip is read and checked first; with `unread` only its directory and index are.
        """
        flags = _flags(dry_run) | (_pps.PPS_BUTLER_UNREAD if unread else 0)
        return _report(self._run(_pps.pps_butler_import_zip, handle.path(zip), handle.optional_path(yaml), record_uri, flags))

    def transfer(self, dest: Butler, datasets: Iterable[handle.DatasetLike], *, mode: Literal["copy", "hardlink", "direct", "in_place"],
                 dry_run: bool = False) -> TransferReport:
        """Datasets by UUID to another repository, open with mode "write": as transfer_from of Python with dataset types and dimensions.

        It knows no embargo and no policy: whoever calls it decides that these datasets may go there. May be repeated.
        """
        if isinstance(datasets, str):
            raise TypeError("datasets: several, not one text")
        return self._transfer(dest, _pps.pps_butler_transfer, [handle.dataset_id(d) for d in datasets], mode, dry_run)

    def transfer_dimensions(self, dest: Butler, datasets: Iterable[handle.DatasetLike], *, dry_run: bool = False) -> int:
        """The dimension records that datasets need: as transfer_dimension_records_from of Python; how many were not there. `dest` needs "write"."""
        if isinstance(datasets, str):
            raise TypeError("datasets: several, not one text")
        if not isinstance(dest, Butler):
            raise TypeError("dest: a pps.Butler is needed")
        if dest is self:
            raise ValueError("dest: another repository is needed")
        ids = [handle.dataset_id(d) for d in datasets]
        return int(self._run(_pps.pps_butler_transfer_dimensions, dest._handle(), ids, _flags(dry_run), beside=dest))

    def transfer_chosen(self, dest: Butler, types: str | Iterable[str], collections: str | Iterable[str], where: str | None = None, *,
                        mode: Literal["copy", "hardlink", "direct", "in_place"], dry_run: bool = False) -> TransferReport:
        """`transfer` for datasets of types and collections, by names or globs; `where` is an expression on exposures."""
        return self._transfer(dest, _pps.pps_butler_transfer_chosen, handle.joined(types, "types"), handle.joined(collections, "collections"), where,
                              mode, dry_run)

    def _transfer(self, dest: Butler, function: Callable[..., Any], *args: Any) -> TransferReport:
        *which, mode, dry_run = args
        if not isinstance(dest, Butler):
            raise TypeError("dest: a pps.Butler is needed")
        if dest is self:
            raise ValueError("dest: another repository is needed")
        counts: dict[Outcome | int, int] = {}
        left_out: list[Transferred] = []

        def note(id: str, type: str | None, outcome: int, reason: str | None) -> bool:
            what = handle.known(Outcome, outcome)
            counts[what] = counts.get(what, 0) + 1
            if what not in (Outcome.INSERTED, Outcome.THERE):
                left_out.append(Transferred(handle.as_uuid(id), type, what, reason))
            return True
        self._run(function, dest._handle(), *which, handle.text(mode, "mode"), _flags(dry_run), note, beside=dest)
        return TransferReport(counts, tuple(left_out))

    def in_flow(self, conf: _conf.Conf) -> str | None:
        """What a configuration calls this repository, where it has the flow of prompt products look after it; else None."""
        found = self._run(_pps.pps_butler_in_flow, conf_handle(conf))
        return str(found[1]) if found else None

    @staticmethod
    def prepare(conf: _conf.Conf, name: handle.PathLike, source: handle.PathLike, *, instruments: str | Iterable[str] | None = None,
                skymaps: str | Iterable[str] | None = None, dry_run: bool = False, context: _context.Context | None = None) -> ButlerReport:
        """Make a new public repository ready: records of instruments and skymaps from `source`, collections and chains of the configuration."""
        capsule = conf_handle(conf)
        use = _context.of(context or conf.context)
        return _report(use._run(_pps.pps_butler_prepare, use._handle(), capsule, handle.path(name), handle.path(source),
                                handle.joined(instruments, "instruments"), handle.joined(skymaps, "skymaps"), _flags(dry_run)))


def _exposure_name(exposure: str | int) -> str:
    return str(handle.number(exposure, "exposure")) if isinstance(exposure, int) else handle.text(exposure, "exposure")


def _flags(dry_run: bool) -> int:
    return int(_pps.PPS_BUTLER_DRY_RUN) if dry_run else 0
