"""The Python interface in one page: ingest, search, export.

python examples/quickstart.py [STORE] [MESHES]
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import index
import ingest
import inrstore

EXAMPLES = Path(__file__).parent / "meshes"


def main(place: Path, meshes: Path) -> None:
    """Make a store at `place`, fill it from the folder `meshes`, and use it."""
    store = inrstore.init_store(place, inrstore.load_model("default"))
    done = ingest.ingest(store, [meshes], labels_from="parent")
    print(f"{done.stored} shapes stored in {done.seconds:.1f} s, {done.failed} failed")

    # A query is a stored shape, a file, a folder or an embedding; in a notebook a result shows itself as a table.
    query = store.shapes()[0]
    [result] = index.search(store, query, k=3)
    print(result)
    print(index.search(store, query.sources[0], k=1, where={"label": query.label or "*"})[0].hits[0].score)

    # A file that is not stored is fitted and encoded like any other, and nothing is kept of it.
    copy = shutil.copy(query.sources[0], place.with_name("changed.obj"))
    with open(copy, "a") as file:
        file.write("# other bytes, same shape\n")
    print(index.search(store, copy, k=1)[0])

    # The networks and embeddings are plain arrays.
    keys, matrix = store.embeddings()
    print(f"embeddings {matrix.shape}, weights of one shape {store.weights(keys[:1]).shape}")

    written = inrstore.export_shape(store, query.id, place.with_suffix(".obj"), resolution=96)
    print(f"decoded into {written}")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(*given, *[Path("quickstart.store"), EXAMPLES][len(given) :])
