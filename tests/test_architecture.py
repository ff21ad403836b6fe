"""The sheet that this code is held against: sizes, words, doors between packages."""

import ast
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml

from memory.mechanism import ControlType
from memory.mechanisms.registry import MECHANISMS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pages", "study", "memory", "analysis")
FILES = [ROOT / "app.py", ROOT / "manage.py", *(f for name in PACKAGES for f in sorted((ROOT / name).rglob("*.py")))]
NAMES = {str(file.relative_to(ROOT)): file for file in FILES}
WORDS_WE_DO_NOT_USE = ("survey", "helper", "handler", "utils", "manager", "data_processing")
NOT_OUR_WORDS = {"user_agent", "run_manager"}
"""HTTP's and LangChain's."""
DECLARATIONS = ("study/acts.py", "study/events.py", "study/tables.py")
"""Lists of declarations, as long as there are kinds of acts and events, and tables."""
SAID_IN_ITS_DOCSTRING = {("pages/shared/visit.py", "attempt")}
MAX_SCREEN = 130
MAX_LINES, MEDIAN_LINES, MAX_FUNCTION = 340, 120, 60


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, source: list[str]) -> int:
    """Lines of a function without its docstring, blank lines and comments."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    lines = [source[n - 1].strip() for n in range(body[0].lineno, (node.end_lineno or 0) + 1)] if body else []
    return sum(bool(line) and not line.startswith("#") for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_modules_and_functions_stay_small(name: str) -> None:
    source = NAMES[name].read_text(encoding="utf-8").splitlines()
    assert len(source) <= MAX_LINES or name in DECLARATIONS
    long = {node.name: n for node in functions(NAMES[name]) if (n := code_lines(node, source)) > MAX_FUNCTION}
    assert long == {}


def test_the_median_module_is_small() -> None:
    sizes = [len(file.read_text(encoding="utf-8").splitlines()) for file in FILES if file.name != "__init__.py"]
    assert statistics.median(sizes) <= MEDIAN_LINES


@pytest.mark.parametrize(
    ("name", "function", "lines"),
    [("memory/assistant.py", "reply", 60), ("study/flow.py", "due_step", 40), ("study/plan.py", "plan", 40)],
)
def test_the_main_jobs_are_readable_in_one_function(name: str, function: str, lines: int) -> None:
    source = NAMES[name].read_text(encoding="utf-8").splitlines()
    node = next(node for node in functions(NAMES[name]) if node.name == function)
    assert code_lines(node, source) <= lines
    assert len(node.args.args) + len(node.args.kwonlyargs) <= 6


@pytest.mark.parametrize("name", NAMES)
def test_everything_public_says_what_it_is_for(name: str) -> None:
    module = tree(NAMES[name])
    assert ast.get_docstring(module), "the module"
    assert [node.name for node in _public(module) if not ast.get_docstring(node)] == []


def _public(module: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Functions and classes that others may use, with the methods of those classes."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_the_words_of_the_design(name: str) -> None:
    wrong = [
        word
        for word in {*_named(NAMES[name]), NAMES[name].stem} - NOT_OUR_WORDS
        if any(w in word.lower() for w in WORDS_WE_DO_NOT_USE) or word.lower().startswith("user")
    ]
    assert wrong == []


def _named(file: Path) -> Iterator[str]:
    """Every name that a file gives: functions, classes, arguments, variables, fields."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_said_and_never_swallowed(name: str) -> None:
    for node in ast.walk(tree(NAMES[name])):
        assert not isinstance(node, ast.Assert), "an assert is no check of input"
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            assert node.exc.func.id not in ("Exception", "BaseException")
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, "a bare except"


@pytest.mark.parametrize("name", NAMES)
def test_an_error_that_is_passed_over_says_why(name: str) -> None:
    source = NAMES[name].read_text(encoding="utf-8").splitlines()
    silent = [
        f"{function.name}, line {node.lineno}"
        for function in functions(NAMES[name])
        for node in ast.walk(function)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(act, ast.Pass) for act in node.body)
        if not any("#" in line for line in source[node.lineno - 1 : node.end_lineno])
        if (name, function.name) not in SAID_IN_ITS_DOCSTRING
    ]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_only_pages_know_streamlit_and_a_screen_is_short(name: str) -> None:
    imported = {
        module.split(".")[0]
        for node in ast.walk(tree(NAMES[name]))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert "streamlit" not in imported or name == "app.py" or name.startswith("pages/")
    if name.startswith(("pages/participant/", "pages/researcher/")) and NAMES[name].name != "doors.py":
        assert len(NAMES[name].read_text(encoding="utf-8").splitlines()) <= MAX_SCREEN


def _texts(file: Path) -> set[str]:
    """String constants of a file that are not docstrings."""
    module = tree(file)
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(module) if isinstance(n, ast.Module | ast.ClassDef)}
    constants = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
    return {text for text in constants if isinstance(text, str)} - {doc for doc in docs if doc}


