"""What is installed, from where, and that a wheel is whole: away from the checkout, without a network."""

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA_NAMES = {"torch": "pytorch-cpu"}


def split(requirement: str) -> tuple[str, set[str]]:
    """`numpy>=1.26,<3` -> its name and its ranges."""
    name = re.match(r"[A-Za-z0-9_.-]+", requirement).group()
    return name, set(requirement.removeprefix(name).split(",")) - {""}


def environment() -> tuple[list[str], list[str]]:
    """What environment.yml takes from conda, and what from pip."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    return [entry for entry in listed if isinstance(entry, str)], from_pip


def test_environment_has_the_ranges_of_pyproject():
    from_conda, from_pip = environment()
    wanted = dict(split(requirement) for requirement in [*PROJECT["dependencies"], *EXTRAS["lab"]])
    given = dict(split(requirement) for requirement in [*from_conda, *from_pip] if not requirement.startswith("-e"))
    assert given.pop("pip") == set()
    assert given.pop("python") == set(PROJECT["requires-python"].split(","))
    assert given == {CONDA_NAMES.get(name, name): ranges for name, ranges in wanted.items()}


def test_environment_installs_this_package_with_its_lab():
    assert "-e .[lab]" in environment()[1]


def test_environment_never_brings_cuda():
    from_conda, from_pip = environment()
    names = {split(requirement)[0] for requirement in [*from_conda, *from_pip]}
    assert "pytorch-cpu" in names
    assert names & {"torch", "pytorch", "pytorch-gpu", "cuda-toolkit"} == set()


def test_torch_is_capped():
    """Uncapped, pip takes torch's newest build for CUDA, several GB."""
    ranges = dict(split(requirement) for requirement in PROJECT["dependencies"])["torch"]
    assert any(limit.startswith("<") for limit in ranges)


def proven() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.lower().replace("_", "-").split("==") for line in lines if line and not line.startswith("#"))


def test_constraints_lie_within_the_ranges_and_leave_nothing_out():
    versions = proven()
    for text in [*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra)]:
        requirement = Requirement(text)
        if requirement.name != "bertlab":
            assert requirement.name in versions
            assert Version(versions[requirement.name]) in requirement.specifier, text


def test_constraints_name_exact_versions_without_a_build():
    for name, version in proven().items():
        assert str(Version(version)), name
        assert "+" not in version, f"{name}: a local build exists on some machines only"


def test_the_hook_leaves_editable_installs_alone():
    pytest.importorskip("hatchling", reason="hatchling is not installed; python3 lab.py test installs it")
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    hook = module.ShareHook(str(ROOT), {}, None, None, str(ROOT / "dist"), "wheel")
    for version, expected in [
        ("editable", {}),
        ("standard", {name: f"bertlab/_share/{name}" for name in module.SHARED}),
    ]:
        build_data: dict = {"force_include": {}}
        hook.initialize(version, build_data)
        assert build_data["force_include"] == expected


def files_below(folder: str) -> set[str]:
    """The files of a folder of the checkout, without what editors and Python leave there."""
    paths = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.parts)}


def build(kind: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_the_wheel_carries_data_lessons_and_constraints(wheel: Path):
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("bertlab/")}
    shared = files_below("data") | files_below("notebooks") | {"constraints.txt"}
    assert {f"bertlab/_share/{name}" for name in shared} <= carried
    assert files_below("bertlab") <= carried
    assert not [name for name in carried if "work/" in name or ".venv" in name]


@pytest.mark.slow
def test_the_source_archive_carries_what_a_wheel_is_built_from(tmp_path: Path):
    with tarfile.open(build("sdist", tmp_path)) as archive:
        carried = {name.partition("/")[2] for name in archive.getnames()}
    needed = {
        "constraints.txt",
        "environment.yml",
        "hatch_build.py",
        "lab.py",
        "LICENSE",
        "README.md",
        "pyproject.toml",
    }
    assert files_below("data") | files_below("notebooks") | files_below("tests") | needed <= carried


@pytest.fixture(scope="module")
def away(wheel: Path, tmp_path_factory: pytest.TempPathFactory):
    """Run a command of an environment that has the wheel, sees this one's packages, and not the checkout."""
    folder = tmp_path_factory.mktemp("away ü")
    venv.create(folder / "venv")
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    )
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site.stdout.strip(), "packages_of_the_tests.pth").write_text("\n".join(sorted(here)), encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    outcome = subprocess.run([*install, "--ignore-installed", wheel], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        program = python.with_name(command[0])
        return subprocess.run([program, *command[1:]], cwd=folder, env=variables, capture_output=True, text=True)

    return run


@pytest.mark.slow
def test_an_installed_wheel_stands_on_its_own(away):
    outcome = away(
        "python", "-c", "import bertlab.paths as p; print(p.__file__, p.data_path(), p.notebooks_path('src'))"
    )
    assert outcome.returncode == 0, outcome.stderr
    assert str(ROOT) not in outcome.stdout
    assert "_share" in outcome.stdout


@pytest.mark.slow
def test_the_doctor_of_an_installed_wheel_is_content(away):
    outcome = away("bertlab", "doctor")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "The lessons will run." in outcome.stdout


@pytest.mark.slow
def test_an_installed_wheel_guesses_a_word(away):
    outcome = away("bertlab", "guess", "the [MASK] was very old.")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert re.search(r"\[MASK\] 1: \S+ 0\.\d\d", outcome.stdout)


@pytest.mark.slow
def test_an_installed_wheel_makes_a_learners_copies(away, tmp_path: Path):
    outcome = away("bertlab", "notebooks", "--copy", str(tmp_path / "work"))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    published = {Path(name).name for name in files_below("notebooks") if name.endswith(".ipynb")}
    assert published
    assert {path.name for path in (tmp_path / "work").glob("*.ipynb")} == published
