"""Where a training run writes what must not be lost.

The folder is a Hugging Face folder, ready for `bertlab.load` from the first checkpoint on. What only training needs
lies in `training/` inside it.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole
from bertlab.model import BertForPreTraining
from bertlab.pretrained import save
from bertlab.text import Tokenizer
from bertlab.training.loop import Step
from bertlab.training.recipe import Recipe
from bertlab.training.resume import save_checkpoint


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run: `training/` holds the prepared text, the metrics and the last checkpoint."""

    folder: Path

    @property
    def training(self) -> Path:
        """What only training needs."""
        return self.folder / "training"

    @property
    def checkpoint(self) -> Path:
        """All that the next step depends on."""
        return self.training / "checkpoint.pt"

    @property
    def metrics(self) -> Path:
        """A line of JSON for every few steps, and for every held-out evaluation."""
        return self.training / "metrics.jsonl"

    @property
    def recipe(self) -> Path:
        """How it is trained."""
        return self.training / "recipe.json"

    @property
    def sources(self) -> Path:
        """From which text and with which vocabulary it was prepared."""
        return self.training / "sources.json"

    @property
    def preparing(self) -> Path:
        """The same, while it is being read."""
        return self.training / "preparing.json"

    def is_prepared(self, sources: dict[str, Any]) -> bool:
        """Whether the text lies ready here from an earlier start.

        Raises:
            ValueError: this folder holds a run on something else; the message names what differs.
        """
        if not self.sources.exists():
            return False
        known = json.loads(self.sources.read_text(encoding="utf-8"))
        different = [
            f"{name} was {known.get(name)}, is {now}" for name, now in sources.items() if known.get(name) != now
        ]
        if different:
            raise ValueError(
                f"{self.folder} holds a run on something else: {'; '.join(different)}. "
                "Choose another --out, or delete that folder"
            )
        return True

    def refuse_foreign_files(self) -> None:
        """Before a first start: nothing here may be replaced that no run of ours wrote.

        Raises:
            ValueError: there is a model or a README.md in the folder.
        """
        taken = [name for name in ("config.json", "README.md") if (self.folder / name).exists()]
        if taken:
            raise ValueError(
                f"{self.folder} holds no run of bertlab train, but {' and '.join(taken)}, which would be replaced; "
                "choose another --out"
            )

    def is_preparing(self, sources: dict[str, Any]) -> bool:
        """Whether an earlier start was interrupted while it read this very text."""
        return self.preparing.exists() and json.loads(self.preparing.read_text(encoding="utf-8")) == sources

    def note_preparing(self, sources: dict[str, Any]) -> None:
        """To be called before the text is read: a stop goes on from here."""
        write_whole(self.preparing, json.dumps(sources, indent=2) + "\n")

    def note_prepared(self, sources: dict[str, Any]) -> None:
        """To be called when it is read."""
        write_whole(self.sources, json.dumps(sources, indent=2) + "\n")
        self.preparing.unlink(missing_ok=True)

    def note_recipe(self, recipe: Recipe) -> None:
        """How the run that begins is trained."""
        write_whole(self.recipe, json.dumps(recipe.as_dict(), indent=2) + "\n")

    def known_recipe(self) -> Recipe | None:
        """How the run that began here is trained; None where none did."""
        return Recipe.from_dict(json.loads(self.recipe.read_text(encoding="utf-8"))) if self.recipe.exists() else None

    def note(self, **numbers: Any) -> None:
        """One line of metrics."""
        with open(self.metrics, "a", encoding="utf-8") as out:
            out.write(json.dumps(numbers) + "\n")

    def history_until(self, step: int) -> list[dict[str, Any]]:
        """The metrics up to a step. Those after it are dropped: a resumed run takes these steps again."""
        if not self.metrics.exists():
            return []
        kept = []
        for line in self.metrics.read_text(encoding="utf-8").splitlines():
            with suppress(json.JSONDecodeError):  # a kill may have cut the last line short
                numbers = json.loads(line)
                if numbers["step"] <= step:
                    kept.append(numbers)
        write_whole(self.metrics, "".join(json.dumps(numbers) + "\n" for numbers in kept))
        return kept

    def keep(self, step: Step, recipe: Recipe, tokenizer: Tokenizer) -> None:
        """The model as it is now, to be used, and the checkpoint, to go on from."""
        assert isinstance(step.model, BertForPreTraining)  # the baselines have no Hugging Face folder
        save(step.model, tokenizer, self.folder)
        save_checkpoint(self.checkpoint, step, recipe)
