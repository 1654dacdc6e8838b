"""What lesson 13's exercises are checked by."""

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from bertlab.lessons.checks.verdict import Check, Mine, MistakeError, one_number
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.model.cost import flops_per_token, parameters

ODD = BertConfig(vocab_size=900, hidden_size=48, num_hidden_layers=5, num_attention_heads=3, intermediate_size=112)
"""No two of its sizes can be taken for one another, and its feed-forward is not four times as wide."""
ODD_SEQ = 70


def _ways_of_counting(config: BertConfig, seq: int) -> dict[str, float]:
    """The right count, and what comes of each slip, with the sentence to say."""
    layers, hidden, wide = config.num_hidden_layers, config.hidden_size, config.intermediate_size
    square, across, right = hidden * hidden, seq * hidden, flops_per_token(config, seq)
    four = 4 * hidden * 4 * hidden
    return {
        "You counted the multiplications alone. Each product is also added to a sum, so a matrix of m × n makes "
        "2 m n.": right / 2,
        "You counted one layer. A token passes through all of them, one after the other.": right / layers,
        "Three matrices of attention are there; the fourth is `output`, which mixes what the heads have "
        "gathered.": right - layers * 2 * square,
        "One matrix of attention is there. Query, key, value and output are four.": right - layers * 6 * square,
        "Scores and context are missing: the token is compared with each key, and each value is added up.": right
        - layers * 4 * across,
        "Your scores and context make 2 n H together. Either one of them is missing, or the 2 of multiplying and "
        "adding: they make 2 n H each.": right - layers * 2 * across,
        "One of scores and context lacks its 2: each number is multiplied and added. They make 2 n H each.": right
        - layers * across,
        "You counted the shares for each head anew. The heads work on slices, which together are the whole "
        "vector.": right + layers * 4 * across * (config.num_attention_heads - 1),
        "You multiplied scores and context by the length once more: that is for the whole row. One token has one "
        "query.": right + layers * 4 * across * (seq - 1),
        "That is the count of the whole row. One token of it is asked for.": right * seq,
        "Your query, key, value and output make 4 H² together. Each of the four makes 2 H², for it multiplies and "
        "adds.": right - layers * 4 * square,
        "Your feed-forward makes 2 H I. Its two matrices, `expand` and `contract`, make 2 H I each.": right
        - layers * 2 * hidden * wide,
        "The feed-forward is missing: `expand` and `contract`.": right - layers * 4 * hidden * wide,
        "You took config.intermediate_size four times. It is the whole middle already: the table's 4H.": right
        + layers * 12 * hidden * wide,
        "You squared the middle of the feed-forward. Its matrices are H × I and I × H.": right
        + layers * 4 * wide * (wide - hidden),
        "You took the feed-forward as four times as wide as the vector. So it is in BERT; here "
        "config.intermediate_size says otherwise.": right - layers * 4 * hidden * wide + layers * four,
        "You counted the table of pieces as a matrix product. A row of it is looked up: nothing is multiplied "
        "there.": right + 2 * config.vocab_size * hidden,
        "These are parameters, not FLOPs.": parameters(config),
    }


def _parts(config: BertConfig, seq: int) -> str:
    """What one layer's rows of the table come to."""
    hidden, wide = config.hidden_size, config.intermediate_size
    return (
        f"In one layer {8 * hidden**2:,} for the four matrices, {4 * seq * hidden:,} for scores and context, "
        f"{4 * hidden * wide:,} for the feed-forward: compare."
    )


def _mistake_in_flops(mine: Mine) -> str | None:
    """Count the multiplications and additions that one token costs."""
    for config, seq in ((ODD, ODD_SEQ), (BertConfig(), 128)):
        given, right = one_number(mine(config, seq)), flops_per_token(config, seq)
        if abs(given - right) < 0.5:
            continue
        for said, wrong in _ways_of_counting(config, seq).items():
            if abs(given - wrong) < 0.5:
                return said
        if one_number(mine(config, 2 * seq)) == given:
            return f"Your count is {given:,.0f} for rows of {seq} and of {2 * seq} tokens. Attention grows with seq."
        return (
            f"For {config.num_hidden_layers} layers of {config.hidden_size}, {config.intermediate_size} in the middle, "
            f"rows of {seq}: {given:,.0f}; counted by hand {right:,.0f}. {_parts(config, seq)}"
        )
    return None


flops_of_a_token = Check(
    "13-flops",
    _mistake_in_flops,
    "Six matrices, and twice the row: 8 H² + 4 H I + 4 n H in each layer. The table of pieces is not among them.",
)


def shares_left(config: BertConfig) -> tuple[float, float]:
    """Which share of parameters and of FLOPs is left if all layers have one set of parameters.

    >>> [round(share, 2) for share in shares_left(BertConfig())]
    [0.29, 1.0]
    """
    return parameters(config.replace(num_hidden_layers=1)) / parameters(config), 1.0


