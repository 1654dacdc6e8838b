"""What lesson 06's exercises are checked by: the masking itself, four masks at one place, a loss that heeds padding."""

import time
from math import sqrt
from typing import Any

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn import functional

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.model import Bert, BertConfig
from bertlab.training.masking import IGNORED

SPECIAL, MASK_ID, VOCAB_SIZE = [0, 100, 101, 102, 103], 103, 400
"""As in the published vocabulary: [PAD] comes first, [UNK], [CLS], [SEP] and [MASK] from 100 on."""
SENTENCE = 100
ROWS, ROWS_FIRST = 5_000, 64
"""200 ordinary tokens a row: 15% of them, and 80/10/10 of those, come out whole, whoever rounds, and how."""
SECONDS = 6.0
"""A solution that goes token by token gets fewer rows, so that nobody waits."""
SIGMAS, LEAST = 7, 0.006
"""A share is called wrong when it is seven standard errors off, and never for less than this."""


def rows_to_mask(rows: int) -> Int[Tensor, "rows seq"]:
    """[CLS] 100 tokens [SEP] 100 tokens [SEP] and 57 of padding, the tokens drawn from the ordinary pieces."""
    ordinary = torch.tensor([piece for piece in range(VOCAB_SIZE) if piece not in SPECIAL])
    drawn = ordinary[torch.randint(len(ordinary), (rows, 2 * SENTENCE), generator=torch.Generator().manual_seed(6))]
    cls, sep, pad = (torch.full((rows, width), piece) for piece, width in ((101, 1), (102, 1), (0, 57)))
    return torch.cat([cls, drawn[:, :SENTENCE], sep, drawn[:, SENTENCE:], sep, pad], dim=1)


def _mistake_in_masking(mine: Mine) -> str | None:
    """Choose 15% of the ordinary tokens; 80/10/10 of them; labels -100 elsewhere."""

    def hide(ids: Tensor, seed: int, draw: torch.Generator | None = None) -> Any:
        generator = draw or torch.Generator().manual_seed(seed)
        return mine(ids, SPECIAL, MASK_ID, VOCAB_SIZE, generator)

    few = rows_to_mask(ROWS_FIRST)
    kept = few.clone()
    started = time.perf_counter()
    answer = hide(few, 1)
    seconds = time.perf_counter() - started
    if not (isinstance(answer, tuple | list) and len(answer) == 2 and all(isinstance(part, Tensor) for part in answer)):
        return "Give back two tensors: what the model reads, and the labels."
    if not torch.equal(few, kept):
        return "You wrote into the batch that you were given: the words are lost for the next time. Begin with a clone."
    if any(part.shape != few.shape for part in answer):
        return f"In came {tuple(few.shape)}; you give {[tuple(part.shape) for part in answer]}. Keep the shape, twice."
    if mistake := _mistake_in_places(few, *answer):
        return mistake
    if any(not torch.equal(first, again) for first, again in zip(answer, hide(few, 1), strict=True)):
        return "Two generators with the same seed gave two masks: some of your draws do not use `generator`."
    draw = torch.Generator().manual_seed(1)
    if torch.equal(hide(few, 1, draw)[1], hide(few, 1, draw)[1]):
        return (
            "Called twice, it chose the same places twice. Each time a text is read, other words should be hidden: "
            "draw on with the generator that you are given, and do not set its seed."
        )
    many = rows_to_mask(max(ROWS_FIRST, min(ROWS, int(ROWS_FIRST * SECONDS / max(seconds, 1e-6)))))
    shown, labels = hide(many, 2)
    return _mistake_in_places(many, shown, labels) or _mistake_in_shares(many, shown, labels)


def _mistake_in_places(ids: Tensor, shown: Tensor, labels: Tensor) -> str | None:
    """What can be said of single places, without counting shares."""
    if (shown == IGNORED).any():
        return "The first tensor has -100 in it, which is no piece. First what the model reads, then the labels."
    special = torch.isin(ids, torch.tensor(SPECIAL))
    if (labels == 0).float().mean() > 0.5:
        return (
            "Where nobody asks your label is 0. That is the id of [PAD], and would be asked for; -100 is passed over."
        )
    asked = labels != IGNORED
    if asked.all():
        if torch.equal(labels, shown):
            return (
                "Your labels are what the model reads, everywhere. They should say what stood there, if it was chosen."
            )
        return "You ask everywhere: all labels are true ids. Where nothing was chosen, the label is -100."
    if not asked.any():
        return "Nobody is asked: every label is -100. At a chosen place the label is the id that stood there."
    changed = shown != ids
    if changed.any() and not (asked & changed).any() and asked[~special].float().mean() > 0.5:
        return "Your labels are the wrong way round: -100 stands at the chosen places. It belongs to all the others."
    if (asked & special).any() or (changed & special).any():
        names = {0: "[PAD]", 101: "[CLS]", 102: "[SEP]"}
        met = sorted({names[piece] for piece in ids[special & (asked | (shown != ids))].tolist()})
        return f"You chose special tokens: {', '.join(met)}. They are no words; only ordinary tokens can be chosen."
    if ((shown != ids) & ~asked).any():
        return (
            "Some tokens were changed and are not asked for. One draw chooses; reading and label both follow from it."
        )
    if (labels[asked] == MASK_ID).any():
        return "Some labels say [MASK]. You took them after the hiding; take them from the ids that came in."
    if not torch.equal(labels[asked], ids[asked]):
        if torch.equal(labels[asked], shown[asked]):
            return "Your labels say what the model reads. They should say what stood there."
        return "Some labels are neither -100 nor the id that stood there."
    if (asked == asked[0]).all():
        return (
            "In each row the same places are chosen: you drew for one row. Draw a number for each token of the batch."
        )
    drawn = shown[(shown != ids) & (shown != MASK_ID)]
    if len(drawn) and (drawn.min() < 0 or drawn.max() >= VOCAB_SIZE):
        return f"A random replacement has the id {int(drawn.max())}; there are {VOCAB_SIZE} pieces, from 0 on."
    if torch.isin(drawn, torch.tensor(SPECIAL)).any():
        return (
            "Among your random replacements are special tokens, such as [CLS] in mid-sentence. "
            "Draw from the ordinary pieces alone; the special ones need not be the first of the vocabulary."
        )
    if len(drawn) > 20 and len(drawn.unique()) == 1:
        return "All random replacements are the same piece: you drew one for the whole batch. Draw one for each place."
    return None


