# SPDX-License-Identifier: BSD-3-Clause
"""libpps: Rubin Observatory images out of embargo, and prompt data products published.

Each handle of the library is a class: `Conf`, `Store`, `Zip`, `Dimensions`, `Butler`, `Rucio`, `Stream`, `State`, `Raw`, `Import` and
`Publish`. They are context managers; calls that wait let other threads run, end on Ctrl-C, and may be repeated. Times are `Tai`:
nanoseconds of TAI. A `Table` has results as columns. Log events go to `logging.getLogger("pps")`; a `Context` says otherwise, and takes progress.
"""
from . import _pps
from .butler import (
    Butler, ButlerLike, ButlerReport, Collection, CollectionType, Dataset, Exposure, Finding, FindingKind, Outcome, Rows, TransferReport, Transferred)
from .conf import Conf
from .context import Context, Progress
from .dimensions import ColumnKind, Dimensions, Timespan, Value
from .errors import (
    AccessError, ArgumentError, CancelledError, ConfigError, ConflictError, Error, ExistsError, FormatError, HeldError, InternalError, LockedError,
    NoSpaceError, NotFoundError, OutOfMemoryError, StorageError, TimeLimitError, UnavailableError, UnsupportedError, exit_on_error)
from .handle import DatasetLike, Duration, Handle, PathLike
from .publish import Audit, Publish, PublishReport, PublishRow
from .raw import Import, ImportOutcome, ImportStatus, Mark, PolicyChange, Raw, RawReport, RawRow, RawStatus
from .rucio import Rucio, RucioAccount, RucioEntry, RucioKind, RucioReport, RucioRow, RucioStatus
from .state import LedgerHead, State
from .store import Store, StoredFile
from .stream import Message, Stream
from .table import Column, Table
from .times import Tai, TimeLike
from .zip import Zip, ZipMember, ZipProblem, ZipReport

__all__ = [
    "AccessError", "ArgumentError", "Audit", "Butler", "ButlerLike", "ButlerReport", "CancelledError", "Collection", "CollectionType", "Column", "ColumnKind", "Conf",
    "ConfigError", "ConflictError", "Context", "Dataset", "DatasetLike", "Dimensions", "Duration", "Error", "ExistsError", "Exposure", "Finding", "FindingKind",
    "FormatError", "Handle", "HeldError", "Import", "ImportOutcome", "ImportStatus", "InternalError", "LedgerHead", "LockedError", "Mark", "Message",
    "NoSpaceError", "NotFoundError", "OutOfMemoryError", "Outcome", "PathLike", "PolicyChange", "Progress", "Publish", "PublishReport", "PublishRow", "Raw",
    "RawReport", "RawRow", "RawStatus", "Rows", "Rucio", "RucioAccount", "RucioEntry", "RucioKind", "RucioReport", "RucioRow", "RucioStatus", "State",
    "StorageError", "Store", "StoredFile", "Stream", "Table", "Tai", "TimeLike", "TimeLimitError", "Timespan", "TransferReport", "Transferred", "UnavailableError",
    "UnsupportedError", "Value", "Zip", "ZipMember", "ZipProblem", "ZipReport", "__version__",
    "exit_on_error",
]

if not _pps.pps_version_at_least(_pps.PPS_VERSION_MAJOR, _pps.PPS_VERSION_MINOR, _pps.PPS_VERSION_PATCH):
    raise ImportError(f"pps was made for libpps {_pps.PPS_VERSION} or later, and found {_pps.pps_version()}")

__version__: str = _pps.pps_version()
"""Version of the library that is running."""
