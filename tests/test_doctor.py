"""The doctor: right about a healthy place, and about each thing that can be wrong."""

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bertlab import doctor
from bertlab.doctor import Finding
from bertlab.paths import constraints_path, data_path

ROOT = Path(__file__).resolve().parents[1]


def names_of(requirements: list[str]) -> list[str]:
    return [requirement.split("=")[0].split(">")[0].split("<")[0] for requirement in requirements]


def test_core_and_lab_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert list(doctor.CORE) == names_of(project["dependencies"])
    assert list(doctor.LAB) == names_of(project["optional-dependencies"]["lab"])


def test_every_package_has_a_proven_version():
    proven = doctor.proven_versions(constraints_path().read_text(encoding="utf-8"))
    assert {*doctor.CORE, *doctor.LAB} <= set(proven)


def test_the_manifest_is_current():
    """If this fails, data/ was changed on purpose or by accident; if on purpose: --write-manifest."""
    manifest = doctor.read_manifest(data_path(doctor.MANIFEST).read_text(encoding="utf-8"))
    present = {
        path.relative_to(data_path()).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in data_path().rglob("*")
        if path.is_file() and not path.name.startswith(".") and path != data_path(doctor.MANIFEST)
    }
    assert manifest == present, "run: python -m bertlab.doctor --write-manifest"


def test_writing_the_manifest_lists_every_file_once(tmp_path: Path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "b.bin").write_bytes(b"b\r\n")
    (tmp_path / "ü a.txt").write_text("a", encoding="utf-8")
    (tmp_path / ".DS_Store").write_text("hidden")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x").write_text("x")
    for _ in range(2):
        doctor.write_manifest(tmp_path)
        expected = "".join(
            f"{hashlib.sha256(content).hexdigest()}  {name}\n"
            for name, content in [("models/b.bin", b"b\r\n"), ("ü a.txt", b"a")]
        )
        assert (tmp_path / doctor.MANIFEST).read_bytes().decode() == expected
    assert not (tmp_path / f".{doctor.MANIFEST}").exists()


@pytest.fixture
def small_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of two files with a manifest, in the place of the real one."""
    (tmp_path / "one.txt").write_text("one")
    (tmp_path / "two.txt").write_text("two")
    doctor.write_manifest(tmp_path)

    def path(*parts: str) -> Path:
        if not tmp_path.joinpath(*parts).exists():
            raise FileNotFoundError(f"{tmp_path.joinpath(*parts)} is missing")
        return tmp_path.joinpath(*parts)

    monkeypatch.setattr(doctor, "data_path", path)
    return tmp_path


def test_data_as_published(small_data: Path):
    (small_data / "mine.txt").write_text("a file that a person added")
    assert doctor.check_data().level == "ok"


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_data_that_is_not_as_published(small_data: Path, harm: str):
    if harm == "changed":
        (small_data / "two.txt").write_text("twO")
    else:
        (small_data / "two.txt").unlink()
    finding = doctor.check_data()
    assert finding.level == "problem"
    assert "1 of 2" in finding.seen
    assert "two.txt" in finding.seen
    assert finding.remedy


def test_a_manifest_that_is_not_there(small_data: Path):
    (small_data / doctor.MANIFEST).unlink()
    assert doctor.check_data().level == "problem"


def test_another_version_is_a_note_and_a_missing_package_a_problem():
    proven = {"torch": "2.13.0", "numpy": "2.4.6"}
    same, other, missing = doctor.judge_versions({"torch": "2.13.0+cpu", "numpy": "2.0.0", "tqdm": None}, proven)
    assert (same.level, other.level, missing.level) == ("ok", "note", "problem")
    assert "proven with 2.4.6" in other.seen
    assert "pip install" in missing.remedy


def test_a_package_that_does_not_load(monkeypatch: pytest.MonkeyPatch):
    def broken(name: str) -> None:
        if name == "safetensors":
            raise OSError("DLL load failed\nmore")

    monkeypatch.setattr(doctor.importlib, "import_module", broken)
    problems = [finding for finding in doctor.check_packages() if finding.what == "safetensors"]
    assert problems[-1].level == "problem"
    assert problems[-1].seen == "OSError: DLL load failed"


def kernel_of(program: str):
    """A stand-in for Jupyter's list of kernels with one that starts `program`."""

    class Specs:
        def get_kernel_spec(self, name: str):
            assert name == "python3"
            return type("Spec", (), {"argv": [program, "-m", "ipykernel_launcher"]})

    return Specs


def test_the_kernel_of_this_environment_works(monkeypatch: pytest.MonkeyPatch):
    # In a checkout without installation the kernel finds bertlab by PYTHONPATH or not at all.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    finding = doctor.check_kernel()
    assert finding.level == "ok"
    assert Path(finding.seen) == Path(sys.executable)


@pytest.mark.parametrize(
    ("program", "said"),
    [("no-such-python", "does not start"), ("false", "exit status 1" if os.name != "nt" else "does not start")],
)
def test_a_kernel_that_does_not_work(monkeypatch: pytest.MonkeyPatch, program: str, said: str):
    monkeypatch.setattr("jupyter_client.kernelspec.KernelSpecManager", kernel_of(program))
    finding = doctor.check_kernel()
    assert finding.level == "problem"
    assert said in finding.seen
    assert finding.remedy


@pytest.mark.slow
def test_a_machine_without_jupyter_gets_a_report_and_the_extra_by_name():
    """A GPU box with only the core: the doctor runs, names the extra, and says that lessons will not."""
    program = """
import importlib.metadata, sys
from bertlab import doctor
for name in ("jupyter_client", "jupyterlab", "ipykernel", "matplotlib", "bertviz"):
    sys.modules[name] = None
real = importlib.metadata.version
def version(name):
    if name in doctor.LAB:
        raise importlib.metadata.PackageNotFoundError(name)
    return real(name)
importlib.metadata.version = version
sys.exit(doctor.main())
"""
    outcome = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 1, outcome.stderr
    assert "bertlab[lab]" in outcome.stdout
    assert "device" in outcome.stdout
    assert "The lessons will not run yet" in outcome.stdout
    assert outcome.stderr == ""


@pytest.mark.parametrize(("level", "status"), [("ok", 0), ("note", 0), ("problem", 1)])
def test_the_exit_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, level, status: int):
    monkeypatch.setattr(doctor, "examine", lambda: [Finding(level, "disk", "seen", "make room")])
    assert doctor.main() == status
    assert "-> make room" in capsys.readouterr().out


@pytest.mark.slow
def test_the_whole_report():
    outcome = subprocess.run(
        [sys.executable, "-m", "bertlab", "doctor"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    lines = outcome.stdout.splitlines()
    seen = [line.split()[1] for line in lines if line.startswith(("ok ", "note "))]
    assert [name for name in seen if name != "GPU"] == [
        "Python",
        *doctor.CORE,
        *doctor.LAB,
        "device",
        "numbers",
        "disk",
        "data",
        "kernel",
    ]
    assert outcome.stdout.isascii() or not str(ROOT).isascii()
    assert lines[-1] == "The lessons will run."
