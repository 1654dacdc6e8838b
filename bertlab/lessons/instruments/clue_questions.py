"""Holes whose clue is known, as one batch: what lesson 10 asks a model's heads about."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.corpora.story import Probe, StoryWorld, probe_set
from bertlab.corpora.story.lexicon import TENSE
from bertlab.corpora.story.tasks.questions import HERO, TOPIC, Questioner

KINDS = {
    "she or he": ("hero", "left"),
    "topic": ("polysemy", "left"),
    "tense": ("time", "before"),
    "number, beside": ("agreement", "beside"),
    "number, across": ("agreement", "across"),
}
"""What is asked, and the probes that ask it: the clue stands left of the hole."""
VARIABLES = {"hero": HERO, "polysemy": TOPIC, "time": TENSE}
LONGEST = 60
"""Pieces of the longest story asked about: long ones take long, and ask the same."""
WIDTH = 72
"""Letters of a line that a projector shows unbroken."""
DRAWN = (1, 2, 4, 8)
"""So many times more probes are drawn than are kept, until enough are short."""


@dataclass(frozen=True, eq=False)
class ClueQuestions:
    """Stories with a hole each, side by side: where the hole is, which words are the clue, and what is right.

    Args:
        clues: True where a word stands that by itself tells the right group: no other group could have it.
        right: True at the pieces of the right group, as *she*, *her* and *Rosa*; `wrong` at those of the others.
    """

    probes: Sequence[Probe]
    tokens: list[list[str]]
    input_ids: Int[Tensor, "probes seq"]
    attention_mask: Int[Tensor, "probes seq"]
    hole: Int[Tensor, " probes"]
    clues: Bool[Tensor, "probes seq"]
    right: Bool[Tensor, "probes vocab"]
    wrong: Bool[Tensor, "probes vocab"]

    def __len__(self) -> int:
        return len(self.probes)

    @property
    def positions(self) -> Int[Tensor, " probes"]:
        """The holes among all places of the batch, as a model wants them."""
        return torch.arange(len(self)) * self.input_ids.shape[1] + self.hole

    def only(self, rows: Sequence[int]) -> "ClueQuestions":
        """Some of them, padded no further than they need."""
        length, rows = int(self.attention_mask[rows].sum(dim=1).max()), list(rows)
        per_place = {name: getattr(self, name)[rows, :length] for name in ("input_ids", "attention_mask", "clues")}
        per_row = {name: getattr(self, name)[rows] for name in ("hole", "right", "wrong")}
        return ClueQuestions([self.probes[row] for row in rows], [self.tokens[row] for row in rows],
                             **per_place, **per_row)  # fmt: skip

    def hiding(self, places: Bool[Tensor, "probes seq"]) -> "ClueQuestions":
        """The same questions with [MASK] at these places as well; padding stays padding."""
        mask_id = int(self.input_ids[0, self.hole[0]])
        return replace(self, input_ids=self.input_ids.masked_fill(places & self.attention_mask.bool(), mask_id))

    def lines_to(self, places: Bool[Tensor, "probes seq"]) -> Bool[Tensor, "probes query key"]:
        """True from each story's hole to these places: the lines that a picture would draw."""
        lines = torch.zeros(*places.shape, places.shape[1], dtype=torch.bool)
        lines[range(len(self)), self.hole] = places
        return lines

    def margin(self, logits: Float[Tensor, "probes vocab"]) -> Float[Tensor, " probes"]:
        """By how much the right group is ahead: log of the trust in its pieces over the trust in the others' (nats).

        0 is a coin. A loss would mix in which piece of the right group it is, and that is not asked here.
        """
        right = logits.masked_fill(~self.right, -torch.inf).logsumexp(dim=-1)
        return right - logits.masked_fill(~self.wrong, -torch.inf).logsumexp(dim=-1)

    def __str__(self) -> str:
        here, *others = (
            [token for token, is_clue in zip(row, clue, strict=False) if is_clue]
            for row, clue in zip(self.tokens, self.clues.tolist(), strict=True)
        )
        words = sorted({word for clue in others for word in clue} - set(here))
        some = ", ".join(words[:: max(1, len(words) // 5)][:5])
        story = textwrap.fill(self.probes[0].text_with_mask, WIDTH)
        told = f"[MASK] = {self.probes[0].true}; the clue here: {', '.join(dict.fromkeys(here))}"
        return f"{story}\n{told}" + (f";\nin the {len(others)} other stories, for example: {some}" if others else "")


def ask_about_clues(world: StoryWorld, kind: str, count: int = 24, seed: int = 0) -> ClueQuestions:
    """So many short stories with a hole, of one of the `KINDS`; the same for the same arguments.

    >>> asked = ask_about_clues(StoryWorld.load("pocket"), "she or he", count=1)
    >>> asked.probes[0].true, [asked.tokens[0][place] for place in asked.clues[0].nonzero()[:, 0]]
    ('vera', ['vera', 'her', 'she'])

    Raises:
        ValueError: there is no such kind, or the world has too few such stories.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}; there are {', '.join(KINDS)}")
    questioner = Questioner(world)
    short: list[Probe] = []
    for times in DRAWN:
        drawn = probe_set(world, *KINDS[kind], count=times * count, seed=seed)
        short = [probe for probe in drawn if len(probe.pieces) <= LONGEST and clue_places(questioner, probe)]
        if len(short) >= count:
            return in_one_batch(questioner, short[:count])
    raise ValueError(f"only {len(short)} of {count} stories of the kind {kind!r} are short enough; ask for fewer")


def clue_places(questioner: Questioner, probe: Probe) -> list[int]:
    """The places of the row, [CLS] being 0, at which the clue stands.

    Of agreement it is the subject. Otherwise it is each piece that can stand in no story of another group.
    """
    if probe.phenomenon == "agreement":
        places = questioner.positions(probe.story)
        verb = places.index(probe.position)
        first = max(start for start, _ in probe.story.sentences if start <= verb)
        return [place + 1 for place in range(places[first + 1], places[first + 2])]
    others = set(probe.groups.values()) - {probe.group}
    variable, vocab = VARIABLES[probe.phenomenon], questioner.world.tokenizer.pieces
    return [
        place + 1
        for place, piece in enumerate(probe.pieces)
        if place != probe.position and not others & questioner.values_of(vocab[piece], variable)
    ]


def in_one_batch(questioner: Questioner, probes: Sequence[Probe]) -> ClueQuestions:
    """The probes as padded rows, with everything that one looks up in them."""
    tokenizer = questioner.world.tokenizer
    rows = [[tokenizer.cls_id, *probe.masked(tokenizer.mask_id), tokenizer.sep_id] for probe in probes]
    longest = max(map(len, rows))
    padded = np.array([row + [tokenizer.pad_id] * (longest - len(row)) for row in rows])
    clues = np.zeros(padded.shape, dtype=bool)
    right, wrong = (np.zeros((len(rows), len(tokenizer)), dtype=bool) for _ in range(2))
    for at, probe in enumerate(probes):
        clues[at, clue_places(questioner, probe)] = True
        for answer, group in probe.groups.items():
            (right if group == probe.group else wrong)[at, tokenizer.vocab[answer]] = True
    ids = torch.from_numpy(padded)
    return ClueQuestions(
        probes=probes,
        tokens=[[tokenizer.pieces[piece] for piece in row] for row in rows],
        input_ids=ids,
        attention_mask=torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows]),
        hole=torch.tensor([probe.position + 1 for probe in probes]),
        clues=torch.from_numpy(clues),
        right=torch.from_numpy(right),
        wrong=torch.from_numpy(wrong),
    )
