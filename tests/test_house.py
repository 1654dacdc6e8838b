"""The rules of the house, read from the source: who may import whom, names, sizes, lint, types."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bertlab.doctor import CORE

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "bertlab"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Imports point from a later line to an earlier one, never the other way.
FLOORS = [
    {"paths", "atomic", "polite"},
    {"text", "corpora"},
    {"model"},
    {"pretrained"},
    {"reader"},
    {"training"},
    {"tasks", "bench"},
    {"views"},
    {"lessons"},
    {"doctor"},
    {"cli"},
    {"__main__"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
# What the order alone would allow.
FORBIDDEN = {
    "text": {"torch", "bertlab.corpora"},
    "corpora": {"torch"},
    "model": {"bertlab.text", "bertlab.corpora", "bertlab.paths"},
    "views": {"bertlab.text", "bertlab.model"},
}
# A machine with only torch and the other packages of CORE imports these; Jupyter and the like wait for a call.
BARE = {"__init__", "paths", "atomic", "polite", "text", "corpora", "model", "pretrained", "reader", "training"}
BARE |= {"tasks", "bench", "doctor", "cli"}


def imported(tree: ast.AST, inside_functions: bool = True) -> list[str]:
    """Whole names of what a module imports; `from a.b import c` gives both a.b and a.b.c."""
    names: list[str] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are written in full here"
            names += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            names += imported(node) if inside_functions else []
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names += imported(node, inside_functions)
    return names


def room(module: str) -> str:
    """The part of the house a module belongs to: `bertlab.text.wordpiece` -> `text`."""
    return module.split(".")[1] if "." in module else "__init__"


def faults(module: str, source: str) -> list[str]:
    """What a module imports against the rules."""
    tree, own = ast.parse(source), room(module)
    found = []
    for name in imported(tree):
        for forbidden in FORBIDDEN.get(own, ()):
            if name == forbidden or name.startswith(forbidden + "."):
                found.append(f"{module} imports {name}, which {own} never does")
        upstairs = name.startswith("bertlab.") and own in FLOOR and FLOOR.get(room(name), 0) > FLOOR[own]
        if upstairs:
            found.append(f"{module} imports {name}: imports point down")
    if own in BARE:
        allowed = {*sys.stdlib_module_names, "bertlab", *CORE}
        for name in imported(tree, inside_functions=False):
            if name.split(".")[0] not in allowed:
                found.append(f"{module} imports {name} at its top; import it where it is used")
    return found


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_point_down(path: Path):
    assert faults(module_name(path), path.read_text(encoding="utf-8")) == []


def test_every_part_of_the_package_has_its_place():
    parts = {room(module_name(path)) for path in SOURCES} - {"__init__"}
    assert parts <= set(FLOOR), f"give {parts - set(FLOOR)} a place in FLOORS"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bertlab.text.fast", "def f():\n    import torch"),
        ("bertlab.corpora.files", "from torch import nn"),
        ("bertlab.text.fast", "import bertlab.model.config"),
        ("bertlab.text.fast", "from bertlab import model"),
        ("bertlab.model.heads", "from bertlab.text import Tokenizer"),
        ("bertlab.views.plots", "def f():\n    from bertlab.model import Bert"),
        ("bertlab.training.loop", "class A:\n    import matplotlib.pyplot"),
        ("bertlab.pretrained", "try:\n    import transformers\nexcept ImportError:\n    pass"),
        ("bertlab.lessons.checks", "from bertlab.cli import main"),
    ],
)
def test_a_wrong_import_is_seen(module: str, source: str):
    assert len(faults(module, source)) >= 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bertlab.training.loop", "def f():\n    import matplotlib.pyplot"),
        ("bertlab.cli", "from bertlab.lessons import copies"),
        ("bertlab.pretrained", "from bertlab.text import Tokenizer\nfrom bertlab.model import Bert"),
        ("bertlab.views.plots", "import matplotlib"),
        ("bertlab", "def f():\n    from bertlab import pretrained"),
    ],
)
def test_a_right_import_passes(module: str, source: str):
    assert faults(module, source) == []


@pytest.mark.parametrize("module", ["bertlab", "bertlab.text", "bertlab.corpora", "bertlab.cli", "bertlab.doctor"])
def test_importing_it_is_instant(module: str):
    heavy = "{'torch', 'transformers', 'matplotlib', 'IPython', 'pandas', 'datasets'}"
    program = f"import sys, {module}; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    outcome = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, f"import {module} loads {outcome.stderr}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=module_name)
def test_no_exported_name_is_also_a_file(path: Path):
    """Else the package hands out now the function, now the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    exported: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            exported = set(ast.literal_eval(node.value))
        if isinstance(node, ast.ImportFrom) and node.module == module_name(path):
            modules |= {alias.name for alias in node.names}
    files = {child.stem for child in path.parent.iterdir() if child.suffix == ".py" or child.is_dir()}
    assert (exported - modules) & files == set()


def test_no_file_is_over_300_lines():
    lengths = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff(command: list[str]):
    outcome = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.slow
def test_types(tmp_path: Path):
    outcome = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", tmp_path], cwd=ROOT, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