FATES: dict[tuple[float, float, float], str] = {
    (1.0, 0.0, 0.0): "All that you chose became [MASK]: that is 100/0/0. Of the chosen a tenth is replaced, and a "
    "tenth stays.",
    (
        0.8,
        0.2,
        0.0,
    ): "No chosen token stays as it was: you replaced all that did not become [MASK]. Half of those stay.",
    (0.8, 0.0, 0.2): "No chosen token was replaced by a random piece: what did not become [MASK] stayed.",
    (
        0.81,
        0.1,
        0.09,
    ): "You have 81/10/9. Your two draws overlap: a tenth is replaced, and then 90% of the rest becomes "
    "[MASK]. Let one number decide each token's fate: below 0.8, below 0.9, or not.",
    (
        0.72,
        0.1,
        0.18,
    ): "You have 72/10/18. Your draws overlap: some that had become [MASK] were replaced again. Let one "
    "number decide each token's fate.",
    (0.8, 0.02, 0.18): "You have 80/2/18. You replaced a tenth of what did not become [MASK]; a tenth of all chosen is "
    "half of that.",
    (
        0.1,
        0.8,
        0.1,
    ): "80% of the chosen were replaced by random pieces and 10% became [MASK]: it is the other way round.",
    (0.1, 0.1, 0.8): "80% of the chosen stay as they were and 10% become [MASK]: it is the other way round.",
}
"""Of all chosen: become [MASK], a random piece, stay."""


def _mistake_in_shares(ids: Tensor, shown: Tensor, labels: Tensor) -> str | None:
    ordinary = ~torch.isin(ids, torch.tensor(SPECIAL))
    asked = labels != IGNORED
    chosen, count = (asked.sum() / ordinary.sum()).item(), int(asked.sum())
    fates = [(asked & fate).sum().item() / count for fate in _fates(ids, shown)]

    def near(share: float, right: float, tokens: int) -> bool:
        return abs(share - right) < max(LEAST, SIGMAS * sqrt(right * (1 - right) / tokens))

    def meets(profile: tuple[float, float, float]) -> bool:
        return all(near(share, right, count) for share, right in zip(fates, profile, strict=True))

    said = "/".join(f"{share:.0%}".rstrip("%") for share in fates)
    tokens = int(ordinary.sum())
    if near(chosen, 0.135, tokens) and meets((8 / 9, 1 / 9, 0.0)):
        return (
            "The tenth that stays is not asked for: its label is -100. It was chosen, so ask; it looks like any other "
            "word, and that is its use."
        )
    if near(chosen, 0.15 * ids.numel() / tokens, tokens) and not near(chosen, 0.15, tokens):
        return "You took 15% of the row's length. Special tokens and padding do not count: 15% of the ordinary tokens."
    if not near(chosen, 0.15, tokens):
        return f"You chose {chosen:.1%} of the ordinary tokens; BERT chooses 15%."
    if meets((0.8, 0.1, 0.1)):
        return None
    for profile, sentence in FATES.items():
        if meets(profile):
            return sentence
    return f"15% are chosen, as they should be. Of these you have {said}: become [MASK], replaced, stay."


def _fates(ids: Tensor, shown: Tensor) -> tuple[Bool[Tensor, "rows seq"], ...]:
    return shown == MASK_ID, (shown != MASK_ID) & (shown != ids), shown == ids


mask_by_hand = Check(
    "06-masking", _mistake_in_masking, "15% chosen, of these 80/10/10, and nobody asks about the rest: BERT's own task."
)

PLACES, WORD = 10, 4
"""[CLS] he shut the door and went away . [SEP]: ten rows, *door* is row 4."""
MASKS = ("[MASK]", "attention mask", "causal mask", "padding")


