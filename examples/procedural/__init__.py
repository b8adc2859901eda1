"""Procedural shapes: unlimited, free of licences, and of every kind that a general encoder should have seen."""
