# Two commands: `make demo` (and `make demo FILE=my.pdf`), `make test`.
# They need Python, pip and make; everything else is installed into .venv, in the versions of constraints.txt.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FILE ?=
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test lint types layers pytest lock clean

demo: $(VENV)/.installed-all
	$(BIN)/python examples/demo.py $(if $(FILE),"$(FILE)")

test: lint types layers pytest

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

layers: $(VENV)/.installed-test
	$(BIN)/lint-imports

# Sockets are blocked but for loopback; see pyproject.toml.
pytest: $(VENV)/.installed-test
	$(BIN)/python -m pytest

# Renew the pinned versions; needs uv.
lock:
	uv pip compile pyproject.toml --extra all --extra ocr-fast --extra test --universal --python-version 3.10 --upgrade \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --output-file constraints.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-all: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[all]'
	touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[all,test]'
	touch $@ $(VENV)/.installed-all

clean:
	rm -rf $(VENV) build dist demo-out
