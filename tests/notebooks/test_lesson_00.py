"""What lesson 00 shows when it has been run, and that its claims hold for other seeds and other words."""

import math
import re

import pytest
import torch
from reading import pages_of, printed

import bertlab
from bertlab.lessons.instruments.first_wonder import hide, trust
from bertlab.model import BertForPreTraining
from bertlab.reader import reader

DOOR = "He shut the [MASK] behind him and went down the stairs."
FOND = "She was very [MASK] of him."
PAIR = ("He was [MASK] years old.", "He was [MASK] to go home.")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mini():
    return bertlab.load("mini")


def with_card(model: BertForPreTraining) -> BertForPreTraining:
    card = BertForPreTraining(model.config.replace(causal=True)).eval()
    card.load_state_dict(model.state_dict())
    return card


def moved(model, tokenizer, pair=PAIR) -> float:
    first, second = (trust(model, tokenizer, asked) for asked in pair)
    return sum(max(0.0, first[piece] - second[piece]) for piece in first)


def test_it_draws_figures_with_words_and_two_labs(executed):
    pages = pages_of(executed("00").notebook)
    figures = [page for page in pages if page.startswith("<figure")]
    assert len(figures) == 3
    for page in figures:
        assert re.search(r'<img alt="[^"]{20,}"', page)
        assert "<table>" in page
    labs = [page for page in pages if "<iframe" in page and "AttentionLab" in page]
    assert len(labs) == 2
    assert "never trained, its parameters are random numbers" in labs[1]


def test_what_is_asked_stands_there_and_nothing_is_explained_yet(executed):
    said = "\n".join(printed(cell) for cell in executed("00").notebook.cells if cell.cell_type == "code")
    assert said.count("First a guess, in the cell above") == 3
    assert "Not so." not in said
    assert "The lessons will run." in said


def test_it_shows_the_truth_beside_berts_guess(executed):
    alts = re.findall(r'alt="(How sure one can be of the hole[^"]*)"', "\n".join(pages_of(executed("00").notebook)))
    assert len(alts) == 2
    assert re.search(r": castle 100\.0%, BERT 9\d\.\d%", alts[0]), "one can be sure, and BERT is"
    exact, guessed = zip(*re.findall(r"\w+ ([\d.]+)%, BERT ([\d.]+)%", alts[1]), strict=True)
    assert exact == ("25.0",) * 4, "the answer is a small die"
    assert all(15 < float(share) < 35 for share in guessed), "and BERT has found it out"


def test_the_puzzle_is_answered_in_numbers(executed):
    said = "\n".join(printed(cell) for cell in executed("00").notebook.cells if cell.cell_type == "code")
    sides = re.findall(r"(door|fond): a die with (\d+) sides reading both ways, (\d+) with the card", said)
    (_, door, door_with_card), (_, fond, fond_with_card) = sides
    assert int(door_with_card) < 4 * int(door), "for door, the words before the hole do much of the work"
    assert int(fond_with_card) > 20 * int(fond), "for fond, nearly all comes from the words after it"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_untrained_network_guesses_and_looks_nearly_evenly(mini, seed: int):
    model, tokenizer = mini
    torch.manual_seed(seed)
    untrained = BertForPreTraining(model.config).eval()
    shares, even = trust(untrained, tokenizer, DOOR), 1 / len(tokenizer)
    assert max(shares.values()) < 6 * even
    assert abs(-math.log(shares["door"]) - math.log(len(tokenizer))) < 2, "near the loss of an even guess"
    ten = ("table", "window", "house", "night", "man", "time", "hand", "day", "way", "child")
    assert {shares[word] > even for word in ten} == {True, False}, "some lie above it, some below"
    looks = reader(untrained, tokenizer)(FOND).attentions
    assert looks.max() < 1.5 / looks.shape[-1]
    assert reader(model, tokenizer)(FOND).attentions.max(axis=-1).mean() > 4 / looks.shape[-1]


@pytest.mark.parametrize(
    "pair",
    [
        PAIR,
        ("She opened the [MASK] and went in.", "She opened the [MASK] and read it aloud."),
        ("It was a very [MASK] day.", "It was a very [MASK] man who spoke."),
    ],
)
def test_only_without_the_card_the_right_side_moves_trust(mini, pair):
    model, tokenizer = mini
    assert moved(model, tokenizer, pair) > 0.05
    assert moved(with_card(model), tokenizer, pair) < 1e-5, "products of other sizes are rounded otherwise"


def test_the_exercise_on_the_loss_of_a_text_shows_its_symptom(executed):
    said = "\n".join(printed(cell) for cell in executed("00").notebook.cells if cell.cell_type == "code")
    two, one = (float(re.search(rf"([\d.]+) nats in {where}", said)[1]) for where in ("two sentences", "one"))
    assert one == pytest.approx((math.log(2) + 3 * math.log(10)) / 4, abs=1e-4)
    assert two == pytest.approx((math.log(2) + math.log(10)) / 2, abs=1e-4)


def test_the_holes_that_the_lesson_words_hide_what_it_says():
    assert hide("He shut the door behind him and went down the stairs.", "door") == DOOR
