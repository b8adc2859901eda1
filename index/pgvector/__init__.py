"""The backend whose rows lie in PostgreSQL beside the catalogue, by the extension `vector`; `index` has its door."""
