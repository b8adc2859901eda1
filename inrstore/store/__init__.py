"""A store: networks and embeddings in Parquet shards, and a catalogue that says what they are."""

from .facade import Committed, IndexEntry, Report, Run, Store, init_store, open_store

__all__ = ["Committed", "IndexEntry", "Report", "Run", "Store", "init_store", "open_store"]
