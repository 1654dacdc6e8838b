"""Each exercise's check passes the solution in the lesson, refuses the stub, and names what went wrong."""

import ast
import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch

from bertlab.lessons import check, same
from bertlab.lessons.checks import Check
from bertlab.lessons.notebook import is_exercise, with_solution, without_solution
from bertlab.paths import notebooks_path


def exercises() -> list[tuple[str, str, str, Check]]:
    """(lesson, what it has imported until there, the exercise, its check), read from the lessons themselves."""
    import jupytext

    found = []
    for file in sorted(notebooks_path("src").glob("[0-9][0-9]_*.py")):
        code = [cell.source for cell in jupytext.read(file).cells if cell.cell_type == "code"]
        for at, (cell, after) in enumerate(pairwise(code)):
            if is_exercise(cell):
                name = re.fullmatch(r"check\.(\w+)\(\w+\)", after.strip())
                assert name, f"{file.name}: no check follows the exercise\n{cell}"
                found.append((file.stem, imports_in(code[: at + 1]), cell, getattr(check, name[1])))
    return found


def imports_in(cells: list[str]) -> str:
    """The import statements of some cells, so that an exercise finds what its lesson has imported, and nothing else."""
    nodes = [node for cell in cells for node in ast.parse(cell).body]
    return "\n".join(ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def function_in(imports: str, source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(imports, space)
    exec(source, space)
    return space[re.findall(r"^def (\w+)", source, re.M)[-1]]


@pytest.mark.parametrize(
    ("lesson", "imports", "source", "checked"), exercises(), ids=lambda value: getattr(value, "name", "")
)
def test_the_solution_is_right_and_the_stub_is_not_yet(lesson: str, imports: str, source: str, checked: Check):
    assert checked.name.startswith(lesson[:2])
    assert checked.judge(function_in(imports, with_solution(source))).kind == "right"
    assert checked.judge(function_in(imports, without_solution(source))).kind == "not yet"


def test_every_lesson_has_an_exercise():
    assert {lesson for lesson, *_ in exercises()} == {file.stem for file in notebooks_path().glob("[0-9][0-9]_*.ipynb")}


def test_a_check_prints_and_remembers(capsys: pytest.CaptureFixture[str]):
    from bertlab.lessons.record import recall

    check.choices(lambda loss: None)
    check.choices(lambda loss: loss)
    check.choices(math.exp)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Not yet.")
    assert said[2].startswith("Right.")
    entry = recall()["exercises"]["00-choices"]
    assert (entry["tries"], entry["solved"]) == (2, True)


@pytest.mark.parametrize(
    ("mine", "reference", "said"),
    [
        ([1.0, 2.0], [1.0, 2.0], "to the last digit"),
        (torch.tensor([1.0, 2.0]), [1.0, 2.0 + 1e-6], "1.0e-06, which is rounding"),
        ([[1.0, 2.0]], [[1.0, 2.5]], "not the same; the largest difference is 0.5 at (0, 1)"),
        ([1.0, float("nan")], [1.0, 2.0], "not the same; the largest difference is inf at 1"),
        ([1.0], [1.0, 2.0], "yours has the shape (1,), the reference (2,)"),
        (torch.tensor(1.0, requires_grad=True), 1.25, "the largest difference is 0.25."),
    ],
)
def test_same_says_how_far_apart(mine: Any, reference: Any, said: str, capsys: pytest.CaptureFixture[str]):
    same("thing", mine, reference)
    assert said in capsys.readouterr().out
