"""What lesson 04 shows, when it has been run; and that its claims do not hang on its seed."""

import math
import re

import pytest
import torch
from reading import pages_of, said_by

import bertlab
from bertlab.model import Bert
from bertlab.pretrained import as_tensors

STORY = "Yesterday Ivan went to the [MASK]. He put his bat near the {}."
CLEAR = 0.1
"""How far a vector must move at least to be said to move; one that must not move moves by exactly 0."""
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def story_bert():
    return bertlab.load("story-bert")


@pytest.fixture(scope="module")
def said(executed) -> str:
    return said_by(executed("04").notebook)


@pytest.mark.slow
def test_lesson_04_tells_the_two_readers_apart(said: str):
    assert "no mask  bat beside cave 0.95, beside goal -0.95" in said
    assert "causal   bat beside cave 0.00, beside goal 0.00" in said
    assert "causal   moved: a 0.0000, bat 0.0000, near 0.0000, the 0.0000, cave 0.3318" in said
    moved = re.search(r"no mask  moved: (.*)", said)[1]
    assert all(float(far) > CLEAR for far in re.findall(r"[\d.]+\d", moved))
    for who in ("untrained", "trained  "):
        assert f"{who} without a mask: 14 of 14 moved" in said
        assert f"{who} with the card: 0 of 14 moved" in said


@pytest.mark.slow
def test_lesson_04_agrees_with_the_package_torch_and_a_trained_head(said: str):
    for name in ("by hand and by the package", "torch, no mask", "torch, causal", "layer 3, head 0"):
        assert re.search(rf"{name}: the same", said)
    assert "shuffled, no mask: the same" in said
    assert "shuffled, causal: not the same" in said
    assert "shuffled, joined in each layer: not the same" in said


@pytest.mark.slow
def test_lesson_04_asks_a_trained_reader(said: str):
    trust = dict(re.findall(r"trust in (\w+ beside \w+, w\w+ \w+ \w+): ([\d.]+)%", said))
    assert len(trust) == 4
    for which, share in trust.items():
        assert float(share) > 95 if which.endswith("without a mask") else float(share) < 20
    assert "8.3% for each of 12 places" in said
    gpt = [float(share) for share in re.findall(r"beside \w+, GPT: ([\d.]+)%", said)]
    assert len(gpt) == 2
    assert all(7 < share < 10 for share in gpt), "a reader who practised with the card is as unsure as the limit"


@pytest.mark.slow
def test_lesson_04_shows_that_shares_are_computed(said: str):
    assert "row of bat, beside a cup: [0.2 0.2 0.2 0.2 0.2]" in said
    bat, lamp = re.search(r"the hole gives cave ([\d.]+) with his bat, ([\d.]+) with his lamp", said).groups()
    assert float(bat) > float(lamp) + 0.3


@pytest.mark.slow
def test_lesson_04_counts_the_shares_that_go_to_the_right(said: str):
    right = dict(re.findall(r"(\w+) +of all shares (\d+)% go to the right", said))
    equal = int(re.search(r"if all shares were equal, (\d+)% would", said).group(1))
    assert abs(int(right["untrained"]) - equal) <= 1, "as equal shares would"
    assert int(right["trained"]) < int(right["untrained"]) - 2


@pytest.mark.slow
def test_lesson_04_joins_two_readers(said: str):
    differs = {
        who.strip(): float(by) for who, by in re.findall(r"^(.*?) effect of the name .* by ([\d.]+)$", said, re.M)
    }
    assert differs["BERT"] > CLEAR
    assert differs["joined at the end"] == 0
    assert differs["joined in each layer"] > CLEAR / 2


@pytest.mark.slow
def test_lesson_04_shows_what_padding_gets(said: str):
    ours, carded, theirs = (re.findall(rf"{who} +\d+ padded: they get ([\d.]+), bat is wild by ([\d.]+)", said)
                            for who in ("our_mask", "their_mask_with_the_card", "their_mask"))  # fmt: skip
    assert set(ours) == {("0.0000", "0.95")}
    assert set(carded) == {("0.0000", "0.00")}, "the card hides what is padded on the right"
    shares = [float(share) for share, _ in theirs]
    assert shares == sorted(shares)
    assert shares[-1] > 0.3


@pytest.mark.slow
def test_lesson_04_draws_with_words(executed):
    figures = [page for page in pages_of(executed("04").notebook) if page.startswith("<figure")]
    assert len(figures) >= 4
    assert all(re.search(r'<img alt="[^"]{20,}"', page) and "<table>" in page for page in figures)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@torch.no_grad()
