"""Lesson 13's first question: is there a published BERT on this machine? No network is asked."""

import os
from pathlib import Path

from bertlab.paths import data_path

BERT = "google-bert/bert-base-uncased"
FILES = "config.json vocab.txt tokenizer_config.json model.safetensors"
VOCABULARIES = ("vocab.txt", "tokenizer.json")
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")


def real_or_mini(hub_id: str = BERT) -> str:
    """What to give to `bertlab.load`: the folder of a published BERT if one is here, else "mini". Says which.

    Looked for are a folder of its name beside the notebook, one in `data/models`, and the Hub's own cache.
    """
    name = hub_id.rpartition("/")[2]
    for folder in (Path.cwd() / name, data_path("models") / name, cached(hub_id)):
        if folder is None or not folder.is_dir():
            continue
        lacking = missing_in(folder)
        if not lacking:
            print(f"A real BERT is here: {folder}")
            return str(folder)
        print(f"{folder} is not whole: it has no {' and no '.join(lacking)}.")
    print(
        "No real BERT is here, so mini stands in for it. To bring one, with a network:\n"
        "    pip install huggingface_hub\n"
        f"    hf download {hub_id} --local-dir {name} \\\n"
        f"        {FILES}\n"
        f"and put the folder {name} beside this notebook (440 MB). Then run this cell again."
    )
    return "mini"


def missing_in(folder: Path) -> list[str]:
    """What a model's folder lacks; of several names for one thing the first.

    >>> missing_in(data_path("models", "mini"))
    []
    """
    wanted = (("config.json",), VOCABULARIES, WEIGHTS)
    return [names[0] for names in wanted if not any((folder / name).is_file() for name in names)]


def cached(hub_id: str) -> Path | None:
    """The folder in the Hub's cache to which a model was once downloaded; None where it was not."""
    model = _cache() / f"models--{hub_id.replace('/', '--')}"
    main = model / "refs" / "main"
    if main.is_file():
        return model / "snapshots" / main.read_text(encoding="utf-8").strip()
    return next(iter(sorted(model.glob("snapshots/*"))), None)


def _cache() -> Path:
    """Where the Hub's client keeps what it fetched: its own variables first, as it reads them."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()