def test_no_other_file_names_a_mechanism_or_a_condition() -> None:
    protocol = yaml.safe_load((ROOT / "protocols/active_vs_passive.yaml").read_text(encoding="utf-8"))
    conditions = {condition["id"] for condition in protocol["conditions"]}
    words = {"none", *get_args(ControlType)}  # these are also words: `direction: none`, a control of this type
    mechanisms = set(MECHANISMS) - words
    found = {
        name: named
        for name, file in NAMES.items()
        if not name.startswith("memory/mechanisms/") and (named := _texts(file) & (mechanisms | conditions))
    }
    # What simulated participants feel is made up for each mechanism; without an entry it is nothing.
    found.pop("memory/planted.py", None)
    assert found == {}


def test_no_other_file_uses_the_code_of_a_mechanism() -> None:
    classes = {mechanism.__name__ for mechanism in MECHANISMS.values()}
    modules = {mechanism.__module__ for mechanism in MECHANISMS.values()}
    assert len(modules) == len(MECHANISMS), "one file each"
    for name, file in NAMES.items():
        own = name.removesuffix(".py").replace("/", ".")
        if own == "memory.mechanisms.registry":
            continue
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in modules, (name, node.module)
                named = {alias.name for alias in node.names}
                assert not named & classes, (name, named)
                if node.module == "memory.mechanisms":
                    assert named <= {"registry"}, (name, named)
            elif isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & modules, name
            elif isinstance(node, ast.Name | ast.Attribute) and own not in modules:
                assert (node.id if isinstance(node, ast.Name) else node.attr) not in classes, name


def _imported_by(*modules: str) -> set[str]:
    """The names of all modules that a fresh process holds after importing these."""
    code = f"import json, sys, {', '.join(modules)}; print(json.dumps(list(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout.strip().splitlines()[-1]))


def test_the_questionnaire_needs_neither_language_models_nor_statistics() -> None:
    """Streamlit itself imports Plotly's base where it is installed; nothing of ours adds to it."""
    screens = ("consent", "questionnaire", "texts", "endings", "doors")
    ours = _imported_by("pages.shared.form", *(f"pages.participant.{name}" for name in screens))
    added = {name.split(".")[0] for name in ours - _imported_by("streamlit", "streamlit.components.v2")}
    assert "study" in added
    assert not added & {
        "memory", "analysis", "langchain", "langchain_core", "langchain_openai", "openai", "chromadb",
        "scipy", "statsmodels", "pandas", "pyarrow", "plotly", "nbformat",
    }  # fmt: skip


def test_heavy_libraries_are_not_imported_to_show_a_questionnaire() -> None:
    never = (
        "chromadb",
        "langchain",
        "langchain_openai",
        "scipy",
        "statsmodels",
        "nbformat",
        "nbclient",
        "jupyterlab",
        "sklearn",
    )
    code = (
        "import json, sys; import pages.participant.sitting, pages.participant.questionnaire, pages.shared.form;"
        f"print(json.dumps([m for m in {never!r} if m in sys.modules]))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout.strip().splitlines()[-1]) == []


def test_the_lock_pins_everything() -> None:
    locked = dict(
        line.strip().lower().split("==", 1)
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )
    for file in ("requirements.txt", "requirements-test.txt"):
        for line in (ROOT / file).read_text().splitlines():
            if name := re.match(r"^[A-Za-z][A-Za-z0-9._-]*", line):
                plain = {key.replace("_", "-").replace(".", "-").split("[")[0] for key in locked}
                assert name.group().lower().replace("_", "-").replace(".", "-") in plain, name.group()


def test_no_page_stands_where_streamlit_would_serve_it_by_itself() -> None:
    beside = {file.name for file in (ROOT / "pages").glob("*.py")}
    assert beside == {"__init__.py", "bootstrap.py", "runtime.py", "serving.py", "shell.py"}
    assert 'st.App(\n    "pages/shell.py"' in (ROOT / "app.py").read_text()
    assert not (ROOT / "pages" / "pages").exists()


def test_no_file_holds_two_versions_of_itself() -> None:
    """What a merge could not decide; a file that is no code would be found by nobody."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    texts = [
        ROOT / name for name in names if name.endswith((".py", ".md", ".yaml", ".toml", ".txt", ".lock", "Makefile"))
    ]
    marks = re.compile(r"^(<{7} |>{7} )", re.M)
    assert [str(file) for file in texts if file.is_file() and marks.search(file.read_text(encoding="utf-8"))] == []


def test_no_two_files_of_tests_have_one_name() -> None:
    """Collected together, the second of them would not be run."""
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
