"""The gallery: a store as pages for people and as an HTTP API for programs (the extra `serve`)."""