def _mistake_in_shares(mine: Mine) -> str | None:
    """Predict what is left of Base if its layers share their parameters."""
    answer = mine()
    try:
        kept, work = (float(each) for each in answer)
    except (TypeError, ValueError):
        raise MistakeError(f"Two shares are asked for, parameters and FLOPs; you returned {answer!r}.") from None
    base = BertConfig()
    right, _ = shares_left(base)
    if kept > 1.5 or work > 1.5:
        if abs(kept - 100 * right) < 2 and abs(work - 100) < 1:
            return "These are percentages. Give shares, from 0 to 1."
        return "Give shares, from 0 to 1: what is left, divided by what Base has."

    def near(given: float, other: float) -> bool:
        return abs(given - other) < 0.02

    if near(kept, 1.0) and near(work, right):
        return "The two are turned: parameters first, then FLOPs."
    if near(work, 1 / 12) or near(work, right):
        return (
            "You let the FLOPs fall with the parameters. But each vector still passes through twelve layers; that they "
            "are twelve times the same one saves no multiplication."
        )
    if not near(work, 1.0):
        return f"You say {work:.2f} of the FLOPs are left. How many layers does a vector pass through now?"
    if near(kept, 1 / 12):
        return "A twelfth of the layers is left. But the table of pieces is as large as before: lesson 05 counted it."
    if near(kept, 1 - right):
        return "That is the share that goes. Asked for is what is left."
    if near(kept, 11 / 12):
        return "Eleven of twelve layers go, and one is left. And the table of pieces stays whole."
    if near(kept, parameters(base.replace(num_hidden_layers=0)) / parameters(base)):
        return "That is the table and the pooler without any layer. One set of a layer's parameters stays."
    if near(kept, 1.0):
        return "Twelve layers had a set each. Now there is one set: eleven are gone."
    if near(kept, 12 / 109):
        return "ALBERT also made its embeddings narrow. Here only the layers change."
    return None if near(kept, right) else (
        f"The FLOPs are right. You say {kept:.2f} of the parameters are left. Eleven layers of 7,087,872 go: what "
        "stays, divided by 109,482,240?"
    )  # fmt: skip


shared_layers = Check(
    "13-shared",
    _mistake_in_shares,
    "Seven tenths of the parameters go, and not one multiplication: size and time are two things.",
)

Stored = dict[str, Tensor]
TINY = BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)


def an_old_file(state: Stored) -> Stored:
    """Parameters under the names of TensorFlow's time: a LayerNorm's two are called gamma and beta.

    >>> list(an_old_file({"bert.embeddings.norm.weight": torch.ones(2), "nsp_head.weight": torch.ones(2)}))
    ['bert.embeddings.norm.gamma', 'nsp_head.weight']
    """
    renamed = {}
    for name, value in state.items():
        name = re.sub(r"norm\.weight$", "norm.gamma", name)
        renamed[re.sub(r"norm\.bias$", "norm.beta", name)] = value
    return renamed


def _learned(seed: int) -> BertForPreTraining:
    """A small BERT in which no parameter is as it began."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertForPreTraining(TINY)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
    return model.eval()


def _not_loaded(model: BertForPreTraining, wanted: Stored) -> list[str]:
    state = model.state_dict()
    return [name for name, value in wanted.items() if not torch.equal(state[name], value)]


def _stops(call: Callable[[], Any]) -> bool:
    try:
        call()
    except (RuntimeError, KeyError, ValueError):
        return True
    return False


def _mistake_in_loading(mine: Mine) -> str | None:
    """Load parameters under their old names, and stop where one is missing or left over."""
    wanted = {name: value.clone() for name, value in _learned(1).state_dict().items()}
    stored = an_old_file(wanted)
    given = {name: value.clone() for name, value in stored.items()}
    answer = mine(_learned(2), given)
    if not isinstance(answer, BertForPreTraining):
        return f"Give back the model; you returned a {type(answer).__name__}."
    left = _not_loaded(answer, wanted)
    norms = [name for name in wanted if "norm." in name]
    if "bert.embeddings.norm.weight" in left and torch.equal(
        answer.state_dict()["bert.embeddings.norm.weight"], wanted["bert.embeddings.norm.bias"]
    ):
        return "gamma and beta are exchanged: gamma is the scale, `weight`; beta is the shift, `bias`."
    if sorted(left) == sorted(norms):
        return "The LayerNorms are still those that the model had before: gamma and beta have not become its names."
    if left and all(name.endswith("norm.bias") for name in left):
        return "gamma is renamed, beta is not: the shifts of the LayerNorms are still the old ones."
    if left and all(name.endswith("norm.weight") for name in left):
        return "beta is renamed, gamma is not: the scales of the LayerNorms are still the old ones."
    if left:
        return f"{len(left)} of {len(wanted)} parameters were not loaded, {left[0]} among them."
    if list(given) != list(stored):
        return "You changed `stored` itself: whoever gave it to you finds other names in it now. Make a new dictionary."
    if not all(torch.equal(given[name], value) for name, value in stored.items()):
        return "You changed the numbers in `stored`. Whoever gave it to you still needs them."
    lacking = {name: value for name, value in stored.items() if name != "mlm_head.transform.weight"}
    if not _stops(lambda: mine(_learned(2), lacking)):
        return (
            "We gave you a file without mlm_head.transform.weight, and you said nothing: that part stays as it was. "
            "Let load_state_dict be strict, then it stops."
        )
    if not _stops(lambda: mine(_learned(2), {**stored, "bert.layer.0.query": torch.ones(1)})):
        return "We gave you a weight that this model has no place for, and you left it out without a word."
    plain = mine(_learned(2), dict(wanted))
    if _not_loaded(plain, wanted):
        return "A file that already has today's names is no longer read as it was."
    return None


load_all = Check(
    "13-load",
    _mistake_in_loading,
    "Rename what has an old name, and then be strict: what does not fit must stop the program.",
)
