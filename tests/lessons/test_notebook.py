"""From source to notebook: the same bytes each time, ids that stay, answers that do not leak."""

import json
from pathlib import Path

import pytest

from bertlab.lessons import notebook

SOURCE = '''# %% [markdown]
# # Two
#
# How much is one and one?

# %%
1 + 1

# %%
def two():
    """One and one."""
    ### BEGIN SOLUTION
    secret = 1 + 1
    return secret
    ### END SOLUTION

# %% [markdown] tags=["more"]
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %%
two()
'''


def made(source: str = SOURCE, edition: notebook.Edition = "learner") -> dict:
    return json.loads(notebook.notebook_bytes(notebook.notebook_from_source(source, "00_two", edition)))


def text(cell: dict) -> str:
    return "".join(cell["source"])


def test_a_notebook_has_no_outputs_a_kernel_and_parts_that_carry_on():
    found = made()
    assert found["metadata"]["kernelspec"]["name"] == "python3"
    assert "widgets" not in found["metadata"]
    for cell in found["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert [cell["metadata"] for cell in found["cells"]] == [{"tags": [part]} for part in ["core"] * 3 + ["more"] * 2]


def test_the_same_source_gives_the_same_bytes():
    once, twice = (notebook.notebook_bytes(notebook.notebook_from_source(SOURCE, "00_two")) for _ in range(2))
    assert once == twice
    assert b"\r" not in once


def test_learners_get_a_stub_and_the_folded_solution():
    cells = made()["cells"]
    assert "secret" not in text(cells[2])
    assert text(cells[2]).splitlines()[-1] == "    return None  # your code here"
    space: dict = {}
    exec(text(cells[2]), space)
    assert space["two"]() is None
    assert "    secret = 1 + 1\n    return secret\n```" in text(cells[3])
    assert "### " not in "".join(map(text, cells))


def test_solutions_stand_with_their_marks_under_the_same_ids():
    learner, solved = made(), made(edition="solutions")
    assert "### BEGIN SOLUTION\n    secret" in text(solved["cells"][2])
    assert [cell["id"] for cell in learner["cells"]] == [cell["id"] for cell in solved["cells"]]


def test_a_class_cannot_unfold_the_solution_and_keeps_its_hints():
    hinted = SOURCE.replace(
        "# <details><summary>A solution",
        "# <details><summary>A hint</summary>\n#\n# Count.\n#\n# </details>\n#\n# <details><summary>A solution",
    )
    cells = made(hinted, edition="class")["cells"]
    assert text(cells[2]).splitlines()[-1] == "    return None  # your code here"
    assert text(cells[3]) == "<details><summary>A hint</summary>\n\nCount.\n\n</details>"


def test_an_edit_changes_the_id_of_the_edited_cell_alone():
    before = [cell["id"] for cell in made()["cells"]]
    edited = [cell["id"] for cell in made(SOURCE.replace("How much is", "What is"))["cells"]]
    assert edited[1:] == before[1:]
    assert edited[0] != before[0]
    inserted = [cell["id"] for cell in made("# %%\nimport math\n\n" + SOURCE)["cells"]]
    assert inserted[1:] == before
    assert len(set(before)) == len(before)


def test_twin_cells_have_two_ids():
    ids = [cell["id"] for cell in made("# %%\n1 + 1\n\n# %%\n1 + 1\n")["cells"]]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SOURCE.replace("    ### END SOLUTION\n", ""), "give each beginning its end"),
        ("# %%\n    ### END SOLUTION\n", "give each beginning its end"),
        ('# %% tags=["core", "more"]\n1\n', "at most one of core, more, homework"),
        ("# %% [markdown]\n# <!-- solution -->\n", "before any exercise"),
    ],
)
def test_a_source_that_would_leak_or_mislead_is_refused(source: str, said: str):
    with pytest.raises(ValueError, match=said):
        made(source)


def test_build_writes_once_and_check_writes_never(tmp_path: Path):
    source = tmp_path / "src"
    source.mkdir()
    (source / "00_two.py").write_text(SOURCE)
    assert notebook.build(check=True, source=source) == ["00_two.ipynb"]
    assert not (tmp_path / "00_two.ipynb").exists()
    assert notebook.build(source=source) == ["00_two.ipynb"]
    assert notebook.build(source=source) == []
    (source / "00_two.py").write_text(SOURCE.replace("One and one", "1 and 1"))
    assert notebook.build(check=True, source=source) == ["00_two.ipynb"]
    (tmp_path / "01_gone.ipynb").write_text("{}")
    assert "01_gone.ipynb (no source)" in notebook.build(source=source)
    assert [file.name for file in tmp_path.glob(".*")] == []
