"""Will the lessons run here? One line for each thing they need, with the remedy where one is missing.

    bertlab doctor                             the report; exit status 0 if the lessons will run, else 1
    python -m bertlab.doctor --write-manifest  (authors) list the present state of data/ in data/SHA256SUMS

A problem keeps the lessons from running; a note does not.
"""

import hashlib
import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from bertlab.atomic import write_whole
from bertlab.paths import constraints_path, data_path

# The names of pyproject.toml; a test compares them.
CORE = ("torch", "numpy", "tokenizers", "safetensors", "jaxtyping", "tqdm")
LAB = (
    "jupyterlab",
    "ipykernel",
    "matplotlib",
    "bertviz",
    "mpld3",
    "ipywidgets",
    "anywidget",
    "nbclient",
    "latex2mathml",
)
MANIFEST = "SHA256SUMS"
NEEDED_GB, COMFORTABLE_GB = 0.1, 1.0


class Finding(NamedTuple):
    """One thing that was looked at."""

    level: Literal["ok", "note", "problem"]
    what: str
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<8} {self.what:<12} {self.seen}"
        return f"{line}\n{'':<22}-> {self.remedy}" if self.remedy else line


# ---- Versions --------------------------------------------------------------------------------------------------


def proven_versions(constraints: str) -> dict[str, str]:
    """Package -> version, from the text of a constraints file.

    >>> proven_versions("# proven\\ntorch==2.13.0\\nPyYAML==6.0.3\\n")
    {'torch': '2.13.0', 'pyyaml': '6.0.3'}
    """
    pairs = (line.split("==") for line in constraints.splitlines() if "==" in line and not line.startswith("#"))
    return {name.strip().lower(): version.strip() for name, version in pairs}


def installed_versions(names: Iterable[str]) -> dict[str, str | None]:
    """Package -> version, None where it is not installed."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def judge_versions(installed: Mapping[str, str | None], proven: Mapping[str, str], extra: str = "") -> list[Finding]:
    """What is missing is a problem; another version than the proven one is a note.

    >>> print(*judge_versions({"torch": "2.12.0", "numpy": "2.4.6"}, {"torch": "2.13.0", "numpy": "2.4.6"}), sep="\\n")
    note     torch        2.12.0; proven with 2.13.0
    ok       numpy        2.4.6
    >>> judge_versions({"jupyterlab": None}, {}, extra="lab")[0].remedy
    "the lessons need it: pip install 'bertlab[lab]', in a checkout pip install -e '.[lab]'"

    Args:
        extra: the extra of pyproject.toml that brings these packages; "" for those always needed.
    """
    brackets = f"[{extra}]" if extra else ""
    remedy = f"the lessons need it: pip install 'bertlab{brackets}', in a checkout pip install -e '.{brackets}'"
    findings = []
    for name, version in installed.items():
        expected = proven.get(name, "")
        if version is None:
            findings.append(Finding("problem", name, "not installed", remedy))
        elif version.split("+")[0] == expected:
            findings.append(Finding("ok", name, version))
        else:
            findings.append(Finding("note", name, f"{version}; proven with {expected or 'none'}"))
    return findings


def check_python() -> Finding:
    """The Python that runs this."""
    seen = f"{platform.python_version()} on {platform.platform(terse=True)}, {sys.executable}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("ok", "Python", seen)
    return Finding("problem", "Python", seen, "bertlab needs 3.11 to 3.13: https://www.python.org/downloads/")


def check_packages() -> list[Finding]:
    """Everything the core and the lessons import, beside the proven versions."""
    proven = proven_versions(constraints_path().read_text(encoding="utf-8"))
    core, lab = installed_versions(CORE), installed_versions(LAB)
    findings = judge_versions(core, proven) + judge_versions(lab, proven, extra="lab")
    for name in (name for name in CORE if core[name] is not None):
        try:
            importlib.import_module(name)
        except Exception as error:
            remedy = f"it is installed but does not load; reinstall it: pip install --force-reinstall {name}"
            findings.append(Finding("problem", name, f"{type(error).__name__}: {error}".splitlines()[0], remedy))
    return findings


# ---- The machine -----------------------------------------------------------------------------------------------


def check_device() -> list[Finding]:
    """Where models will run, and in which numbers."""
    try:
        import torch

        from bertlab.training.runtime import choose_device, choose_precision
    except (ImportError, OSError):
        return []
    device = choose_device()
    threads = f"{torch.get_num_threads()} threads on {os.cpu_count()} cores"
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    precision = choose_precision(device)
    findings = [
        Finding("ok", "device", f"{device} ({name}), {threads}"),
        Finding("ok", "numbers", f"training in {precision.name}: {precision.reason}"),
    ]
    if device.type == "cpu" and shutil.which("nvidia-smi"):
        cause = "this torch is a CPU build" if torch.version.cuda is None else "torch cannot use its driver"
        remedy = "the lessons run all the same; for the GPU: https://pytorch.org/get-started/locally/"
        findings.append(Finding("note", "GPU", f"an NVIDIA driver is installed, but {cause}", remedy))
    return findings


def judge_disk(folder: Path, free_gb: float) -> Finding:
    """Room for what learners train and save.

    >>> judge_disk(Path("work"), 0.02).level, judge_disk(Path("work"), 0.5).level, judge_disk(Path("work"), 9.0).level
    ('problem', 'note', 'ok')
    """
    seen = f"{free_gb:.1f} GB free in {folder}"
    if free_gb < NEEDED_GB:
        return Finding("problem", "disk", seen, f"make room: lessons and models need {NEEDED_GB} GB")
    if free_gb < COMFORTABLE_GB:
        return Finding("note", "disk", seen, f"enough for the lessons; training your own needs {COMFORTABLE_GB} GB")
    return Finding("ok", "disk", seen)


# ---- The data that comes with bertlab --------------------------------------------------------------------------


def hash_files(folder: Path) -> dict[str, str]:
    """Relative path -> SHA-256 of every file below a folder, the manifest and hidden files left out."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and parts != (MANIFEST,) and not any(part.startswith((".", "__")) for part in parts):
            with path.open("rb") as file:
                hashes["/".join(parts)] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def read_manifest(text: str) -> dict[str, str]:
    """Relative path -> SHA-256, from a manifest in the format of the program `sha256sum`.

    >>> read_manifest("ab12  vocab/pieces.txt\\n")
    {'vocab/pieces.txt': 'ab12'}
    """
    return {path: digest for digest, path in (line.split("  ", 1) for line in text.splitlines() if line)}


