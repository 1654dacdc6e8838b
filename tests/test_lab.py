"""lab.py: each failure a newcomer meets is one line with its remedy, and leaves nothing half-made."""

import ast
import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import venv
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program as a module whose home is an empty folder with the requirement files."""
    home = tmp_path / "bert läb"
    home.mkdir()
    for name in ("pyproject.toml", "constraints.txt", "lab.py"):
        shutil.copy(ROOT / name, home)
    specification = importlib.util.spec_from_file_location("lab", home / "lab.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module.signal, "signal", lambda *arguments: None)
    return module


@pytest.fixture
def pips(lab: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list:
    """Every call of pip, none of which is made; `.venv` is a folder with a file for Python."""
    calls: list = []

    def make_venv() -> None:
        lab.remove_venv()
        lab.PYTHON.parent.mkdir(parents=True)
        (lab.VENV / "pyvenv.cfg").touch()
        lab.PYTHON.touch()
        lab.write_stamp(lab.home())

    monkeypatch.setattr(lab, "make_venv", make_venv)
    monkeypatch.setattr(lab, "check_machine", lambda: None)
    monkeypatch.setattr(lab, "pip_install", lambda *arguments: calls.append(arguments) or "")
    return calls


# ---- Python, the machine, the port -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_a_python_that_does_not_fit(lab: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple):
    monkeypatch.setattr(lab.shutil, "which", lambda name: "found" if name == "python3.12" else None)
    assert f"this is {version[0]}.{version[1]}" in lab.python_problem(version)
    assert "python3.12 lab.py" in lab.python_problem(version)
    monkeypatch.setattr(lab.shutil, "which", lambda name: None)
    assert "python.org" in lab.python_problem(version)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_a_python_that_fits(lab: ModuleType, version: tuple):
    assert lab.python_problem(version) == ""


def test_an_old_python_can_read_the_file_far_enough():
    ast.parse((ROOT / "lab.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    program = (
        "import sys, runpy; sys.version_info = (3, 8, 18, 'final', 0); runpy.run_path('lab.py', run_name='__main__')"
    )
    outcome = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("lab.py: bertlab needs Python 3.11 to 3.13, and this is 3.8;")
    assert outcome.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written(lab: ModuleType, monkeypatch: pytest.MonkeyPatch):
    def refuse(dir: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(lab.tempfile, "TemporaryFile", refuse)
    with pytest.raises(lab.Problem, match=r"bert läb: Read-only file system. Copy the folder"):
        lab.check_machine()


@pytest.mark.parametrize(("cuda", "needed"), [(False, "3 GB"), (True, "10 GB")])
def test_too_little_room(lab: ModuleType, monkeypatch: pytest.MonkeyPatch, cuda: bool, needed: str):
    monkeypatch.setattr(lab, "wants_cuda", lambda: cuda)
    monkeypatch.setattr(lab.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1.2e9}))
    with pytest.raises(lab.Problem, match=rf"{needed} are needed .* 1\.2 GB are free"):
        lab.check_machine()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_debians_python_without_venv(lab: ModuleType, monkeypatch: pytest.MonkeyPatch, missing: str):
    monkeypatch.setattr(lab.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1e12}))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(lab.Problem, match=rf"apt install python3.{sys.version_info[1]}-venv"):
        lab.check_machine()


def test_a_port_that_is_taken(lab: ModuleType):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(lab.Problem, match=f"port {port}: .*Give another --port"):
            lab.free_port("localhost", port)
    assert lab.free_port("localhost", port) == port


def test_a_free_port_is_found_beside_taken_ones(lab: ModuleType):
    first = lab.free_port("localhost", None)
    with socket.create_server(("localhost", first)):
        assert lab.free_port("localhost", None) > first


@pytest.mark.parametrize("arguments", [["--port", "99999"], ["--port", "0"], ["--ip", "203.0.113.7"]])
def test_an_address_that_cannot_be_listened_on(lab: ModuleType, capsys: pytest.CaptureFixture, arguments: list):
    assert lab.main(arguments) == 1
    assert re.fullmatch(r"\nlab.py: Cannot listen on .*\n", capsys.readouterr().err)


# ---- Which PyTorch ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("driver", [None, "/usr/bin/nvidia-smi"])
@pytest.mark.parametrize("wheels", [False, True])
def test_where_torch_comes_from(lab, monkeypatch: pytest.MonkeyPatch, platform: str, driver, wheels: bool):
    monkeypatch.setattr(lab.sys, "platform", platform)
    monkeypatch.setattr(lab.shutil, "which", lambda name: driver)
    monkeypatch.setattr(lab, "Path", lambda name: type("NoProc", (), {"exists": lambda self: False})())
    if wheels:
        lab.WHEELS.mkdir()
    sources = lab.torch_sources("2.13.0")
    if wheels:
        assert sources.pop(0) == ["--no-index", "--find-links", str(lab.WHEELS), "torch==2.13.0"]
    wanted = [source[0] for source in sources]
    if platform == "linux" and driver:
        assert wanted == ["torch==2.13.0,!=2.13.0+cpu", "torch==2.13.0"]
    elif platform == "linux":
        assert wanted == ["torch==2.13.0+cpu", "torch==2.13.0+cpu"]
        assert lab.CPU_BUILDS in sources[1]
    else:
        assert wanted == ["torch==2.13.0"]


def test_torch_comes_first_and_alone(lab: ModuleType, pips: list, monkeypatch: pytest.MonkeyPatch):
    """Alone: its CUDA libraries come only with a build that asks for them, when the rest is installed."""
    monkeypatch.setattr(lab, "wants_cuda", lambda: False)
    lab.install("lab")
    torch, packages = pips
    assert torch[0] == "--no-deps"
    assert torch[1].startswith("torch==")
    assert packages == ("-c", "constraints.txt", "-e", ".[lab]")


def test_all_places_are_tried_and_the_remedy_names_the_cpu_builds(lab, pips, monkeypatch: pytest.MonkeyPatch):
    def pip(*arguments: str) -> str:
        pips.append(arguments)
        second = lab.CPU_BUILDS in arguments
        return "Failed to establish a new connection" if second else NO_CPU_BUILD

    monkeypatch.setattr(lab, "pip_install", pip)
    monkeypatch.setattr(lab, "wants_cuda", lambda: False)
    monkeypatch.setattr(lab.sys, "platform", "linux")
    with pytest.raises(lab.Problem, match=r"No CPU build .* not taken on a machine without an NVIDIA GPU"):
        lab.install("lab")
    assert len(pips) == 2
    assert not lab.VENV.exists()


NO_CPU_BUILD = (
    "ERROR: Could not find a version that satisfies the requirement torch==2.13.0+cpu (from versions: 2.6.0, 2.13.0)\n"
    "ERROR: No matching distribution found for torch==2.13.0+cpu\n"
)
# Ends of what pip 23 to 25 and the operating systems print.
SAID = [
    ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
    ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
    (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': Failed to establish a "
        f"new connection: [Errno -2] Name or service not known'))'\n{NO_CPU_BUILD}",
        "cannot be reached",
    ),
    ("pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "cannot be reached"),
    ("Could not fetch URL: There was a problem confirming the ssl certificate: SSLError(1)", "cannot be reached"),
    ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'", "where you may write"),
    (NO_CPU_BUILD, "No CPU build of PyTorch"),
    ("ERROR: No matching distribution found for torch==2.13.0", "conda env create"),
    ("ERROR: Something nobody foresaw\nhint", "failed with the lines above"),
]


@pytest.mark.parametrize(("output", "line"), SAID)
def test_what_pip_says_becomes_one_line(lab: ModuleType, capsys: pytest.CaptureFixture, output: str, line: str):
    said = lab.explain(output)
    assert line in said
    assert "\n" not in said
    assert capsys.readouterr().out.strip() == ("" if "above" not in said else output)


# ---- .venv is whole, or not there ------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, OSError])
def test_a_set_up_that_is_stopped_leaves_nothing(lab: ModuleType, pips: list, monkeypatch, stop: type):
    def pip(*arguments: str) -> str:
        assert lab.VENV.exists()
        raise stop

    monkeypatch.setattr(lab, "pip_install", pip)
    with pytest.raises(stop):
        lab.install("lab")
    assert not [path.name for path in lab.ROOT.iterdir() if path.name.startswith(".venv")]


def test_a_set_up_that_was_killed_is_made_anew(lab: ModuleType, pips: list):
    lab.make_venv()
    (lab.VENV / "half").touch()
    lab.install("lab")
    assert not (lab.VENV / "half").exists()
    assert len(pips) == 2


def test_the_second_start_installs_nothing(lab: ModuleType, pips: list):
    lab.install("lab")
    pips.clear()
    lab.install("lab")
    assert pips == []


@pytest.mark.parametrize("before", [[], ["lab"]], ids=["first", "after the lab"])
def test_the_tests_have_their_own_stamp_and_include_the_lab(lab: ModuleType, pips: list, before: list):
    for extra in [*before, "test"]:
        lab.install(extra)
    assert pips[-1][-1] == ".[test]"
    stamp = json.loads(lab.STAMP.read_text())
    assert stamp["lab"] == stamp["test"] == lab.requirements()
    pips.clear()
    lab.install("lab")
    assert pips == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "lab.py"])
def test_a_changed_requirement_is_installed_into_the_same_venv(lab: ModuleType, pips: list, name: str):
    lab.install("lab")
    (lab.VENV / "kept").touch()
    pips.clear()
    (lab.ROOT / name).write_text((lab.ROOT / name).read_text(encoding="utf-8") + "\n# new\n", encoding="utf-8")
    lab.install("lab")
    assert len(pips) == 2
    assert (lab.VENV / "kept").exists()


def test_an_update_that_fails_keeps_what_was_there(lab, pips, monkeypatch, capsys: pytest.CaptureFixture):
    lab.install("lab")
    before = lab.STAMP.read_text()
    (lab.ROOT / "constraints.txt").write_text("torch==2.13.1\n")
    monkeypatch.setattr(lab, "pip_install", lambda *arguments: "Network is unreachable")
    lab.install("lab")
    assert "Going on with what was installed before" in capsys.readouterr().out
    assert lab.STAMP.read_text() == before
    with pytest.raises(lab.Problem, match="cannot be reached"):
        lab.install("test")
    assert lab.STAMP.read_text() == before


@pytest.mark.parametrize("change", [{"folder": "/elsewhere"}, {"python": [3, 9]}])
def test_a_venv_that_was_moved_or_made_for_another_python_is_made_anew(lab, pips: list, change: dict):
    lab.install("lab")
    (lab.VENV / "old").touch()
    lab.write_stamp({**lab.read_stamp(), **change})
    lab.install("lab")
    assert not (lab.VENV / "old").exists()


def test_a_venv_whose_python_is_gone_is_made_anew(lab: ModuleType, pips: list):
    lab.install("lab")
    lab.PYTHON.unlink()
    assert lab.read_stamp() == {}
    lab.install("lab")
    assert lab.PYTHON.exists()


def test_a_foreign_venv_is_not_touched(lab: ModuleType, pips: list):
    lab.VENV.mkdir()
    (lab.VENV / "pyvenv.cfg").write_text("mine")
    with pytest.raises(lab.Problem, match="rename or delete it"):
        lab.install("lab")
    assert (lab.VENV / "pyvenv.cfg").read_text() == "mine"
    assert pips == []


def test_wheels_are_tried_first_and_the_network_then(lab: ModuleType, pips: list, monkeypatch: pytest.MonkeyPatch):
    lab.WHEELS.mkdir()
    lab.install("lab")
    assert all(call[1 if "--no-deps" in call else 0] == "--no-index" for call in pips)
    assert len(pips) == 2
    tried: list = []
    monkeypatch.setattr(
        lab, "pip_install", lambda *call: tried.append(call) or ("No matching" if "--no-index" in call else "")
    )
    lab.install_packages("lab")
    assert [("--no-index" in call) for call in tried] == [True, False]


def test_the_self_check_runs_once_after_an_installation(lab, pips, monkeypatch: pytest.MonkeyPatch):
    ran: list = []
    outcome = type("Outcome", (), {"returncode": 1})
    monkeypatch.setattr(lab.subprocess, "run", lambda command, **options: ran.append(command) or outcome)
    lab.install("lab")
    with pytest.raises(lab.Problem, match="self-check"):
        lab.check()
    outcome.returncode = 0
    lab.check()
    lab.check()
    assert [command[1:] for command in ran] == [["-m", "bertlab", "doctor"]] * 2


# ---- For real --------------------------------------------------------------------------------------------------


def test_a_taken_port_is_noticed_before_anything_is_installed(lab: ModuleType):
    with socket.create_server(("localhost", 0)) as taken:
        command = [sys.executable, "lab.py", "--no-browser", "--port", str(taken.getsockname()[1])]
        outcome = subprocess.run(command, cwd=lab.ROOT, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("\nlab.py: Cannot listen on localhost")
    assert not lab.VENV.exists()


@pytest.mark.slow
def test_without_a_network_one_line_says_so(lab: ModuleType):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    outcome = subprocess.run(
        [sys.executable, "lab.py", "--no-browser"],
        cwd=lab.ROOT,
        env={**inherited, **nowhere},
        capture_output=True,
        encoding="utf-8",
    )
    assert outcome.returncode == 1
    assert re.fullmatch(r"\nlab.py: The package index cannot be reached: .*\n", outcome.stderr)
    assert sorted(path.name for path in lab.ROOT.iterdir()) == ["constraints.txt", "lab.py", "pyproject.toml"]


@pytest.fixture
def whole(lab: ModuleType) -> Path:
    """A checkout that lab.py finds set up: its .venv sees the packages of these tests, so no network is needed."""
    for name in ("bertlab", "data", "notebooks"):
        shutil.copytree(ROOT / name, lab.ROOT / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_*"))
    venv.create(lab.VENV, with_pip=False)
    ask = [lab.PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(ask, capture_output=True, encoding="utf-8").stdout.strip()
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site, "packages_of_the_tests.pth").write_text("\n".join(sorted(here)))
    script = Path(sys.executable).with_name(lab.JUPYTERLAB.name)
    if lab.WINDOWS:
        pytest.skip("a script of Windows is an .exe bound to its own environment; start lab.py by hand to see it serve")
    lines = script.read_text(encoding="utf-8").splitlines(keepends=True)
    lab.JUPYTERLAB.write_text(f"#!/bin/sh\n'''exec' \"{lab.PYTHON}\" \"$0\" \"$@\"\n' '''\n" + "".join(lines[1:]))
    lab.JUPYTERLAB.chmod(0o755)
    digest = lab.requirements()
    lab.write_stamp({**lab.home(), "lab": digest, "test": digest, "checked": digest})
    return lab.ROOT


def read(address: str) -> int:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.closing(direct.open(address, timeout=60)) as page:
        return page.status


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_the_second_start_serves_lesson_00_until_it_is_stopped(whole: Path, tmp_path: Path, ending: signal.Signals):
    settings = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    settings["JUPYTERLAB_DIR"] = str(Path(sysconfig.get_path("data"), "share", "jupyter", "lab"))
    with subprocess.Popen(
        [sys.executable, "lab.py", "--no-browser"],
        cwd=whole,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as program:
        try:
            printed = []
            for line in program.stdout:
                printed.append(line)
                if "Stop with Ctrl-C" in line:
                    break
            address = re.search(
                r"http://localhost:\d+/lab/tree/00_start_here\.ipynb\?token=[0-9a-f]{32}", "".join(printed)
            )
            assert address, "".join(printed) + program.stderr.read()
            assert read(address.group()) == 200
            contents = address.group().replace("/lab/tree/", "/api/contents/")
            assert read(contents) == 200
            with pytest.raises(urllib.error.HTTPError, match="403"):
                read(contents.partition("?")[0])
            # A terminal sends Ctrl-C to every program in it, a plain kill goes to lab.py alone.
            (os.killpg if ending == signal.SIGINT else os.kill)(program.pid, ending)
            assert program.wait(60) == (130 if ending == signal.SIGINT else 143)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
    with pytest.raises(urllib.error.URLError):
        read(address.group())
    assert (whole / "work" / "00_start_here.ipynb").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "status"), [(["--version"], 0), (["--no-such-option"], 4)])
def test_lab_py_test_hands_over_to_pytest(whole: Path, arguments: list[str], status: int):
    command = [sys.executable, "lab.py", "test", *arguments]
    outcome = subprocess.run(command, cwd=whole, capture_output=True, text=True)
    assert outcome.returncode == status, outcome.stdout + outcome.stderr
