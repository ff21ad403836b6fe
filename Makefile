# Two commands: `make run` and `make test`. Everything they need is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test notebooks bench screens clean

run: $(VENV)/.run
	$(BIN)/python manage.py init
	$(BIN)/streamlit run app.py

# Two processes at a time, each with one thread for its matrices.
test: $(VENV)/.test
	$(BIN)/python tests/find_chromium.py
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

screens: $(VENV)/.test
	$(BIN)/python tests/find_chromium.py
	PYTHONPATH=.:tests $(BIN)/python -m journey.screens

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks.first_token
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.allocation
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.protocols
	$(BIN)/python -m benchmarks.over_use
	$(BIN)/python -m benchmarks.arms
	$(BIN)/python -m benchmarks.calibration
	$(BIN)/python -m benchmarks.recall 1000 10000
	$(BIN)/python -m benchmarks.frames
	$(BIN)/python -m benchmarks.export
	$(BIN)/python -m benchmarks.null_calibration --studies 20 --again 0
	$(BIN)/python -m benchmarks.statistics
	$(BIN)/python -m benchmarks.replay

notebooks: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock jupyterlab
	$(BIN)/jupyter lab analysis/notebooks

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.test: requirements-test.txt requirements.lock $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $@

clean:
	rm -rf $(VENV) data
