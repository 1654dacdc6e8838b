"""A BERT whose layers all lack one part: what a trained model leans on and, trained so, what it could do without."""

import copy
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from bertlab.model import BertForPreTraining
from bertlab.model.encoder import Layer
from bertlab.model.self_attention import Attended

if TYPE_CHECKING:
    from bertlab.lessons.experiments import Recorded

PARTS = ("attention", "feed-forward", "residual", "layer norm")


class Nothing(nn.Module):
    """Stands where a part was, and has nothing to say."""

    def forward(self, hidden: Float[Tensor, "*places hidden"]) -> Float[Tensor, "*places hidden"]:
        """Zeros, whatever comes in."""
        return torch.zeros_like(hidden)


class ForgetfulLayer(Layer):
    """A layer without residual connections: only what is new goes on."""

    def forward(
        self,
        hidden: Float[Tensor, "batch seq hidden"],
        mask: Bool[Tensor, "batch 1 query key"],
        need_probs: bool,
        only: Int[Tensor, " wanted"] | None = None,
    ) -> tuple[Float[Tensor, "*places hidden"], Attended]:
        """As `Layer.forward`, but `hidden` is not added again."""
        attended = self.attention(hidden, mask, need_probs)
        hidden = self.attention_norm(self.dropout(attended.context))
        if only is not None:
            hidden = hidden.flatten(0, 1)[only]
        return self.feed_forward_norm(self.dropout(self.feed_forward(hidden))), attended


def leave_out(model: BertForPreTraining, part: str) -> BertForPreTraining:
    """A copy of the model without one part in any layer; all else, down to the last parameter, is the same.

    The norms of the embeddings and of the prediction head stay: they belong to no layer.

    Args:
        part: one of `PARTS`.

    Raises:
        ValueError: a layer has no such part.
    """
    if part not in PARTS:
        raise ValueError(f"a layer has no part {part!r}; there are {', '.join(PARTS)}")
    model = copy.deepcopy(model)
    for number, layer in enumerate(model.bert.layers):
        assert isinstance(layer, Layer)
        if part == "attention":
            layer.attention.output = Nothing()  # type: ignore[assignment]
        elif part == "feed-forward":
            layer.feed_forward = Nothing()  # type: ignore[assignment]
        elif part == "layer norm":
            layer.attention_norm = layer.feed_forward_norm = nn.Identity()  # type: ignore[assignment]
        else:
            forgetful = ForgetfulLayer(model.config)
            forgetful.load_state_dict(layer.state_dict())
            model.bert.layers[number] = forgetful.train(layer.training)
    return model


def show_parts(runs: "Recorded", place: "Recorded") -> dict[str, str]:
    """Draw what each part is worth, removed beside retrained, and give the losses for the sentences about them (nats).

    Args:
        runs: of the experiment `without_parts`.
        place: of the experiment `place_alone`: what can be known without hearing of any other word.
    """
    from bertlab.views import plots, show

    lost = {
        part: (_losses(runs, without=part, how="removed"), _losses(runs, without=part, how="retrained"))
        for part in PARTS
    }
    whole, limit, unigram = (
        runs.mean(name, without="nothing", how="whole", heads=4) for name in ("nats", "limit", "unigram")
    )
    alone = place.mean("nats")
    out, never = (runs.mean("nats", without="feed-forward", how=how) for how in ("removed", "retrained"))
    # The difference of the rounded numbers, which are the ones a reader sees.
    costs = [f"{round(loss, 2) - round(whole, 2):+.2f} nats".replace("-", "−") for loss in (out, never)]
    title = f"Feed-forward taken out: {costs[0]}. Never there: {costs[1]}"
    known = {"whole model": whole, "knows the place alone": alone, "unigram guess": unigram}
    show(plots.part_bars(lost, known, title, limit=limit))
    found = {"whole": whole, "limit": limit, "unigram": unigram, "place": alone}
    for part in PARTS:
        name = part.replace("-", "_").replace(" ", "_")
        found[f"{name}_out"] = runs.mean("nats", without=part, how="removed")
        found[f"{name}_never"] = runs.mean("nats", without=part, how="retrained")
    return {name: f"{loss:.2f}" for name, loss in found.items()} | {
        "beside_the_whole": _beside(never, whole),
        "layer_norm_beside": _beside(found["layer_norm_never"], whole),
    }


def _beside(loss: float, whole: float) -> str:
    return "better than" if loss < whole - 0.05 else "about as good as" if loss < whole + 0.15 else "worse than"


def _losses(runs: "Recorded", **wanted: str) -> list[float]:
    return [row["nats"] for row in runs.where(**wanted)]
