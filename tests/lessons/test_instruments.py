"""What lessons 00 and 08 hold in their hands: hiding a word, bars, the truth beside them, a recorded run, a card."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.experiments import Recorded
from bertlab.lessons.instruments.covered import how_sure, trust_in, with_card
from bertlab.lessons.instruments.first_wonder import Chance, bars, chances, hide, two_columns, words_of
from bertlab.lessons.instruments.parts_of_a_batch import as_one, first_rows
from bertlab.lessons.instruments.training import (
    RecordedRun,
    best_since,
    draw_masking_rates,
    draw_order,
    draw_side_by_side,
    recorded_run,
    say_best_since,
    show_recorded,
    story_run,
)
from bertlab.lessons.instruments.word_order import shuffled
from bertlab.model import BertForPreTraining
from bertlab.training import Batch, DocumentBatches, Guess, ask, ask_world
from bertlab.training.twins import story_config, story_recipe


def test_the_word_that_is_meant_is_hidden_and_nothing_else():
    assert hide("The man saw the dog.", "dog") == "The man saw the [MASK]."
    assert hide("The man saw the dog.", "THE", which=2) == "The man saw [MASK] dog."
    assert hide("He, and then she.", "he") == "[MASK], and then she."
    assert hide("naïve café", "café") == "naïve [MASK]"
    with pytest.raises(ValueError, match=r"'cat' occurs 0 times .* the words are: The, dog"):
        hide("The dog.", "cat")
    with pytest.raises(ValueError, match="occurs 1 times"):
        hide("The dog.", "dog", which=2)
    assert words_of("...") == []


def test_bars_are_words_in_a_plain_script(capsys: pytest.CaptureFixture[str]):
    bars([Guess("dog", 0.5), Guess("cat", 0.00012)], "The [MASK].")
    said = capsys.readouterr().out
    assert "BERT fills the hole in “The [MASK].”: dog 50.0%, cat 0.012%." in said
    assert "guess cat, probability 0.012%" in said


def test_a_control_is_drawn_in_grey_and_to_the_scale_of_what_it_stands_beside(monkeypatch: pytest.MonkeyPatch):
    from bertlab.lessons.instruments import first_wonder
    from bertlab.views import palette

    drawn = []
    monkeypatch.setattr(first_wonder, "picture", lambda draw, alt, table: drawn.append(draw()))
    strong, weak = [Guess("dog", 0.5)], [Guess("ber", 0.0002)]
    bars(strong, "The [MASK].")
    bars(weak, "The [MASK].", beside=strong)
    first, control = (figure.axes[0] for figure in drawn)
    assert control.get_xlim() == first.get_xlim()
    assert matplotlib_colour(control.patches[0]) == palette.CONTROL.lower()
    assert matplotlib_colour(first.patches[0]) != palette.CONTROL.lower()
    assert control.texts[0].get_text().strip() == "0.020%"


def matplotlib_colour(patch) -> str:
    from matplotlib.colors import to_hex

    return to_hex(patch.get_facecolor())


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("pocket")


@pytest.fixture(scope="module")
def reader(world: StoryWorld) -> BertForPreTraining:
    """A new model of uncommon firmness: what it is asked, and what it reads, changes what it says a lot."""
    torch.manual_seed(0)
    return BertForPreTraining(story_config("pocket", world.tokenizer).replace(initializer_range=0.3)).eval()


def trust_by_hand(model: BertForPreTraining, world: StoryWorld, asked: str, place: int) -> np.ndarray:
    with torch.no_grad():
        ids = torch.tensor([world.tokenizer(asked).input_ids])
        return model(ids).prediction_logits[0, place].softmax(dim=-1).numpy()


def test_chances_are_the_worlds_own_and_the_models_own(world: StoryWorld, reader: BertForPreTraining):
    story = "Yesterday Maya went to the river. She put her bass near the tree. Then she found her bass near the tree."
    found = chances(reader, world, story, "she", which=2)
    place = world.tokenizer(story).tokens.index("then") + 1
    exact = world.limit(story, [place - 1])[0]
    trust = trust_by_hand(reader, world, hide(story, "she", which=2), place)
    assert found[0].piece == "she"
    assert found[0].exact == pytest.approx(1.0)
    assert found[-1].piece == world.tokenizer.pieces[trust.argmax()], "what the model likes best is shown"
    for chance in found:
        number = world.tokenizer.vocab[chance.piece]
        assert (chance.exact, chance.guessed) == pytest.approx((exact[number], trust[number]))
    with pytest.raises(ValueError, match="no story of this world"):
        chances(reader, world, "She ate a python.", "python")


def test_of_equally_likely_words_the_true_one_leads(world: StoryWorld, reader: BertForPreTraining):
    asked = set()
    for story in world.documents(12, seed=2):
        for word, slot in zip(story.words, story.slots, strict=True):
            if slot == "plain" and story.words.count(word) == 1:
                found = chances(reader, world, story.text, word)
                assert found[0].piece == word
                assert found[0].exact == pytest.approx(found[1].exact), "a test of words that are equally likely"
                asked.add(word)
    assert len(asked) > 3


def test_two_columns_are_words_in_a_plain_script(capsys: pytest.CaptureFixture[str]):
    two_columns([Chance("river", 0.5, 0.25), Chance("studio", 0.5, 0.0001)], "to the [MASK].")
    said = capsys.readouterr().out
    assert "river 50.0%, BERT 25.0%, studio 50.0%, BERT 0.010%." in said
    assert "piece river, one can be sure 50.0%, BERT is sure 25.0%" in said


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_card_hides_the_piece_and_all_on_one_side_and_nothing_else(
    world: StoryWorld, reader: BertForPreTraining, side: str
):
    questions = ask_world(world, world.documents(2, seed=5, part="test"), masking=0.1)
    losses = []
    for ids, places in zip(questions.documents, questions.positions, strict=True):
        for place in places:
            covered = ids.copy()
            covered[place:] = world.tokenizer.mask_id
            if side == "left":
                covered = np.concatenate([np.full(place + 1, world.tokenizer.mask_id), ids[place + 1 :]])
            row = [world.tokenizer.cls_id, *covered.tolist(), world.tokenizer.sep_id]
            with torch.no_grad():
                logits = reader(torch.tensor([row])).prediction_logits[0, place + 1]
            logits[world.tokenizer.special_ids] = -torch.inf
            losses.append(-float(logits.log_softmax(dim=-1)[ids[place]]))
    assert with_card(reader, world.tokenizer, questions, side) == pytest.approx(np.mean(losses), 1e-4)


def test_the_cards_control_hides_as_many_pieces_the_one_asked_for_among_them(
    world: StoryWorld, reader: BertForPreTraining, monkeypatch: pytest.MonkeyPatch
):
    from bertlab.lessons.instruments import covered

    asked = []
    real = covered.answers
    monkeypatch.setattr(covered, "answers", lambda *given: (asked.append(given[2]), real(*given))[1])
    questions = ask_world(world, world.documents(2, seed=5, part="test"), masking=0.1)
    by_chance = [with_card(reader, world.tokenizer, questions, "anywhere") for _ in range(2)]
    assert by_chance[0] == by_chance[1], "by chance, but always the same"
    with_card(reader, world.tokenizer, questions, "right")
    anywhere, _, right = (each.positions for each in asked)
    assert [len(hidden) for hidden in anywhere] == [len(hidden) for hidden in right]
    assert any(list(some) != list(others) for some, others in zip(anywhere, right, strict=True))
    places = [place for places in questions.positions for place in places]
    assert all(place in hidden for place, hidden in zip(places, anywhere, strict=True))
    with pytest.raises(ValueError, match="not 'above'"):
        with_card(reader, world.tokenizer, questions, "above")


STORY = "Yesterday Anna went to the zoo. Anna fed the monkey. What a bad day!"


def test_a_words_trust_is_read_at_its_place_while_others_are_hidden_too(world: StoryWorld, reader: BertForPreTraining):
    asked = hide(hide(STORY, "went"), "fed")
    by_hand = trust_by_hand(reader, world, asked, place=3)[world.tokenizer.vocab["went"]]
    assert trust_in(reader, world.tokenizer, STORY, "went", ["fed"]) == pytest.approx(by_hand, rel=0.05)
    assert how_sure(world, STORY, "went", ["fed"]) == how_sure(world, STORY, "went", ["Yesterday"]) == 1
    assert how_sure(world, STORY, "went", ["Yesterday", "fed"]) == 0.5
    with pytest.raises(ValueError, match=r"'cat' is no piece of .* the pieces are yesterday, anna, went"):
        how_sure(world, STORY, "cat")


def test_what_a_recording_liked_best_is_told_with_the_step_since_when(capsys: pytest.CaptureFixture[str]):
    recording = story_run()
    found = best_since(recording)
    assert [sentence for sentence, _, _ in found] == list(recording.watch.sentences)
    _, piece, since = found[0]
    assert (piece, since) == ("went", 305)
    before = [moment.guesses[0][0][0].piece for moment in recording.moments if moment.step < since]
    assert before[-1] != "went"
    by_piece = {piece: since for _, piece, since in found}
    assert min(by_piece["he"], by_piece["bass"]) > 4 * since, "these come late"
    say_best_since(recording)
    assert re.search(
        r"^went is the best guess from step +305 on: Yesterday Anna .MASK. to the zoo.$", capsys.readouterr().out, re.M
    )


def test_a_recorded_run_becomes_curves(tmp_path: Path):
    held_out = {"mlm_loss": 5.5, "unigram_loss": 6.4, "mlm_accuracy": 0.1}
    lines = [
        {"step": 10, "mlm_loss": 9.0},
        {"step": 20, "mlm_loss": 7.0},
        {"step": 20, "held_out": held_out},
        {"step": 30, "mlm_loss": 5.0},
        {"step": 40, "held_out": held_out | {"mlm_loss": 5.25, "mlm_accuracy": 0.2}},
        {"step": 50, "mlm_loss": 1.0},
        {"step": 50, "result": held_out},
        {"step": 20, "by_order": {"row_length": 8, "kept": 5.0, "shuffled": 5.05}},
        {"step": 40, "by_order": {"row_length": 8, "kept": 5.0, "shuffled": 6.0}},
    ]
    (tmp_path / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = RecordedRun.load(tmp_path / "metrics.jsonl")
    assert found.read == [(20, 8.0), (40, 5.0)]
    assert found.unread == [(20, 5.5), (40, 5.25)]
    assert found.right == [(20, 0.1), (40, 0.2)]
    assert found.unigram == 6.4
    assert dict(found.order) == pytest.approx({20: 0.05, 40: 1.0})
    assert found.own == [(20, 5.0), (40, 5.0)]
    assert found.found == 40
    assert found.figures("it", early=20) == {
        "it": "5.25", "it_right": "20%", "it_early": "5.50", "it_own": "5.00", "it_lost": "0.05", "it_found": "40"
    }  # fmt: skip


def test_a_recorded_run_is_told_in_words_where_nothing_is_drawn(capsys: pytest.CaptureFixture[str]):
    show_recorded("mini")
    said = capsys.readouterr().out
    gap = re.search(r"In the end ([\d.]+) nats lie between", said)[1]
    read, unread = map(
        float, re.search(r"step 11,000, text it reads ([\d.]+), text it never read ([\d.]+)", said).groups()
    )
    assert f"{abs(unread - read):.2f}" == gap, "the title subtracts what the table shows"
    assert re.search(r"unigram guess: [\d.]+ nats", said)
    assert said.count("  step ") > 5, "the way there, not the end alone"


def test_two_runs_stand_side_by_side_in_words(capsys: pytest.CaptureFixture[str]):
    full, short = (recorded_run("plateau", f"{rows}_rows.jsonl") for rows in ("full", "short"))
    draw_side_by_side(full, short, early=1000)
    draw_order(full, short)
    said = capsys.readouterr().out
    assert "After 1,000 steps, each in its own rows: full 6.20 nats, short 4.90" in said
    assert "step 1,000, full rows 6.20, short rows first 4.90" in said
    assert "Word order counts by step 250 with short rows first, 1,750 with full rows" in said
    assert "step 250, full rows 0.00, short rows first 0.28" in said
    assert "step 1,750, full rows 0.15" in said


def test_masking_rates_are_told_with_their_spread(capsys: pytest.CaptureFixture[str]):
    rows = [
        {"seed": seed, "trained at": trained, "asked at": asked, "step": step, "nats": trained + seed / 10}
        for seed in (0, 2) for trained in (0.2, 0.4) for asked in (0.2, 0.4) for step in (10, 20)
    ]  # fmt: skip
    rows = [row | {"limit": 0.1} for row in rows]
    draw_masking_rates(Recorded("bertlab record it", "2027-03-01", "a machine", 1.0, rows), asked=0.4)
    said = capsys.readouterr().out
    assert "Asked with 40% hidden: lowest after 20 steps is the model with 20% hidden." in said
    assert re.search(r"40% hidden +0.50 \(0.40, 0.60\) +0.50 \(0.40, 0.60\)", said)
    assert re.search(r"40% below 20% +0 of 2 seeds +0 of 2 seeds", said)
    assert "recorded 2027-03-01: bertlab record it\n    2 seeds" in said


def test_a_run_that_was_not_recorded_is_said_to_be_absent():
    with pytest.raises(FileNotFoundError, match="nothing"):
        recorded_run("nothing", "metrics.jsonl")


@pytest.fixture
def two_lengths(world: StoryWorld) -> list[Batch]:
    """A batch of short stories and one of long ones, some rows of each."""
    recipe = story_recipe("pocket", steps=10)
    text = tokenize_corpus(([story.text] for story in world.documents(300)), world.tokenizer)
    batches = DocumentBatches(text, world.tokenizer, recipe)
    return [first_rows(batches.draw(length, seed=(length,)), count) for length, count in [(20, 5), (128, 3)]]


def test_the_first_rows_are_asked_what_they_were_asked(two_lengths: list[Batch]):
    for part, rows in zip(two_lengths, (5, 3), strict=True):
        assert len(part.input_ids) == rows
        true = part.labels.flatten()[part.positions]
        assert (true != -100).all()
        assert len(true) == (part.labels != -100).sum()
        assert part.num_tokens == part.attention_mask.sum()


def test_parts_as_one_batch_are_answered_as_the_parts_are(
    two_lengths: list[Batch], world: StoryWorld, reader: BertForPreTraining
):
    one = as_one(two_lengths, world.tokenizer.pad_id)
    assert one.input_ids.shape == (8, two_lengths[1].input_ids.shape[1])
    asked = [len(part.positions) for part in two_lengths]
    with torch.no_grad():
        whole = ask(reader, one).mlm_loss
        parts = [ask(reader, part).mlm_loss for part in two_lengths]
    weighted = sum(loss * count for loss, count in zip(parts, asked, strict=True)) / sum(asked)
    assert float(whole) == pytest.approx(float(weighted), rel=1e-5)
    with pytest.raises(ValueError, match="no parts"):
        as_one([], 0)


def test_shuffled_rows_hold_the_same_pieces_and_the_same_questions(two_lengths: list[Batch], world: StoryWorld):
    for part in two_lengths:
        moved = shuffled(part, world.tokenizer)
        assert not torch.equal(moved.input_ids, part.input_ids)
        assert torch.equal(moved.input_ids.sort(dim=1).values, part.input_ids.sort(dim=1).values)
        assert torch.equal(moved.labels.sort(dim=1).values, part.labels.sort(dim=1).values)
        assert torch.equal(moved.input_ids[:, 0], part.input_ids[:, 0]), "[CLS] stays"
        ends = part.input_ids == world.tokenizer.sep_id
        assert torch.equal(moved.input_ids == world.tokenizer.sep_id, ends), "[SEP] stays"
        asked = moved.labels.flatten()[moved.positions]
        assert (asked != -100).all()
        assert torch.equal(moved.input_ids.flatten()[moved.positions] == world.tokenizer.mask_id, asked > 0)


def test_a_model_without_positions_loses_nothing_when_words_are_shuffled(two_lengths: list[Batch], world: StoryWorld):
    torch.manual_seed(0)
    model = BertForPreTraining(story_config("pocket", world.tokenizer).replace(initializer_range=0.3)).eval()
    part = two_lengths[1]
    with torch.no_grad():
        with_positions = [ask(model, each).mlm_loss for each in (part, shuffled(part, world.tokenizer))]
        model.bert.embeddings.position.weight.zero_()
        without = [ask(model, each).mlm_loss for each in (part, shuffled(part, world.tokenizer))]
    assert float(without[0]) == pytest.approx(float(without[1]), rel=1e-5)
    assert abs(float(with_positions[0] - with_positions[1])) > 0.01
