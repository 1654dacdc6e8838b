"""What lesson 05 claims holds on its own run, and for other seeds where chance has a part in it."""

import re

import pytest
import torch
from reading import pages_of, said_by

import bertlab
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors

STORY = "Today Julia is happy. For her birthday she gets an odd crown. Julia hopes to see the castle again."
MARGIN = 1.5
"""How many times farther than the mean of all others *crown* must move in the trained BERT."""


@pytest.mark.slow
def test_lesson_05_counts_compares_and_finds_what_it_says(executed):
    notebook, _, _ = executed("05")
    said = said_by(notebook)
    assert len(set(re.findall(r"heads: +\d+, numbers a head: +\d+, parameters: ([\d,]+)", said))) == 1
    whole, without = re.findall(r"(?:whole|without feed-forward) +(\w+) (\d+)%", said)[:2]
    assert whole[0] == "went"
    assert without[0] != "went", "without its feed-forward parts it guesses badly"
    heard = re.findall(r"^\d heads?.*: (\[.*?\])$", said, re.M)
    assert heard[0] == heard[1], "one head with even shares hears the same in both stories"
    assert heard[2] != heard[3], "with uneven shares it does not"
    assert heard[4] != heard[5], "nor do two heads"
    assert re.findall(r"layer \d: +(\d+) of 24", said) == ["24", "24", "24", "22", *"1111"], "kept, and not kept"
    assert re.findall(r"without ([\w -]+), ([\d.]+)% of a layer", said) == [
        ("feed-forward", "66.4"), ("residual", "0.0"), ("layer norm", "0.3")
    ]  # fmt: skip
    assert "castle" not in "".join(re.findall(r"of a layer: (.*)", said)), "without any of the three it guesses badly"
    assert "attention    5 of 5 places move" in said
    assert "feed-forward 1 of 5 places move" in said
    assert "names and shapes the same: True" in said
    assert re.search(r"DecoderLayer:\s+.*multihead_attn", said)
    assert not re.search(r"EncoderLayer:\s+.*multihead_attn", said)
    assert "place 0 hears the places [0, 2]" in said
    assert len(re.findall(r"after \d layers: the same", said)) in (0, 5), "none where transformers is not installed"


@pytest.mark.slow
def test_lesson_05_shows_how_far_news_travels(executed):
    notebook, _, _ = executed("05")
    page = next(page for page in pages_of(notebook) if "neighbours only" in page)
    rows = re.findall(r'<th scope="row">after (\d)</th>(.*?)</tr>', page)
    counts = [[int(count) for count in re.findall(r"<td>(\d+) of 23", row)] for _, row in rows]
    no_mask, causal, neighbours, untrained = zip(*counts, strict=True)
    assert set(no_mask) == set(untrained) == {23}
    assert set(causal) == {3}, "what stands to its right"
    assert neighbours == (2, 4, 6, 7), "one place further on each side, until the row ends"


@torch.no_grad()
def moved_in_the_last_layer(bert: BertForPreTraining, tokenizer) -> torch.Tensor:
    before, after = (
        bert.bert(**as_tensors(tokenizer(story))).last_hidden_state[0]
        for story in (STORY, STORY.replace("castle", "river"))
    )
    return (after - before).norm(dim=-1) / before.norm(dim=-1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_trained_bert_tells_crown_and_an_untrained_one_everybody(seed: int):
    trained, tokenizer = bertlab.load("story-bert")
    tokens = tokenizer(STORY).tokens
    castle, crown = tokens.index("castle"), tokens.index("crown")
    others = torch.arange(len(tokens)) != castle
    far = moved_in_the_last_layer(trained, tokenizer)
    assert far[crown] == far[others].max()
    assert far[crown] > MARGIN * far[others].mean()
    torch.manual_seed(seed)
    near = moved_in_the_last_layer(BertForPreTraining(trained.config).eval(), tokenizer)
    assert near[others].max() < 2 * near[others].mean(), "nearly evenly"
    assert near[crown] < MARGIN * near[others].mean()
