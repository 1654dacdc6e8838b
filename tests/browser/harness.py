"""JupyterLab and Notebook 7 in a real browser, as learners have them, driven by a test and cut off from outside."""

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
from playwright.sync_api import Browser, Error, Frame, Locator, Page, Playwright, Route

import bertlab

LOCAL = re.compile(r"^(?:https?|wss?)://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)|^(?:data|blob|about|file):")
NO_BROWSER = (
    "no Chrome, Chromium or Edge was found on PATH or in its usual place; "
    "install one, or name its program in BERTLAB_BROWSER"
)
Place = Literal["lab", "notebook"]
PLACES: dict[Place, tuple[str, str]] = {
    "lab": ("jupyter-lab", "/lab/tree/{}?reset&"),
    "notebook": ("jupyter-notebook", "/notebooks/{}?"),
}
"""Where a notebook can be opened, JupyterLab or Notebook 7: the program, and where it has its notebooks."""
# Notebook 7.6.5 says this at every start, with nothing of ours in it: its shortcuts are asked for before they are read.
_NOTEBOOKS_OWN = ("Cannot read properties of undefined (reading 'schema')", "/static/notebook/notebook_core.")
LEAST_CONTRAST = """(parts) => {
    const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const bright = (layers) => {
        paint.clearRect(0, 0, 1, 1);
        for (const colour of layers) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
        const parts = [...paint.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((each) => each / 255);
        const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const behind = (part, layers) => {
        const seen = [getComputedStyle(part).backgroundColor, ...layers];
        return part.matches(".bertlab") ? seen : behind(part.parentElement, seen);
    };
    return Math.min(...parts.map((part) => {
        const [paper, ink] = [bright(behind(part, [])), bright([getComputedStyle(part).color])];
        return Math.max(paper, ink) / Math.min(paper, ink);
    }));
}"""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_MAC = ("Google Chrome", "Chromium", "Microsoft Edge")
_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")


def find_browser() -> str | None:
    """The program of a browser that Playwright can drive, or None."""
    if named := os.environ.get("BERTLAB_BROWSER"):
        return named
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    places = [Path("/Applications", f"{name}.app", "Contents", "MacOS", name) for name in _MAC]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        places += [Path(os.environ[variable], name) for name in _WINDOWS if variable in os.environ]
    return next((str(place) for place in places if place.is_file()), None)


