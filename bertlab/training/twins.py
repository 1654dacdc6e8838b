"""The twins of the story world: a BERT and a GPT that differ in what they may see and what they are asked.

Size, steps, documents and their order, seed and first parameters are the same.
"""

import hashlib
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.training.documents import DocumentBatches
from bertlab.training.evaluation import Evaluation
from bertlab.training.prepare import PreparedText
from bertlab.training.pretraining import pretrain
from bertlab.training.probing import as_markdown, probe_model
from bertlab.training.recipe import Recipe, Stage
from bertlab.training.run_folder import RunFolder
from bertlab.training.truth import ask_world, beside_the_truth

LONGEST = 128
"""Tokens of the longest story, [CLS] and [SEP] included."""

HELD_OUT = 2_000
"""Stories that are never trained on and asked about at every checkpoint."""

EXAMINED = 200
"""Stories of which the finished model is asked beside the exact truth."""

PROBES = 50
"""Probes of each kind that it is asked."""


@dataclass(frozen=True)
class TwinSize:
    """How large the twins of a world are, and how much they read, short stories first."""

    layers: int
    hidden: int
    heads: int
    documents: int
    steps: int
    batch_tokens: int
    stages: tuple[Stage, ...]
    learning_rate: float
    warmup_steps: int


SIZES = {
    "pocket": TwinSize(
        layers=3,
        hidden=96,
        heads=4,
        documents=20_000,
        steps=3_000,
        batch_tokens=1024,
        stages=(Stage(0.0, 20), Stage(0.15, 40), Stage(0.35, LONGEST)),
        learning_rate=2e-3,
        warmup_steps=100,
    ),
    "full": TwinSize(
        layers=4,
        hidden=128,
        heads=4,
        documents=100_000,
        steps=14_000,
        batch_tokens=2048,
        stages=(Stage(0.0, 24), Stage(0.1, 48), Stage(0.25, LONGEST)),
        learning_rate=1.5e-3,
        warmup_steps=200,
    ),
}


def twin_size(size: str) -> TwinSize:
    """How large the twins of a world are.

    >>> twin_size("pocket").hidden
    96

    Raises:
        ValueError: for a world of that name no twins were measured.
    """
    if size not in SIZES:
        raise ValueError(f"there are twins for {' and '.join(SIZES)}, not for {size!r}")
    return SIZES[size]


def story_config(size: str, tokenizer: Tokenizer, causal: bool = False) -> BertConfig:
    """A model as large as a world needs it; without dropout, for a story is seldom read twice."""
    twin = twin_size(size)
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=twin.hidden,
        num_hidden_layers=twin.layers,
        num_attention_heads=twin.heads,
        intermediate_size=4 * twin.hidden,
        max_position_embeddings=LONGEST,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.06,  # narrow layers begun at BERT's 0.02 say next to nothing, and learn later
        pad_token_id=tokenizer.pad_id,
        causal=causal,
    )


def story_recipe(size: str, **changes: Any) -> Recipe:
    """How a world's twins are trained: whole stories, 30% of the pieces masked plainly, for so the truth is known.

    >>> recipe = story_recipe("pocket", steps=500)
    >>> recipe.steps, recipe.masking, recipe.replaced, recipe.kept
    (500, 0.3, 0.0, 0.0)
    """
    twin = twin_size(size)
    settings: dict[str, Any] = {
        "steps": twin.steps,
        "batch_tokens": twin.batch_tokens,
        "stages": twin.stages,
        "learning_rate": twin.learning_rate,
        "warmup_steps": twin.warmup_steps,
        "masking": 0.3,
        "replaced": 0.0,
        "kept": 0.0,
        "next_sentence": False,
        "position_std": 0.06,
    }
    return Recipe(**{**settings, **changes})


def prepare_stories(run: RunFolder, world: StoryWorld, documents: int, seed: int) -> PreparedText:
    """The world's stories as ids: from an earlier start in this folder, or told anew.

    Raises:
        ValueError: the folder holds a run on something else.
    """
    sources = {
        "story world": world.folder.name,
        "documents": documents,
        "seed": seed,
        "files": {
            file.name: hashlib.sha256(file.read_text(encoding="utf-8").encode()).hexdigest()[:12]
            for file in sorted(world.folder.glob("*.txt"))
        },
    }
    if run.is_prepared(sources):
        return PreparedText.load(run.training)
    run.refuse_foreign_files()
    print(f"telling {documents:,} stories")
    training, held_out = (
        tokenize_corpus(([story.text] for story in stories), world.tokenizer)
        for stories in (world.documents(documents, seed), world.documents(HELD_OUT, seed, part="validation"))
    )
    text = PreparedText(world.tokenizer, training, held_out)
    run.training.mkdir(parents=True, exist_ok=True)
    text.save(run.training)
    run.note_prepared(sources)
    return text


def examine(
    model: BertForPreTraining, text: PreparedText, *, run: RunFolder, world: StoryWorld, recipe: Recipe, stories: int
) -> str:
    """The finished model beside the exact truth: noted among the metrics, printed, and in Markdown for the card."""
    told = world.documents(stories, seed=recipe.seed, part="test")
    found = beside_the_truth(
        model, text.tokenizer, ask_world(world, told, masking=recipe.masking, seed=recipe.seed), text.training
    )
    run.note(step=recipe.steps, truth=asdict(found))
    print(found)
    probed = as_markdown(probe_model(model, text.tokenizer, world, count=min(PROBES, stories)))
    asked = "at the place before, with nothing hidden" if found.sees == "left" else "with all of these hidden at once"
    return f"""Asked about {stories:,} stories it never saw, at {found.positions:,} places
({recipe.masking:.0%} of the pieces), {asked},
and scored under the exact distribution of what could stand there:

{found.as_markdown()}

No model that sees only the left side can be below the first limit, and none at all below that of both sides.

Probes, {min(PROBES, stories)} of each kind: one piece hidden, and the clue to it in one place only; how often the right
group of answers (sense, tense, sex, number, a or an) is the likeliest, in expectation:

{probed}
"""


def train_twin(
    run: RunFolder,
    size: str,
    *,
    causal: bool,
    recipe: Recipe,
    command: str,
    documents: int | None = None,
    keep_every: int = 500,
    stories: int | None = None,
) -> Evaluation | None:
    """Train a BERT, or its causal GPT, on stories; stopped it gives None, and the same call goes on.

    Args:
        documents: stories to tell; if left out, as many as the size needs.
        keep_every: steps between two checkpoints.
        stories: how many the finished model is asked about beside the truth.
    """
    world = StoryWorld.load(size)
    text = prepare_stories(run, world, documents or twin_size(size).documents, recipe.seed)
    print(f"training on {text.training}\nheld out    {text.held_out}")
    return pretrain(
        run,
        text,
        story_config(size, text.tokenizer, causal),
        recipe,
        command=command,
        read=partial(DocumentBatches, target="next" if causal else "masked"),
        examine=partial(examine, run=run, world=world, recipe=recipe, stories=stories or EXAMINED),
        keep_every=keep_every,
    )
