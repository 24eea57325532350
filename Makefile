# make demo      install what is needed into .venv and start the app
# make test      the same, and run all that a change has to pass: check and suite
# make check     style, spelling, the arrows between the rooms, types, sizes
# make suite     the tests; PYTEST="-m browser" or another choice, COVERAGE="--cov --cov-report=term" with coverage
# make sizes     what is too large, too thin or untyped
# make lint      mend what ruff can
# make messages  collect what the catalogues of revdemo/ui/locale translate; then translate what is new
# make wheel     the package, into dist/
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
COVERAGE ?=
PYTEST ?=

.PHONY: demo test check suite sizes lint messages wheel

demo: $(VENV)/.app
	$(BIN)/python app.py

test: check suite

check: $(VENV)/.dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/codespell
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m tests.support.sizes

suite: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile $(COVERAGE) $(PYTEST)

sizes: $(VENV)/.dev
	$(BIN)/python -m tests.support.sizes

lint: $(VENV)/.dev
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

wheel: $(VENV)/.dev
	$(BIN)/python -m hatchling build -t wheel

LOCALE := revdemo/ui/locale
messages: $(VENV)/.dev
	PYTHONPATH=. $(BIN)/pybabel extract -F babel.cfg --add-location=file --sort-by-file --width=110 \
	  --project=revdemo --copyright-holder="the revdemo authors" -o $(LOCALE)/messages.pot .
	for po in $(LOCALE)/*.po; do \
	  $(BIN)/pybabel update --ignore-obsolete --width=110 -i $(LOCALE)/messages.pot -o $$po \
	    -l $$(basename $$po .po) || exit 1; \
	done

$(VENV)/.app: requirements.txt requirements-starter.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements.txt
	$(BIN)/python -m pip install --no-deps -r requirements-starter.txt
	touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(BIN)/python -m pip install -r requirements-dev.txt
	touch $@