def test_an_untrained_bert_looks_to_both_sides_whatever_its_seed(story_bert, seed: int):
    trained, tokenizer = story_bert
    torch.manual_seed(seed)
    fresh = Bert(trained.config).eval()
    pair = [as_tensors(tokenizer(STORY.format(spot))) for spot in ("cave", "goal")]
    for causal in (False, True):
        one = Bert(fresh.config.replace(causal=causal)).eval()
        one.load_state_dict(fresh.state_dict())
        first, second = (one(**row).last_hidden_state[0, :14] for row in pair)
        moved = (first - second).norm(dim=-1)
        assert (moved == 0).all() if causal else (moved > CLEAR).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", [STORY.format("cave"), "Today Julia went to the [MASK]. She saw a lion near the tree."]
)
@torch.no_grad()
def test_training_turns_no_shares_to_the_right(story_bert, text: str):
    trained, tokenizer = story_bert
    row = as_tensors(tokenizer(text))

    def right(bert: Bert) -> float:
        looks = torch.stack(bert(**row, output_attentions=True).attentions)
        return looks.triu(1).sum(dim=-1).mean().item()

    for seed in SEEDS:
        torch.manual_seed(seed)
        assert right(trained.bert) < right(Bert(trained.config).eval()) - 0.02


@pytest.mark.slow
@pytest.mark.parametrize("names", [("Ivan", "Tom"), ("Ivan", "Julia"), ("Yesterday", "Today")])
@torch.no_grad()
def test_what_is_joined_at_the_end_lets_no_left_depend_on_the_right(story_bert, names: tuple[str, str]):
    """What is changed on the left, seen from the hole, beside two words on the right."""
    (model, tokenizer), everyone = story_bert, torch.ones(1, 1, 17, 17).bool()

    def vector(left: str, spot: str, masks: list[torch.Tensor]) -> torch.Tensor:
        row = as_tensors(tokenizer(STORY.format(spot).replace(names[0], left)))
        hidden = model.bert.embeddings(row["input_ids"], row["token_type_ids"])
        for layer in model.bert.layers:
            hidden = torch.stack([layer(hidden, mask, False)[0] for mask in masks]).mean(dim=0)
        return hidden[0, 6]

    def effect(spot: str, readers: list[list[torch.Tensor]]) -> torch.Tensor:
        return torch.cat([vector(names[1], spot, masks) - vector(names[0], spot, masks) for masks in readers])

    left, right = everyone.tril(), everyone.triu()
    assert (effect("cave", [[everyone]]) - effect("goal", [[everyone]])).norm() > CLEAR
    assert torch.equal(effect("cave", [[left], [right]]), effect("goal", [[left], [right]]))
    assert effect("cave", [[left], [right]]).norm() > CLEAR
    assert (effect("cave", [[left, right]]) - effect("goal", [[left, right]])).norm() > CLEAR / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_root_keeps_a_look_as_sharp(seed: int):
    draw = torch.Generator().manual_seed(seed)
    largest, slope = {}, {}
    for d in (4, 64, 1024):
        query, key = torch.randn(1000, 1, d, generator=draw), torch.randn(1000, 16, d, generator=draw)
        scores = (query @ key.transpose(-1, -2))[:, 0]
        assert scores.var().item() == pytest.approx(d, rel=0.2)
        for name, by in {"plain": 1.0, "root": math.sqrt(d), "d": float(d)}.items():
            top = (scores / by).softmax(dim=-1).amax(dim=-1)
            largest[name, d], slope[name, d] = top.mean().item(), (top * (1 - top)).median().item()
    assert abs(largest["root", 1024] - largest["root", 4]) < 0.05
    assert largest["plain", 1024] > 0.9 > 0.5 > largest["plain", 4]
    assert largest["d", 1024] < 1.2 / 16
    assert slope["plain", 1024] < 0.001 < 0.1 < slope["root", 1024]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["story-bert", "mini"])
@torch.no_grad()
def test_training_spreads_the_scores_beyond_the_papers_picture(name: str):
    trained, tokenizer = bertlab.load(name)
    row = as_tensors(tokenizer("He went to the [MASK] . He was near the door ."))

    def spreads(bert: Bert) -> list[float]:
        given = bert(**row, output_queries_keys=True)
        return [(q @ k.transpose(-1, -2)).std().item() for q, k in zip(given.queries, given.keys, strict=True)]

    picture, start = math.sqrt(trained.config.head_dim), []
    assert min(spreads(trained.bert)) > picture
    for seed in SEEDS:
        for heads in (1, 4, 16):
            torch.manual_seed(seed)
            bert = Bert(trained.config.replace(num_attention_heads=heads)).eval()
            divided = torch.tensor(spreads(bert)) / math.sqrt(bert.config.head_dim)
            assert divided.max() < 1
            start.append(divided.mean())
        assert max(start[-3:]) / min(start[-3:]) < 1.4, "whatever d is, which goes from head to head by 16"
