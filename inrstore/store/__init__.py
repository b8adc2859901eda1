"""A store: networks and embeddings in Parquet shards, and a catalogue that says what they are."""

from .facade import Committed, HeadEntry, IndexEntry, JournalEntry, Report, Store, init_store, open_store
from .references import Ref, Refs
from .where import Condition, Conditions, Where

__all__ = [
    "Committed",
    "Condition",
    "Conditions",
    "HeadEntry",
    "IndexEntry",
    "Ref",
    "Refs",
    "Report",
    "JournalEntry",
    "Store",
    "Where",
    "init_store",
    "open_store",
]
