"""Encoders: one file each."""
