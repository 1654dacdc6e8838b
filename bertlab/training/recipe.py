"""Everything that decides how a training run goes, in one place that can be written down and read back."""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, NamedTuple


class Stage(NamedTuple):
    """From a share of the steps on, rows hold `row_length` tokens."""

    starts: float
    row_length: int


SHORT_ROWS_FIRST = (Stage(0.0, 8), Stage(0.1, 16), Stage(0.2, 32), Stage(0.3, 64), Stage(0.4, 128))
"""Full rows from the start leave a small BERT at the unigram guess for a long while: it has to learn what a position
is before anything else, and in a short row there are few of them."""


@dataclass(frozen=True)
class Schedule:
    """How the parameters are changed, whatever a model is asked for.

    >>> Schedule(steps=1000).learning_rate_at(100) == Schedule(steps=1000).learning_rate
    True

    Args:
        steps: updates of the parameters.
        learning_rate: the highest one, reached after the warm-up, falling in a straight line to 0.
        clip_norm: gradients longer than this are shortened to it.
        seed: of whatever is left to chance.
    """

    steps: int
    learning_rate: float = 6e-4
    warmup_steps: int = 100
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, not {self.steps}")
        if self.learning_rate <= 0 or self.warmup_steps < 0:
            raise ValueError(
                f"learning_rate must be above 0 and warmup_steps not below, not {self.learning_rate} and "
                f"{self.warmup_steps}"
            )
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision is float32 or bfloat16, not {self.precision!r}")

    def learning_rate_at(self, step: int) -> float:
        """Warm up in a straight line, then decay in a straight line to 0 at the end."""
        warming = (step + 1) / (self.warmup_steps + 1)
        cooling = (self.steps - step) / max(1, self.steps - self.warmup_steps)
        return self.learning_rate * min(warming, cooling)


@dataclass(frozen=True)
class Recipe(Schedule):
    """How to pretrain. The defaults are BERT's own where a small model allows it.

    Args:
        batch_tokens: tokens a batch, padding included, whatever the length of its rows.
        masking: share of the ordinary tokens that is chosen for prediction.
        replaced, kept: shares of the chosen that become a random piece, that stay; the rest becomes [MASK].
        next_sentence: ask for the next sentence too, in rows that hold at least `pair_length` tokens.
        sentence_pairs: paired rows hold two sentences as the text has them, see `SentencePairBatches`; else they are
            filled to their end.
        short_share: share of the filled rows with pairs that are cut to a random shorter length.
        position_std: standard deviation with which position embeddings begin.
        seed: of the parameters, the batches and the masks.

    Source: Devlin et al. 2019, appendix A.2; the short rows, the masking rate and `position_std` are ours.
    """

    batch_tokens: int = 2048
    stages: tuple[Stage, ...] = SHORT_ROWS_FIRST
    masking: float = 0.15
    replaced: float = 0.1
    kept: float = 0.1
    next_sentence: bool = True
    pair_length: int = 64
    sentence_pairs: bool = False
    short_share: float = 0.1
    position_std: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.masking < 1:
            raise ValueError(f"masking is a share between 0 and 1, not {self.masking}")
        if self.replaced < 0 or self.kept < 0 or self.replaced + self.kept > 1:
            raise ValueError(
                "replaced and kept are shares of the chosen tokens, together at most 1, "
                f"not {self.replaced} and {self.kept}"
            )
        if self.pair_length < 12:
            raise ValueError(f"a pair of sentences needs rows of 12 tokens or more, not pair_length={self.pair_length}")
        if not self.stages or self.stages[0].starts != 0:
            raise ValueError(f"the first stage must start at 0, but the stages are {self.stages}")
        if any(earlier.starts >= later.starts for earlier, later in pairwise(self.stages)):
            raise ValueError(f"stages must start one after another, but they are {self.stages}")
        if self.stages[-1].starts >= 1:
            raise ValueError(
                f"a stage that starts at {self.stages[-1].starts} of the steps is never reached; stay below 1"
            )
        shortest, longest = min(self.row_lengths), max(self.row_lengths)
        if shortest < 8:
            raise ValueError(f"a row of {shortest} tokens is too short; [CLS], [SEP] and some text need 8")
        if longest > self.batch_tokens:
            raise ValueError(f"a batch of {self.batch_tokens} tokens holds no row of {longest}; raise batch_tokens")
        if self.sentence_pairs and not self.has_pairs(longest):
            raise ValueError(
                f"pairs of sentences are there to ask for the next one, in rows of {self.pair_length} tokens or more; "
                f"but the longest rows have {longest}, and next_sentence is {self.next_sentence}"
            )

    @property
    def row_lengths(self) -> list[int]:
        """The row lengths of all stages, in order."""
        return [stage.row_length for stage in self.stages]

    def row_length_at(self, step: int) -> int:
        """How long the rows of one step are."""
        return [stage.row_length for stage in self.stages if stage.starts * self.steps <= step][-1]

    def has_pairs(self, row_length: int) -> bool:
        """Whether rows of this length hold two stretches of text, and the next sentence is asked for."""
        return self.next_sentence and row_length >= self.pair_length

    def as_dict(self) -> dict[str, Any]:
        """Every field in plain numbers, strings and lists, to be written down."""
        return {**asdict(self), "stages": [list(stage) for stage in self.stages]}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Recipe":
        """The recipe that `as_dict` wrote down.

        >>> Recipe.from_dict(Recipe(steps=7).as_dict()) == Recipe(steps=7)
        True
        """
        return cls(**{**fields, "stages": tuple(Stage(*stage) for stage in fields["stages"])})
