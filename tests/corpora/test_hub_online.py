"""A public corpus over the network: a server on this machine speaks as the Hub does."""

import hashlib
import json
import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pyarrow
import pytest
from pyarrow import parquet

ROOT = Path(__file__).resolve().parents[2]
CARD = """---
license:
- cc-by-sa-3.0
- gfdl
configs:
- config_name: 20231101.simple
  data_files:
  - split: train
    path: 20231101.simple/train-*
---
"""


def repository(folder: Path) -> Path:
    """60 articles in two Parquet files, 7 to a row group, and a card."""
    (folder / "20231101.simple").mkdir(parents=True)
    for number in range(2):
        texts = [f"Article {article} of file {number}." for article in range(30)]
        file = folder / "20231101.simple" / f"train-{number:05}-of-00002.parquet"
        parquet.write_table(pyarrow.table({"text": texts}), file, row_group_size=7)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


REVISION = "0123456789abcdef0123456789abcdef01234567"


class LikeTheHub(BaseHTTPRequestHandler):
    """As much of the Hub as reading one repository needs. `server.folder` is it, `server.asked` what was asked for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status: int, body: bytes = b"{}", **headers: str):
        self.send_response(status)
        sent = {"Content-Type": "application/json", "Content-Length": str(len(body)), "X-Repo-Commit": REVISION}
        for name, value in (sent | {name.replace("_", "-"): value for name, value in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_GET(self):
        folder, path = self.server.folder, unquote(self.path.partition("?")[0])
        self.server.asked.append((path, self.headers.get("Range")))
        inside = re.sub(rf".*/{REVISION}/?", "", path)
        file = folder / inside
        if "/resolve/" in path and file.is_file():
            content = file.read_bytes()
            etag = hashlib.sha1(content).hexdigest()
            if asked := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
                first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
                span = f"bytes {first}-{last}/{len(content)}"
                return self.answer(206, content[first : last + 1], ETag=f'"{etag}"', Content_Range=span)
            return self.answer(200, content, ETag=f'"{etag}"', Accept_Ranges="bytes")
        if "/tree/" in path and file.is_dir():
            entries = [
                {
                    "type": "file" if each.is_file() else "directory",
                    "oid": hashlib.sha1(each.name.encode()).hexdigest(),
                    "size": each.stat().st_size,
                    "path": each.relative_to(folder).as_posix(),
                }
                for each in sorted(file.iterdir())
            ]
            return self.answer(200, json.dumps(entries).encode())
        if re.fullmatch(rf"/api/datasets/wikimedia/wikipedia(/revision/{REVISION})?", path):
            names = [{"rfilename": each.relative_to(folder).as_posix()} for each in folder.rglob("*.*")]
            card = {"license": ["cc-by-sa-3.0", "gfdl"]}
            about = {"id": "wikimedia/wikipedia", "sha": REVISION, "siblings": names, "cardData": card, "tags": []}
            return self.answer(200, json.dumps(about).encode())
        return self.answer(404, X_Error_Code="EntryNotFound")

    do_HEAD = do_GET


@pytest.fixture
def like_the_hub(tmp_path):
    """A server on this machine that speaks as the Hub does."""
    with ThreadingHTTPServer(("127.0.0.1", 0), LikeTheHub) as server:
        server.folder, server.asked = repository(tmp_path / "copy"), []
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_over_the_network_the_same_bytes_come_and_the_revision_is_kept(tmp_path, like_the_hub):
    """In a process of its own: the libraries read the Hub's address when they are imported."""
    address = f"http://127.0.0.1:{like_the_hub.server_port}"
    settings = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    settings |= {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    settings.pop("HF_HUB_OFFLINE", None)
    words = ["corpus", "hub", "simple-wikipedia", "--documents", "20", "--buffer", "8", "--out"]
    done = subprocess.run(
        [sys.executable, "-m", "bertlab", *words, str(tmp_path / "a.txt")], env=settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"wikimedia/wikipedia on the Hugging Face Hub, revision {REVISION}" in done.stdout
    assert json.loads((tmp_path / "a.txt.source.json").read_text())["revision"] == REVISION
    from_folder = ["--from", str(like_the_hub.folder)]
    subprocess.run(
        [sys.executable, "-m", "bertlab", *words, str(tmp_path / "b.txt"), *from_folder], env=settings, check=True
    )
    assert (tmp_path / "a.txt").read_bytes() == (tmp_path / "b.txt").read_bytes()
    paths = [path for path, _ in like_the_hub.asked if path.startswith(("/api/datasets/", "/datasets/"))]
    assert [path for path in paths if REVISION not in path] == ["/api/datasets/wikimedia/wikipedia"]
    assert any(path.endswith(".parquet") for path in paths)
