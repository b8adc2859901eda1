"""Where files come from: this machine's folders, buckets by their URI, and tar shards in either."""