def rows_that_differ() -> dict[str, int]:
    """How many vectors move under each mask when the word at one place is another; by a small untrained BERT."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=20, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32,
            max_position_embeddings=PLACES, initializer_range=0.3,
        )  # fmt: skip
        both = Bert(config).eval()
        causal = Bert(config.replace(causal=True)).eval()
        causal.load_state_dict(both.state_dict())
    found = {}
    for name in MASKS:
        bert, real = causal if name == "causal mask" else both, torch.ones(1, PLACES, dtype=torch.long)
        real[0, WORD] = int(name not in ("attention mask", "padding"))
        vectors = []
        for word in (7, 8):
            row = torch.arange(5, 5 + PLACES)[None]
            row[0, WORD] = {"[MASK]": 4, "padding": 0}.get(name, word)
            with torch.no_grad():
                vectors.append(bert(row, attention_mask=real).last_hidden_state[0])
        found[name] = int((vectors[0] != vectors[1]).any(dim=-1).sum())
    return found


def _mistake_in_prediction(mine: Mine) -> str | None:
    """Predict how many of ten rows move under each of the four masks."""
    said, true = mine(), rows_that_differ()
    if not isinstance(said, dict) or set(said) != set(true):
        return f"Give a dict with a number for each of {', '.join(map(repr, MASKS))}."
    if any(number is None or number is ... for number in said.values()):
        return "Some numbers are missing still."
    known = {
        ("[MASK]", 1): "Under [MASK] not even row 4 moves: neither *door* nor *gate* is in what the model reads.",
        (
            "[MASK]",
            PLACES,
        ): "With [MASK] in its place neither word is in the input. From where should a row hear of it?",
        ("attention mask", 0): "Nobody looks at row 4. But its own vector is still made from its own word, and the "
        "residual connection carries it through each layer: one row moves.",
        ("attention mask", PLACES): "That is how it is without the mask. With it, no other row may look at row 4.",
        (
            "attention mask",
            PLACES - 1,
        ): "You have it the wrong way round: the others do not look, and row 4 itself moves.",
        ("causal mask", WORD): "You counted the rows before the word. Those are the ones that may not look at it.",
        ("causal mask", PLACES - WORD - 1): "The rows behind the word move, and the word's own row as well.",
        ("causal mask", PLACES): "Rows 0 to 3 may not look to the right: they cannot hear of a change in row 4.",
        ("padding", 1): "In padding the piece itself is gone: [PAD] stands there both times. Nothing differs.",
        ("padding", PLACES): "[PAD] stands there both times. Nothing differs.",
    }
    for name in MASKS:
        if int(said[name]) != true[name]:
            default = f"{name}: not {said[name]}. Ask for each row: can news of row 4 reach it?"
            return known.get((name, int(said[name])), default)
    return None


rows_under_masks = Check(
    "06-masks",
    _mistake_in_prediction,
    "[MASK] and padding take the word out of the input. The other two leave it in, and forbid looks at it.",
)


def _mistake_in_loss(mine: Mine) -> str | None:
    """The mean loss over the slots that hold a question."""
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 6, generator=draw)
    labels = torch.randint(1, 6, (3, 4), generator=draw)
    weights = torch.tensor([[1.0, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]])
    labels[weights == 0] = 0
    each = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(3, 4)
    with torch.enable_grad():
        answer = mine(logits.requires_grad_(), labels, weights)
    if isinstance(answer, Tensor) and answer.dim() > 0:
        return f"You give {tuple(answer.shape)} numbers. A loss is one: the mean over the slots that hold a question."
    found = answer.item() if isinstance(answer, Tensor) else float(answer)
    right = (each * weights).sum() / weights.sum()
    kinds: list[tuple[Tensor, str | None]] = [
        (right, None),
        (each.mean(), "The bug is still there: the mean was taken before the weights could do anything, so the empty "
        "slots are in it. Ask cross_entropy for one loss a slot: reduction='none'."),
        ((each * weights).mean(), "You divided by all slots, the empty ones too. The more of them in a batch, the less "
        "its questions count. Divide by the sum of the weights."),
        ((each * weights).sum(), "That is the sum. Divide it by the number of questions, or large batches weigh more."),
        (((each * weights).sum(dim=1) / weights.sum(dim=1)).mean(), "You took each row's mean, and then the mean of "
        "rows. A row with one question then weighs as much as a row with four."),
        (-right, "The sign is wrong: a loss is minus the logarithm of the trust."),
    ]  # fmt: skip
    for value, sentence in kinds:
        if abs(found - value.item()) < 1e-3 * abs(value.item()):
            if sentence is None and not (isinstance(answer, Tensor) and answer.requires_grad):
                return "The number is right, but no gradient flows from it. Give back the tensor, not .item()."
            return sentence
    return f"You get {found:.4f}; the mean over the {int(weights.sum())} questions is {right.item():.4f}."


mlm_loss = Check(
    "06-loss", _mistake_in_loss, "One loss a slot, then the weights, then the mean over what was asked: in this order."
)

__all__ = ["mask_by_hand", "mlm_loss", "rows_under_masks"]
