"""Lessons are edited as Python files and published as notebooks: this makes the second from the first.

A source is py:percent (`notebooks/src/00_start_here.py`). Three things are added to what jupytext reads:

- a cell without a part (core, more, homework) among its tags belongs to the one begun above it; `slide` may be added;
- between `### BEGIN SOLUTION` and `### END SOLUTION` stands an answer, which learners get as a stub;
- `<!-- solution -->` in a later markdown cell is where the learner may unfold it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from bertlab.atomic import write_whole
from bertlab.paths import notebooks_path

Edition = Literal["learner", "class", "solutions"]
"""For whom a notebook is made: learners may unfold a solution, a class may not, solutions stand in their place."""

PARTS = ("core", "more", "homework")
SLIDE = "slide"
STUB = "return None  # your code here"
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION\n?", re.M | re.S)
PLACEHOLDER = "<!-- solution -->"
FOLDED = re.compile(rf"<details>(?:(?!</details>).)*{PLACEHOLDER}.*?</details>\n*", re.S)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def without_solution(code: str) -> str:
    """The exercise as a learner first meets it: the answer replaced by a stub that returns None.

    >>> print(without_solution("def two():\\n    ### BEGIN SOLUTION\\n    return 2\\n    ### END SOLUTION"))
    def two():
        return None  # your code here
    """
    return SOLUTION.sub(lambda found: f"{found[1]}{STUB}\n", code).rstrip("\n")


def with_solution(code: str) -> str:
    """The exercise as one would write it in the end, without the marks.

    >>> print(with_solution("def two():\\n    ### BEGIN SOLUTION\\n    return 2\\n    ### END SOLUTION"))
    def two():
        return 2
    """
    return SOLUTION.sub(lambda found: found[2], code).rstrip("\n")


def is_exercise(code: str) -> bool:
    """Does the code hold a marked answer?

    Raises:
        ValueError: a mark stands without its partner, so an answer would reach the learners.
    """
    marks = code.count("### BEGIN SOLUTION"), code.count("### END SOLUTION")
    whole = len(SOLUTION.findall(code))
    if marks != (whole, whole):
        raise ValueError(
            f"{marks[0]} times '### BEGIN SOLUTION' and {marks[1]} times '### END SOLUTION' in one cell, "
            f"{whole} whole pairs: give each beginning its end.\n{code}"
        )
    return whole > 0


def cell_ids(lesson: str, cells: Sequence[tuple[str, str]]) -> list[str]:
    """A name for each (type, source) that depends on nothing but the lesson and that cell.

    So an edit changes the id of the edited cell alone. Twins in one lesson are told apart by counting.

    >>> before = cell_ids("00_start_here", [("code", "1 + 1"), ("markdown", "Two.")])
    >>> after = cell_ids("00_start_here", [("markdown", "One and one?"), ("code", "1 + 1"), ("markdown", "2.")])
    >>> before[0] == after[1], before[1] == after[2]
    (True, False)
    """
    seen: Counter[tuple[str, str]] = Counter()
    names = []
    for cell in cells:
        seen[cell] += 1
        digest = hashlib.sha256("\0".join((lesson, *cell, str(seen[cell]))).encode("utf-8")).hexdigest()
        names.append(f"{lesson[:2]}-{digest[:10]}")
    return names


def parts_of(tags: Sequence[Sequence[str]]) -> list[str]:
    """The part each cell belongs to; a cell that names none belongs to the part above it.

    >>> parts_of([[], ["core"], ["slide"], ["more"], []])
    ['core', 'core', 'core', 'more', 'more']

    Raises:
        ValueError: a tag is none of core, more, homework and slide, or there are two parts.
    """
    part, found = PARTS[0], []
    for own in tags:
        parts = [tag for tag in own if tag != SLIDE]
        if len(parts) > 1 or any(tag not in PARTS for tag in parts):
            raise ValueError(f"a cell has the tags {list(own)}; give it at most one of {', '.join(PARTS)}, and {SLIDE}")
        part = parts[0] if parts else part
        found.append(part)
    return found


def notebook_from_source(source: str, lesson: str, edition: Edition = "learner") -> Any:
    """The notebook of one lesson: no outputs, no widget state, the same ids in every edition."""
    import jupytext
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [cell for cell in jupytext.reads(source, fmt="py:percent").cells if cell.cell_type != "raw"]
    ids = cell_ids(lesson, [(cell.cell_type, cell.source) for cell in cells])
    tags = [cell.metadata.get("tags", []) for cell in cells]
    labels = [[part, *(SLIDE for tag in own if tag == SLIDE)] for part, own in zip(parts_of(tags), tags, strict=True)]
    answer = ""
    made = []
    for cell, name, label in zip(cells, ids, labels, strict=True):
        text = cell.source
        if cell.cell_type == "code":
            if is_exercise(text):
                answer = with_solution(text)
                text = text if edition == "solutions" else without_solution(text)
            made.append(new_code_cell(text, id=name, metadata={"tags": label}))
        else:
            if PLACEHOLDER in text:
                if not answer:
                    raise ValueError(f"{lesson}: '{PLACEHOLDER}' stands before any exercise")
                unfolded = text.replace(PLACEHOLDER, f"```python\n{answer}\n```")
                text = FOLDED.sub("", text).rstrip() if edition == "class" else unfolded
            made.append(new_markdown_cell(text, id=name, metadata={"tags": label}))
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return new_notebook(cells=made, metadata=metadata)


def notebook_bytes(notebook: Any) -> bytes:
    """The notebook as it lies in a file, the same bytes on every machine."""
    import nbformat

    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode("utf-8")


def build(
    check: bool = False, *, source: Path | None = None, out: Path | None = None, edition: Edition = "learner"
) -> list[str]:
    """Make every notebook from its source; returns the names of those that were, or would be, changed.

    With `check` nothing is written. A notebook without a source is named too, and left for a person to remove.
    """
    source = source or notebooks_path("src")
    out = out or source.parent
    changed = []
    lessons = sorted(source.glob("[0-9][0-9]_*.py"))
    for path in lessons:
        text = path.read_text(encoding="utf-8")
        content = notebook_bytes(notebook_from_source(text, path.stem, edition))
        target = out / f"{path.stem}.ipynb"
        if not target.is_file() or target.read_bytes() != content:
            changed.append(target.name)
            if not check:
                write_whole(target, content)
    known = {path.stem for path in lessons}
    changed += [f"{path.name} (no source)" for path in sorted(out.glob("*.ipynb")) if path.stem not in known]
    return changed
