"""New codes, as those of a store are spread."""
