"""FAISS as an index: rows in files, mapped into memory."""
