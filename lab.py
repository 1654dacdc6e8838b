#!/usr/bin/env python3
"""Set bertlab up and open its first lesson.

    python3 lab.py                        make .venv, install, check, open JupyterLab on lesson 00
    python3 lab.py --no-browser           the same, but only print the address
    python3 lab.py --port 9000 --ip 0.0.0.0
    python3 lab.py test [ARGUMENTS]       run the whole test suite (the arguments go to pytest)

Python's standard library is all this file needs. What it installs lies in .venv/, your lessons in work/.
To undo the set-up, delete .venv/. Without a network it installs from the folder wheels/ (see CONTRIBUTING.md).
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
ROOT = Path(__file__).resolve().parent
VENV, WORK, WHEELS = ROOT / ".venv", ROOT / "work", ROOT / "wheels"
STAMP = VENV / "bertlab.json"
LESSON = "00_start_here.ipynb"
WINDOWS = os.name == "nt"
PROGRAMS, SUFFIX = (VENV / "Scripts", ".exe") if WINDOWS else (VENV / "bin", "")
PYTHON, JUPYTERLAB = PROGRAMS / f"python{SUFFIX}", PROGRAMS / f"jupyter-lab{SUFFIX}"
NEWS = "@jupyterlab/apputils-extension:announcements"
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"

# What pip says when it fails, and what a person can do about it. The first match counts.
REMEDIES = {
    r"No space left|Errno 28|WinError 112|not enough space": "The disk is full: free some GB and run lab.py again "
    "(if only the folder for temporary files is full, set TMPDIR to another one).",
    r"new connection|name resolution|getaddrinfo|timed out|Network is unreachable|ProxyError|SSLError"
    r"|Connection (refused|reset|aborted|broken)": "The package index cannot be reached: connect to the network and "
    "run lab.py again. Behind a proxy set HTTPS_PROXY; with no network use wheels/ (see CONTRIBUTING.md).",
    r"Permission denied|Errno 13|Read-only file system": "A file could not be written: copy the whole folder to "
    "where you may write and run lab.py there.",
    r"No matching distribution found for torch==\S+\+cpu": "No CPU build of PyTorch was found, and the build with "
    "CUDA, 3 GB, is not taken on a machine without an NVIDIA GPU: let this machine reach "
    f"{CPU_BUILDS}, or set PIP_FIND_LINKS to a mirror of it, or put the wheel into wheels/ .",
    r"No matching distribution found for torch": "There is no PyTorch for this machine and this Python: try another "
    "Python, 3.11 to 3.13 and 64 bit, or conda: conda env create -f environment.yml",
}


class Problem(Exception):
    """What is wrong and what to do about it, in one line."""


# ---- Can it be done here? --------------------------------------------------------------------------------------


def python_problem(version):
    """Say why this Python cannot run bertlab, if so. Old Pythons read this file up to here, and must be able to."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return ""
    fitting = [name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)]
    remedy = f"run: {fitting[0]} lab.py" if fitting else "install one from https://www.python.org/downloads/"
    return f"lab.py: bertlab needs Python 3.11 to 3.13, and this is {version[0]}.{version[1]}; {remedy}"


if python_problem(sys.version_info):
    sys.exit(python_problem(sys.version_info))


def wants_cuda() -> bool:
    """Whether this is a Linux with an NVIDIA driver; elsewhere pip's ordinary PyTorch is a small one."""
    driver = shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists()
    return sys.platform.startswith("linux") and bool(driver)


def check_machine() -> None:
    """Raise a Problem if .venv cannot be made here."""
    try:
        tempfile.TemporaryFile(dir=ROOT).close()
    except OSError as error:
        raise Problem(f"{ROOT}: {error.strerror}. Copy the folder to where you may write, run lab.py there.") from None
    needed, free = 10 if wants_cuda() else 3, shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise Problem(f"{needed} GB are needed in {ROOT}, and {free:.1f} GB are free: make room and run lab.py again.")
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Problem(
            f"This Python has no venv or ensurepip module. Debian, Ubuntu: sudo apt install {package}, then run "
            "lab.py again. Elsewhere: install Python from https://www.python.org/downloads/"
        )


def free_port(ip: str, wanted) -> int:
    """Find a port to listen on: the wanted one, or the first free one from 8888 on."""
    reason = "ports go from 1 to 65535"
    for port in range(8888, 8988) if wanted is None else {wanted}.intersection(range(1, 65536)):
        try:
            socket.create_server(("" if ip == "*" else ip, port)).close()
            return port
        except OSError as error:
            reason = str(error).partition(" (while")[0]
    ports = "ports 8888 to 8987" if wanted is None else f"port {wanted}"
    raise Problem(f"Cannot listen on {ip}, {ports}: {reason}. Give another --port, or none: lab.py finds one.")