def write_manifest(folder: Path) -> Path:
    """List the files of a data folder as they are now."""
    lines = [f"{digest}  {path}\n" for path, digest in hash_files(folder).items()]
    return write_whole(folder / MANIFEST, "".join(lines))


def check_data() -> Finding:
    """Are the files under `data/` those that were published? Files a person added do not matter."""
    remedy = "clone the repository again, or reinstall the package"
    try:
        folder = data_path()
        published = read_manifest(data_path(MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        return Finding("problem", "data", str(error), remedy)
    present = hash_files(folder)
    wrong = [path for path, digest in published.items() if present.get(path) != digest]
    if wrong:
        seen = f"{len(wrong)} of {len(published)} files are missing or changed in {folder}: {', '.join(wrong[:3])}"
        return Finding("problem", "data", seen, remedy)
    return Finding("ok", "data", f"{len(published)} files as published, in {folder}")


# ---- Jupyter's kernel ------------------------------------------------------------------------------------------


def check_kernel() -> Finding:
    """Would a notebook started from here run in a Python that has bertlab?"""
    remedy = "the lessons need it: pip install 'bertlab[lab]', in a checkout pip install -e '.[lab]'"
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return Finding("problem", "kernel", "Jupyter is not installed", remedy)
    try:
        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding(
            "problem", "kernel", "Jupyter has no kernel 'python3'", "pip install --force-reinstall ipykernel"
        )
    # Jupyter itself puts the running Python in the place of a plain "python".
    python = sys.executable if re.fullmatch(r"python(3(\.\d+)?)?", program) else program
    command = [python, "-c", "import ipykernel, bertlab"]
    remedy = f"remove the foreign kernel ({Path(python).name} -m jupyter kernelspec list), or reinstall bertlab there"
    try:
        tried = subprocess.run(command, capture_output=True, text=True, cwd=tempfile.gettempdir(), timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("problem", "kernel", f"{python} does not start: {error}", remedy)
    if tried.returncode:
        said = (tried.stderr.strip() or f"exit status {tried.returncode}").splitlines()[-1]
        return Finding("problem", "kernel", f"{python} does not have what lessons need: {said}", remedy)
    return Finding("ok", "kernel", python)


# ---- The report ------------------------------------------------------------------------------------------------


def examine() -> list[Finding]:
    """Look at everything."""
    disk = judge_disk(Path.cwd(), shutil.disk_usage(Path.cwd()).free / 1e9)
    return [check_python(), *check_packages(), *check_device(), disk, check_data(), check_kernel()]


def main(brief: bool = False) -> int:
    """Print the report; 0 if the lessons will run here, else 1.

    Args:
        brief: only count what is as it should be.
    """
    findings = examine()
    problems = [finding for finding in findings if finding.level == "problem"]
    shown = [finding for finding in findings if finding.level != "ok" or not brief]
    print(*shown, *([f"{len(findings) - len(shown)} things are as they should be."] if brief else []), sep="\n")
    if problems:
        print(f"\nThe lessons will not run yet: {len(problems)} to mend; each says how.")
        return 1
    print("\nThe lessons will run.")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--write-manifest"]:
        print(write_manifest(data_path()))
    elif sys.argv[1:]:
        sys.exit(f"{__doc__}")
    else:
        sys.exit(main())
