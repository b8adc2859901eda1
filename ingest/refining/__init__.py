"""Finer networks of stored shapes, fitted to their kept samples."""
