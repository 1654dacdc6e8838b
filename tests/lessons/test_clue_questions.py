"""The questions of lesson 10: where the clue stands, checked by hand, and the margin by its definition."""

import pytest
import torch

import bertlab
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.clue_questions import KINDS, LONGEST, ask_about_clues


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("full")


pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "clues"),
    [
        ("she or he", {"rosa", "she", "her", "ella", "tara", "omar", "he", "his"}),
        ("tense", {"today", "yesterday", "now", "last", "this", "earlier"}),
    ],
)
def test_clues_are_words_that_tell_by_themselves(world: StoryWorld, kind: str, clues: set[str]):
    asked = ask_about_clues(world, kind, count=6)
    found = {row[place] for row, clue in zip(asked.tokens, asked.clues, strict=True)
             for place in clue.nonzero()[:, 0].tolist()}  # fmt: skip
    assert found & clues
    assert not found & {".", "the", "to", "[MASK]", "[CLS]", "[SEP]"}
    assert not asked.clues[range(6), asked.hole].any()


@pytest.mark.parametrize(("kind", "apart"), [("number, beside", 1), ("number, across", 4)])
def test_the_subject_stands_where_the_sentence_has_it(world: StoryWorld, kind: str, apart: int):
    asked = ask_about_clues(world, kind, count=12)
    for row, clue, hole in zip(asked.tokens, asked.clues, asked.hole.tolist(), strict=True):
        places = clue.nonzero()[:, 0].tolist()
        assert places[0] >= 2
        assert row[places[0] - 2] in (".", "[CLS]", "!", "?", "day", '"'), "a subject is its sentence's second word"
        assert hole - places[-1] >= 1
        if len(places) == 1 and all(not token.startswith("##") for token in row[places[0] : hole]):
            assert hole - places[0] == apart


def test_a_batch_holds_the_stories_and_their_holes(world: StoryWorld):
    asked = ask_about_clues(world, "topic", count=6)
    assert asked.input_ids.shape[1] <= LONGEST + 2
    tokenizer = world.tokenizer
    assert (asked.input_ids[range(6), asked.hole] == tokenizer.mask_id).all()
    assert (asked.input_ids.flatten()[asked.positions] == tokenizer.mask_id).all()
    assert not (asked.right & asked.wrong).any()
    for row, probe in enumerate(asked.probes):
        assert asked.right[row, tokenizer.vocab[probe.true]]
        assert asked.attention_mask[row].sum() == len(probe.pieces) + 2
    one = asked.only([3])
    assert len(one) == 1
    assert one.input_ids.shape[1] == len(asked.probes[3].pieces) + 2
    assert asked.only(range(6)).input_ids.tolist() == asked.input_ids.tolist(), "the longest has room"
    assert " ".join(str(asked).splitlines()).startswith(asked.probes[0].text_with_mask)
    assert max(map(len, str(asked).splitlines()[:-2])) <= 72, "no word is broken at a projector"
    assert all(asked.tokens[0][place] in str(asked) for place in asked.clues[0].nonzero()[:, 0].tolist())
    assert "in the 5 other stories, for example: " in str(asked)
    assert "other" not in str(one)


def test_words_can_be_hidden_and_lines_to_them_named(world: StoryWorld):
    asked = ask_about_clues(world, "topic", count=4)
    everywhere = torch.ones_like(asked.clues)
    hidden = asked.hiding(asked.clues)
    mask = hidden.input_ids == world.tokenizer.mask_id
    assert (mask == asked.clues | (torch.arange(mask.shape[1]) == asked.hole[:, None])).all()
    assert (hidden.input_ids[~mask] == asked.input_ids[~mask]).all()
    assert ((asked.hiding(everywhere).input_ids == world.tokenizer.mask_id) == asked.attention_mask.bool()).all()
    lines = asked.lines_to(asked.clues)
    assert lines.shape == (*asked.clues.shape, asked.clues.shape[1])
    assert lines.sum() == asked.clues.sum()
    assert (lines[range(4), asked.hole] == asked.clues).all()


def test_the_margin_is_the_log_of_the_trust_in_right_over_wrong(world: StoryWorld):
    asked = ask_about_clues(world, "she or he", count=3)
    logits = torch.randn(3, len(world.tokenizer), generator=torch.Generator().manual_seed(0))
    trust = logits.softmax(dim=-1)
    expected = [(trust[row][asked.right[row]].sum() / trust[row][asked.wrong[row]].sum()).log() for row in range(3)]
    assert torch.allclose(asked.margin(logits), torch.stack(expected), atol=1e-5)


def test_other_seeds_ask_about_other_stories_and_wrong_kinds_are_named(world: StoryWorld):
    first, other = (ask_about_clues(world, "number, beside", count=4, seed=seed) for seed in (0, 1))
    assert first.probes[0].text_with_mask != other.probes[0].text_with_mask
    assert first.probes[0] == ask_about_clues(world, "number, beside", count=2).probes[0]
    with pytest.raises(ValueError, match="no kind 'colour'; there are she or he"):
        ask_about_clues(world, "colour")


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_the_story_bert_is_sure_of_the_right_answers(world: StoryWorld, kind: str):
    model, _ = bertlab.load("story-bert")
    asked = ask_about_clues(world, kind, count=6, seed=3)
    out = model(asked.input_ids, attention_mask=asked.attention_mask, positions=asked.positions)
    assert asked.margin(out.prediction_logits).mean() > 5
