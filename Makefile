# make demo   set up, then fit, store, index, search and export the example meshes
# make gallery   serve the demo's store at http://127.0.0.1:8000, making it first if need be
# make test   set up, then run every check and test
# make bench  set up, then run the benchmarks
# make clean  remove the environment and everything that was made
#
# It needs Python 3.11 or newer and nothing else. Another Python: make PYTHON=python3.12 demo

.POSIX:

PYTHON = python3
# With an NVIDIA GPU, this is the one line to change (or: make EXTRA=gpu demo):
EXTRA = cpu

# Two processes: the tests of one file stay together, so that what they share is made once.
PYTEST = -q -n 2 --dist loadfile
BIN = .venv/bin
STAMP = .venv/installed-$(EXTRA)

# What a target's last command says: how long it took since `begin`.
BEGIN = date +%s > .venv/begin
TOOK = echo "== $@: done in $$(( $$(date +%s) - $$(cat .venv/begin) )) s"

all: demo

$(STAMP): pyproject.toml constraints.txt
	@begin=$$(date +%s); set -e; \
	echo "== set-up: making .venv and installing the pinned packages ($(EXTRA)); a few minutes, once"; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "inrstore needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'; \
	test -x $(BIN)/python || $(PYTHON) -m venv .venv; \
	rm -f .venv/installed-*; \
	$(BIN)/python -m pip uninstall -qq -y faiss-cpu faiss-gpu; \
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(EXTRA),dev]'; \
	touch $(STAMP); \
	echo "== set-up: done in $$(( $$(date +%s) - begin )) s; later runs reuse .venv"

setup: $(STAMP)

demo: $(STAMP)
	@$(BEGIN)
	@echo "== demo: examples/meshes becomes a searchable store in demo-out/"
	@sh examples/demo.sh
	@$(TOOK)

demo-out/shapes.store: $(STAMP)
	@$(MAKE) demo EXTRA=$(EXTRA)

gallery: demo-out/shapes.store
	@$(BIN)/inrstore serve --store demo-out/shapes.store

lint: $(STAMP)
	@echo "== lint: ruff, mypy --strict, import-linter"
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(STAMP)
	@$(BEGIN)
	@$(MAKE) lint EXTRA=$(EXTRA)
	@echo "== test: pytest (only the quick ones: make test PYTEST=\"-q -n 2 -m 'not slow'\")"
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST)
	@echo "== test: those that measure time, with nothing beside them"
	@$(BIN)/python -m pytest -q -m alone tests/cli tests/inrstore/store
	@$(TOOK)

bench: $(STAMP)
	@$(BEGIN)
	@echo "== bench: every script in benchmarks/; results beside them"
	@set -e; for script in benchmarks/*.py; do echo "== bench: $$script"; $(BIN)/python "$$script"; done
	@$(TOOK)

clean:
	rm -rf .venv demo-out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.PHONY: all setup demo gallery lint test bench clean