# ---- .venv and what is in it. Its stamp says what was finished there; a .venv without that is made anew. -------


def requirements() -> str:
    """One value for all the files that decide what gets installed."""
    files = (ROOT / name for name in ("pyproject.toml", "constraints.txt", "lab.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def home() -> dict:
    """Where .venv stands and for which Python: moved, or under another Python, it does not work."""
    return {"folder": str(ROOT), "python": list(sys.version_info[:2])}


def read_stamp() -> dict:
    """What was finished in .venv: `lab`, `test` and `checked` hold the requirements they were finished for."""
    if (VENV / "pyvenv.cfg").exists() and not STAMP.exists():
        raise Problem(f"{VENV} was not made by lab.py: rename or delete it, then run lab.py again.")
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if "lab" in stamp and home().items() <= stamp.items() and PYTHON.exists() else {}


def write_stamp(stamp: dict) -> None:
    """Replace the stamp in one step."""
    STAMP.with_suffix(".new").write_text(json.dumps(stamp), encoding="utf-8")
    STAMP.with_suffix(".new").replace(STAMP)


def remove_venv() -> None:
    """Delete .venv, moved aside first: however this ends, no half of one is left in its place."""
    aside = ROOT / ".venv.removed"
    shutil.rmtree(aside, ignore_errors=True)
    if VENV.exists():
        VENV.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)


def make_venv() -> None:
    """Make an empty .venv whose stamp says that nothing is finished."""
    remove_venv()
    VENV.mkdir()
    write_stamp(home())
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        raise Problem(explain(made.stdout + made.stderr))


def explain(output: str) -> str:
    """Turn what a failed installation printed into one line with the remedy; what is not known, show in full."""
    for pattern, remedy in REMEDIES.items():
        if re.search(pattern, output):
            return remedy
    print(output)
    return "The installation failed with the lines above: run lab.py again, and report them if they come back."


def pip_install(*arguments) -> str:
    """Install into .venv; return '', or, if it failed, all that pip printed."""
    command = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--retries", "3"]
    environment = {**os.environ, "PIP_USER": "0", "PYTHONUTF8": "1"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    printed = []
    with running([*command, *arguments], cwd=ROOT, env=environment, **streams) as pip:
        for line in pip.stdout:
            printed.append(line)
            show(f"      {line.strip()}")
    show("")
    return "".join(printed) if pip.returncode else ""


def torch_sources(version: str) -> list:
    """Give pip's arguments for each place to look for PyTorch, the best one first.

    `torch==2.13.0+cpu` can never mean the ordinary Linux build, which brings 3 GB of CUDA with it.
    """
    exact = f"torch=={version}"
    if wants_cuda():
        sources = [[f"{exact},!={version}+cpu"], [exact]]
    elif sys.platform.startswith("linux"):
        sources = [[f"{exact}+cpu"], [f"{exact}+cpu", "--index-url", CPU_BUILDS, "--retries", "1", "--timeout", "20"]]
    else:
        sources = [[exact]]
    return [["--no-index", "--find-links", str(WHEELS), exact], *sources] if WHEELS.exists() else sources


def install_torch() -> None:
    """Install PyTorch before all else, so that no other package chooses its build."""
    version = re.search(r"^torch==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M).group(1)
    print(f"  PyTorch {version}, {'for your NVIDIA GPU: 3 GB' if wants_cuda() else '0.2 GB'} to download", flush=True)
    failures = []
    for source in torch_sources(version):
        failures.append(pip_install("--no-deps", *source))
        if not failures[-1]:
            return
    raise Problem(explain(failures[1 if WHEELS.exists() else 0]))


def install_packages(extra: str) -> None:
    """Install bertlab itself, editable, and everything that an extra of pyproject.toml names."""
    print(f"  bertlab and what the extra '{extra}' of pyproject.toml names", flush=True)
    wanted = ["-c", "constraints.txt", "-e", f".[{extra}]"]
    if not WHEELS.exists() or pip_install("--no-index", "--find-links", str(WHEELS), *wanted):
        failure = pip_install(*wanted)
        if failure:
            raise Problem(explain(failure))


def silence_jupyterlab() -> None:
    """Keep JupyterLab from looking for news and updates, and from asking every learner whether it may."""
    config = VENV / "etc" / "jupyter" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps({"disabledExtensions": {NEWS: True}}), encoding="utf-8")


def install(extra: str) -> None:
    """Bring .venv up to the requirement files. What fails or is stopped leaves no .venv, or the one before."""
    stamp, wanted = read_stamp(), requirements()
    if stamp.get(extra) == wanted:
        return
    check_machine()
    print(f"Setting up in {VENV}: a few minutes, once.", flush=True)
    try:
        if not stamp:
            make_venv()
        install_torch()
        install_packages(extra)
        silence_jupyterlab()
        write_stamp({**home(), **stamp, "lab": wanted, extra: wanted})
    except BaseException as failure:
        if not stamp:
            remove_venv()
        if extra not in stamp or not isinstance(failure, Problem):
            raise
        print(f"  not updated: {failure}\n  Going on with what was installed before.", flush=True)


# ---- The self-check, the lessons, JupyterLab -------------------------------------------------------------------


def check() -> None:
    """Run `bertlab doctor`, once after each installation."""
    stamp = read_stamp()
    if stamp.get("checked") != stamp["lab"]:
        if subprocess.run([PYTHON, "-m", "bertlab", "doctor"], cwd=ROOT).returncode:
            raise Problem("The self-check found the problems above, each with its remedy; then run lab.py again.")
        write_stamp({**stamp, "checked": stamp["lab"]})


def copy_lessons() -> None:
    """Bring the learner's copies in work/ up to date; what the learner changed stays."""
    if subprocess.run([PYTHON, "-m", "bertlab", "notebooks", "--copy", WORK], cwd=ROOT).returncode:
        raise Problem(f"The lessons could not be copied to {WORK}; the lines above say why.")


def serve(ip: str, port: int, browser: bool) -> int:
    """Run JupyterLab until Ctrl-C. It asks nothing of any other machine."""
    settings = {
        "ServerApp.ip": ip,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": WORK,
        "ServerApp.open_browser": browser,
        "ServerApp.allow_root": True,
        "ServerApp.answer_yes": True,
        "Application.log_level": "ERROR",
        "LabApp.extension_manager": "readonly",
    }
    command = [JUPYTERLAB, LESSON, *(f"--{name}={value}" for name, value in settings.items())]
    token = secrets.token_hex(16)
    host = socket.gethostname() if ip in ("*", "0.0.0.0", "::") else ip
    # The token goes by the environment: every user of a machine sees the arguments.
    # With .venv first on the path, a terminal in JupyterLab knows the command bertlab.
    path = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}"
    # The threads of one product wait for each other: where the browser holds one of two cores, two threads are three
    # times slower than one. So the lessons get half of the cores.
    threads = str(max(1, (os.cpu_count() or 2) // 2))
    environment = {"OMP_NUM_THREADS": threads, **os.environ, "JUPYTER_TOKEN": token, "PATH": path}
    with running(command, cwd=WORK, env=environment) as server:
        wait_for_answer(server, f"http://{'localhost' if host != ip else ip}:{port}/api")
        print(f"\nLesson 00:  http://{host}:{port}/lab/tree/{LESSON}?token={token}")
        print("What you do is saved in work/. Stop with Ctrl-C.", flush=True)
        return server.wait()


def wait_for_answer(server, address: str) -> None:
    """Wait until JupyterLab answers, for as long as it runs."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while server.poll() is None:
        with contextlib.suppress(OSError):
            return direct.open(address, timeout=5).close()
        time.sleep(0.1)
    raise Problem("JupyterLab did not start; the lines above say why.")


def test(arguments) -> int:
    """Run the test suite, on as many cores as there are, up to four."""
    side_by_side = ["-n", "auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]
    one_thread_each = {"OMP_NUM_THREADS": "1", **os.environ}
    with running([PYTHON, "-m", "pytest", *side_by_side, *arguments], cwd=ROOT, env=one_thread_each) as pytest:
        return pytest.wait()


# ---- Helpers, and the two commands -----------------------------------------------------------------------------


def show(line: str) -> None:
    """Show what goes on in one line of the terminal, over the line before it."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"{line[:width]:{width}}", end="\r", flush=True)


@contextlib.contextmanager
def running(command, **options):
    """Run a program beside this one; when the block is left it has ended."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
        process.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)  # Ctrl-C has reached it too, most likely; let it end in its own way.
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def main(arguments) -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="lab.py",
        description="Set bertlab up and open its first lesson.",
        epilog="lab.py test [ARGUMENTS] runs the test suite instead; the arguments go to pytest.",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=int, help="port to listen on (default: the first free one from 8888 on)")
    parser.add_argument("--ip", default="localhost", help="address to listen on (default: only this machine)")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # else nothing would clean up
    try:
        if arguments[:1] == ["test"]:
            install("test")
            return test(arguments[1:])
        options = parser.parse_args(arguments)
        port = free_port(options.ip, options.port)
        install("lab")
        check()
        copy_lessons()
        return serve(options.ip, port, not options.no_browser)
    except Problem as problem:
        print(f"\nlab.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nlab.py: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
