"""A notebook run from top to bottom without JupyterLab: in a kernel of this Python, in a folder of its own."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from queue import Empty
from typing import Any

from bertlab.lessons.copies import find_lesson
from bertlab.paths import notebooks_path

NEEDED = ("nbclient", "ipykernel", "nbconvert", "latex2mathml")
"""What an export imports; to be asked for before a lesson has run for minutes."""


def lesson_environment(**more: str) -> dict[str, str]:
    """What is around a lesson: as many threads as under `lab.py`, no network, and not the learner's own record."""
    threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) // 2))}
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return {**threads, **os.environ, **offline, "BERTLAB_PROGRESS": "", **more}


def execute(notebook: Any, folder: Path, *, limit: int | None = None, environment: Mapping[str, str]) -> float:
    """Run all cells and keep in the notebook what they put out; gives the seconds it took.

    Args:
        folder: where the kernel works
        limit: seconds for all cells together; None waits as long as it takes
        environment: of the kernel

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
        nbclient.exceptions.CellTimeoutError: the limit was reached.
        nbclient.exceptions.DeadKernelError: the kernel died.
        KeyboardInterrupt: Ctrl-C; the kernel is ended first.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    manager = AsyncKernelManager(kernel_name="python3")
    manager.client_factory = _patient_client()
    # This Python's kernel, whatever "python3" means to Jupyter on this machine.
    manager._kernel_spec = KernelSpec(
        # Its log warns of connections that do not leave the machine, and complains when it is ended at work.
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=CRITICAL"],
        display_name="",
        language="python",
    )
    interrupted: list[bool] = []

    def take_over_ctrl_c(**_: Any) -> None:
        """nbclient's own answer to Ctrl-C fails an assertion; when its task is cancelled it ends the kernel well."""
        task = asyncio.current_task()
        assert task is not None
        with suppress(RuntimeError):  # on Windows, and outside the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: interrupted.append(task.cancel()))

    started = time.perf_counter()
    client = NotebookClient(
        notebook,
        km=manager,
        # nbclient's limit is one for each cell; a lesson's is one for all.
        timeout_func=lambda cell: None if limit is None else max(1, round(started + limit - time.perf_counter())),
        resources={"metadata": {"path": str(folder)}},
        on_notebook_start=take_over_ctrl_c,
    )
    try:
        client.execute(cleanup_kc=True, env=dict(environment), cwd=str(folder))
    except (asyncio.CancelledError, DeadKernelError):
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    return time.perf_counter() - started


def export_lessons(
    names: Sequence[str], out: Path, published: Path | None = None, *, slides: bool = False
) -> Iterator[str]:
    """Run lessons and write each as one HTML page; gives a sentence before and after each, when it happens.

    Args:
        names: of lessons, as `find_lesson` takes them; none means all
        published: the folder of the notebooks, if not the one that comes with this package
        slides: write the cells tagged `slide` alone, one screen each

    Raises:
        ImportError: a package is missing; the message says how to install it.
        ValueError: no lesson answers to a name, or a formula is broken.
        ChildProcessError: a cell failed; the message names lesson and cell. The page of that lesson is not written.
    """
    missing = [package for package in NEEDED if find_spec(package) is None]
    if missing:
        raise ImportError(f"exporting lessons needs {', '.join(missing)}: pip install 'bertlab[lab]'")
    everything = sorted((published or notebooks_path()).glob("[0-9][0-9]_*.ipynb"))
    lessons = [find_lesson(name, published) for name in names] or everything
    for lesson in dict.fromkeys(lessons):
        yield f"{lesson.stem}: running it; this may take some minutes"
        started = time.perf_counter()
        page = _export(lesson, out / (f"{lesson.stem}.slides.html" if slides else f"{lesson.stem}.html"), slides)
        seconds, megabytes = time.perf_counter() - started, page.stat().st_size / 1e6
        yield f"{lesson.stem}: done in {seconds:.0f} s, {page} ({megabytes:.1f} MB)"


def _export(lesson: Path, out: Path, slides: bool) -> Path:
    """Run one lesson in a folder that is gone afterwards, and write its page."""
    import nbformat
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    from bertlab.views.export import save_html, save_slides

    notebook = nbformat.read(lesson, as_version=4)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            execute(notebook, Path(folder), environment=lesson_environment())
        except (CellExecutionError, DeadKernelError) as error:
            raise ChildProcessError(f"{lesson.stem}, {_where_it_stopped(notebook)}: {_in_a_line(error)}") from error
        save = save_slides if slides else save_html
        return save(notebook, out, name=lesson.name, folder=lesson.parent)


def _where_it_stopped(notebook: Any) -> str:
    """The last code cell that was begun, by its number among all cells and its first line."""
    begun = [
        (number, cell)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code" and (cell.outputs or "execution" in cell.metadata)
    ]
    if not begun:
        return "before its first cell"
    number, cell = begun[-1]
    return f"cell {number} ({cell.source.strip().splitlines()[0]})"


def _in_a_line(error: Exception) -> str:
    """`ValueError: what it said`, without the traceback."""
    name = getattr(error, "ename", None)
    return f"{name}: {getattr(error, 'evalue', '')}" if name else str(error)


def _patient_client() -> type:
    """A kernel client that looks again every second while it waits.

    nbclient answers Output widgets on the socket on which it is waiting for a reply; the news of that reply can get
    lost (pyzmq tells of it once only), and then a cell that took a tenth of a second seems to take the whole limit.
    """
    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.channels import AsyncZMQSocketChannel
    from traitlets import Type

    class Patient(AsyncZMQSocketChannel):
        async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override]
            deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
            while True:
                try:
                    return await super().get_msg(timeout=min(1.0, max(0.0, deadline - time.monotonic())))
                except Empty:
                    if time.monotonic() >= deadline:
                        raise

    class PatientClient(AsyncKernelClient):
        shell_channel_class = Type(Patient)
        iopub_channel_class = Type(Patient)

    return PatientClient