def launch(playwright: Playwright, program: str) -> Browser:
    """The browser without a window, and without its own calls home."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        quiet.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=program, args=[*quiet, "--disable-quic"])


@dataclass(frozen=True)
class Server:
    """A JupyterLab or a Notebook 7 that runs, and the folder that it shows."""

    address: str
    token: str
    folder: Path
    place: Place = "lab"


@contextlib.contextmanager
def jupyterlab(home: Path, place: Place = "lab") -> Iterator[Server]:
    """A JupyterLab with settings of its own, ended with its kernels when the block is left.

    Args:
        home: an empty folder; notebooks go into `home/work`
        place: "notebook" for a Notebook 7. One server could show both, but would tell each where the other is.
    """
    folder, runtime, token = home / "work", home / "runtime", secrets.token_hex(8)
    folder.mkdir()
    # As lab.py sets it up: no question about news over the learner's work.
    page_config = home / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    page_config.write_text('{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}')
    names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "IPYTHONDIR": "ipython"}
    environment = {
        **os.environ,
        **{variable: str(home / name) for variable, name in names.items()},
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_TOKEN": token,
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(Path(bertlab.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
    }
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "LabApp.expose_app_in_browser": True,
        "JupyterNotebookApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
    }
    name, _ = PLACES[place]
    program = shutil.which(name, path=str(Path(sys.executable).parent))
    assert program, f"there is no {name} beside {sys.executable}: install the extra 'test'"
    command = [program, *(f"--{name}={value}" for name, value in settings.items())]
    log = home / "jupyterlab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield Server(_wait_until_it_answers(process, runtime, token, log), token, folder, place)
    finally:
        _shut_down(process, runtime, token)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", runtime: Path, token: str, log: Path) -> str:
    for _ in range(1200):
        if process.poll() is not None:
            break
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                address = str(json.loads(file.read_text(encoding="utf-8"))["url"]).rstrip("/")
                _ask(f"{address}/api/status", token)
                return address
        time.sleep(0.1)
    raise RuntimeError(f"Jupyter did not start within two minutes; its last words:\n{log.read_text()[-2000:]}")


def _shut_down(process: "subprocess.Popen[bytes]", runtime: Path, token: str) -> None:
    """Asked to, the server ends its kernels first, on every system; a signal would not reach them on Windows."""
    for file in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(OSError, ValueError):
            _ask(json.loads(file.read_text(encoding="utf-8"))["url"].rstrip("/") + "/api/shutdown", token, "POST")
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ask(address: str, token: str, method: str = "GET") -> None:
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {token}"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=5):
        pass


@dataclass
class Watched:
    """A browser page, and what it did that a test wants to know."""

    page: Page
    outside: list[str] = field(default_factory=list)
    """Addresses outside this machine that were asked for; none of them was let through."""
    errors: list[str] = field(default_factory=list)
    """Errors on the console, and exceptions that nobody caught."""

    def watch(self) -> None:
        """Begin to listen."""

        def refuse(route: Route) -> None:
            self.outside.append(route.request.url)
            route.abort()

        def outside(address: str) -> bool:
            return not LOCAL.match(address)

        self.page.set_default_timeout(60_000)
        self.page.context.route(outside, refuse)
        # A routed socket that its handler does not connect reaches nobody.
        self.page.context.route_web_socket(outside, lambda socket: self.outside.append(socket.url))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", self._note)

    def _note(self, error: Error) -> None:
        message, file = _NOTEBOOKS_OWN
        if error.message != message or file not in (error.stack or ""):
            self.errors.append(str(error))


@contextlib.contextmanager
def watched_page(browser: Browser, width: int = 1280, height: int = 900) -> Iterator[Watched]:
    """A fresh page, closed when the block is left."""
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        watched = Watched(context.new_page())
        watched.watch()
        yield watched
    finally:
        context.close()


class Lab:
    """One notebook, open in JupyterLab or in Notebook 7."""

    def __init__(self, watched: Watched, server: Server) -> None:
        self.page, self.outside, self.errors, self.server = watched.page, watched.outside, watched.errors, server

    def open(self, name: str) -> None:
        """Open a notebook of the server's folder, and wait until its kernel has answered."""
        self._go_to(name)
        self.page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        self._script(
            """const app = window.jupyterapp;
            await app.restored;
            while (!app.shell.currentWidget?.context) await new Promise((wake) => setTimeout(wake, 50));
            const { context } = app.shell.currentWidget;
            await context.ready;
            await context.sessionContext.ready;
            await context.sessionContext.session.kernel.info;""",
            seconds=90,
        )

    def reopen_without_kernel(self, name: str) -> None:
        """Open a saved notebook as one finds it days later: nothing has run yet, and no widget is known."""
        self._go_to(name)
        self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context?.isReady")

    def _go_to(self, name: str) -> None:
        _, path = PLACES[self.server.place]
        self.page.goto(f"{self.server.address}{path.format(name)}token={self.server.token}")

    def command(self, name: str, **arguments: Any) -> None:
        """Run one of the application's own commands, which is surer than to click through its menus."""
        self._script(f"await window.jupyterapp.commands.execute({json.dumps(name)}, {json.dumps(arguments)});", 60)

    def theme(self, name: Literal["Light", "Dark"]) -> None:
        """Show everything in another theme."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.page.wait_for_selector(f'body[data-jp-theme-light="{str(name == "Light").lower()}"]', state="attached")

    def active_cell(self) -> int:
        """The cell that is chosen, counted from 0: a key that reaches the notebook moves it."""
        return self.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex")

    def run_all(self, seconds: float = 180) -> list[dict[str, Any]]:
        """Run every cell and give back the code cells, as they would be saved.

        Raises:
            playwright.sync_api.Error: they did not finish in time.
        """
        return self._script(
            """await window.jupyterapp.commands.execute('notebook:run-all-cells');
            const cells = [...window.jupyterapp.shell.currentWidget.content.widgets];
            return cells.filter((cell) => cell.model.type === 'code').map((cell) => cell.model.toJSON());""",
            seconds,
        )

    def run_new(self, source: str, seconds: float = 60) -> dict[str, Any]:
        """Add a cell at the end, run it, and give it back as it would be saved."""
        return self._script(
            f"""const {{ content }} = window.jupyterapp.shell.currentWidget;
            const place = content.widgets.length;
            content.model.sharedModel.insertCell(place, {{ cell_type: 'code', source: {json.dumps(source)} }});
            content.activeCellIndex = place;
            await window.jupyterapp.commands.execute('notebook:run-cell');
            return content.widgets[place].model.toJSON();""",
            seconds,
        )

    def frame(self, title: str, place: int = 0) -> Frame:
        """The inside of an output's frame, found by how its title begins, once something is drawn in it."""
        element = self.frame_element(title, place)
        element.scroll_into_view_if_needed()
        frame = element.element_handle().content_frame()
        assert frame is not None
        frame.wait_for_selector("#vis svg text", state="attached")
        return frame

    def frame_element(self, title: str, place: int = 0) -> Locator:
        """The frame itself, as an element of the notebook."""
        return self.page.locator(f'iframe[title^="{title}"]').nth(place)

    def _script(self, body: str, seconds: float) -> Any:
        late = (
            f"new Promise((_, fail) => setTimeout(() => fail(new Error('not done in {seconds} s')), {seconds * 1000}))"
        )
        return self.page.evaluate(f"() => Promise.race([(async () => {{ {body} }})(), {late}])")


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """A notebook of these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


def errors_in(cells: Sequence[dict[str, Any]]) -> list[str]:
    """The error outputs of executed code cells, with the cell that made them."""
    return [
        f"{output['ename']}: {output['evalue']}\nin {cell['source']}"
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]


@contextlib.contextmanager
def lab_with(server: Server, browser: Browser, name: str, cells: Sequence[str]) -> Iterator[Lab]:
    """A notebook of these cells, all of them run; at the end nothing has failed, and nothing outside was asked for."""
    write_notebook(server.folder / name, cells)
    with watched_page(browser) as page:
        lab = Lab(page, server)
        lab.open(name)
        assert errors_in(lab.run_all()) == []
        yield lab
        assert lab.outside == []
        assert lab.errors == []


def least_contrast(parts: Locator) -> float:
    """Of texts in one of our views the one that is hardest to read: its ratio of contrast, as WCAG 2.2 reckons it."""
    return float(parts.evaluate_all(LEAST_CONTRAST))
