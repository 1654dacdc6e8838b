"""Lesson 13's wall: texts that are longer than the positions a model knows, and ways to read them all the same."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

from bertlab.corpora.files import find_text_files, read_text
from bertlab.model import BertForPreTraining
from bertlab.paths import data_path
from bertlab.text import Tokenizer

Rows = Float[Tensor, "positions hidden"]


def long_rows(tokenizer: Tokenizer, length: int) -> Int[Tensor, "rows seq"]:
    """A village's stories in rows of one length: [CLS], running text, [SEP]; what does not fill a row is left out."""
    found = []
    for file in find_text_files([data_path("text", "first_light")]):
        paragraphs = read_text(file).splitlines()
        ids = [piece for paragraph in paragraphs for piece in tokenizer(paragraph).input_ids[1:-1]]
        for at in range(0, len(ids) - length + 3, length - 2):
            found.append([tokenizer.cls_id, *ids[at : at + length - 2], tokenizer.sep_id])
    return torch.tensor(found)


def with_more_positions(model: BertForPreTraining, make: Callable[[Rows], Rows]) -> BertForPreTraining:
    """The same model with new position rows after its own; `make` gets the old ones and gives the new ones."""
    state = dict(model.state_dict())
    old = state["bert.embeddings.position.weight"]
    state["bert.embeddings.position.weight"] = torch.cat([old, make(old)])
    known = len(state["bert.embeddings.position.weight"])
    with torch.device("meta"):
        longer = BertForPreTraining(model.config.replace(max_position_embeddings=known))
    longer.load_state_dict(state, assign=True)
    return longer.eval()


@torch.no_grad()
def loss_by_place(
    model: BertForPreTraining,
    rows: Int[Tensor, "rows seq"],
    holes: Int[Tensor, " holes"],
    mask_id: int,
    *,
    all_hidden: bool = False,
    reach: int | None = None,
) -> Float[Tensor, " holes"]:
    """The mean loss over rows (nats) at each of some places, all hidden at once.

    Args:
        all_hidden: every other place is hidden as well: the control who reads nothing.
        reach: to how many places on each side a token attends; None for all.
    """
    hidden = rows.clone()
    hidden[:, slice(1, -1) if all_hidden else holes] = mask_id
    logits = model(hidden).prediction_logits if reach is None else _read_near(model, hidden, reach)
    return cross_entropy(logits[:, holes].transpose(1, 2), rows[:, holes], reduction="none").mean(dim=0)


def _read_near(
    model: BertForPreTraining, ids: Int[Tensor, "rows seq"], reach: int
) -> Float[Tensor, "rows seq vocabulary"]:
    """The scores of a reader whose tokens attend to near places alone."""
    at = torch.arange(ids.shape[1])
    near = ((at[:, None] - at).abs() <= reach).expand(len(ids), 1, -1, -1)
    state = model.bert.embeddings(ids, torch.zeros_like(ids))
    for layer in model.bert.layers:
        state, _ = layer(state, near, False)
    return model.mlm_head(state, model.bert.embeddings.token.weight)
