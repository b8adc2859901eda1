#!/bin/sh
# What `make demo` runs: the whole way from mesh files to a search and back to a mesh, with the command itself.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export INRSTORE_STORE=demo-out/shapes.store

run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

meshes=examples/meshes
query=$meshes/chair/chair.obj

rm -rf demo-out
mkdir demo-out

run inrstore init
run inrstore ingest $meshes --labels-from parent
run inrstore stats
run inrstore search $query $meshes/lamp/desklamp.obj $meshes/sofa/couch.obj -k 5 --plot demo-out/neighbours.png --decoded
run inrstore eval retrieval
run inrstore export $query -o demo-out/decoded.obj
echo
echo "The decoded mesh is a file like any other: here it is fitted anew and asks who is like it."
run inrstore search demo-out/decoded.obj -k 3

echo
echo "Look at demo-out/neighbours.png (queries and neighbours, and below them what their networks have) and demo-out/decoded.obj (the chair, from its network)."
