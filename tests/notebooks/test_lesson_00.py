"""What lesson 00 shows when it has been run, and that its claims hold for other seeds and other words."""

import math
import re
import statistics

import pytest
import torch
from reading import pages_of, printed

import bertlab
from bertlab.lessons.instruments.first_wonder import hide, trust
from bertlab.model import BertForPreTraining
from bertlab.paths import data_path
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


def said_in(executed) -> str:
    return "\n".join(printed(cell) for cell in executed("00").notebook.cells if cell.cell_type == "code")


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
    said = said_in(executed)
    assert said.count('First a guess, at guess("00-') == 3
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
    sides = re.findall(
        r"(door|fond): a die of ([\d.]+) sides; only words before ([\d.]+), only after (\d+), none (\d+)",
        said_in(executed),
    )
    (_, *door), (_, *fond) = sides
    both, before, after, none = map(float, door)
    assert none > 1000, "with no word at all the die has more than a thousand sides"
    assert before < 1.6 * both, "for door, the words before the hole are nearly enough"
    assert both < before < 0.1 * after, "and those after it are not"
    both, before, after, none = map(float, fond)
    assert none > 8000, "for fond it has more than there are pieces"
    assert min(before, after) > 10 * both, "neither side is enough alone"
    assert both < 1.6, "together they leave hardly a choice"


def test_with_no_word_at_all_it_bets_on_the_commonest(mini):
    model, tokenizer = mini
    for asked in (6 * "[MASK] " + ".", 11 * "[MASK] " + "."):
        shares = trust(model, tokenizer, asked, 4)
        assert set(sorted(shares, key=shares.get)[-5:]) <= {",", ".", "the", "and", "to", "of", '"', "'"}


PHRASES = [
    ("I have not seen him for a long time.", "time"),
    ("Once upon a time there was a king.", "time"),
    ("I beg your pardon, sir.", "pardon"),
    ("He went on in spite of the rain.", "spite"),
    ("She fell in love at first sight.", "sight"),
    ("As a matter of fact, he was late.", "fact"),
    ("He came back from time to time.", "from"),
    ("She was very fond of him.", "fond"),
    ("On the other hand, it was cheap.", "hand"),
    ("He could not make up his mind.", "mind"),
    ("They lived happily ever after.", "ever"),
    ("It was of no use to her.", "use"),
]
THINGS = [
    ("He mounted his horse and rode away.", "horse"),
    ("The dog barked all night.", "dog"),
    ("She cut the bread with a knife.", "knife"),
    ("He unlocked the gate with his key.", "key"),
    ("The cat caught a mouse.", "mouse"),
    ("The baby drank its milk.", "milk"),
    ("The bird sat on a branch and sang.", "bird"),
    ("He read the letter by the light of the lamp.", "letter"),
    ("The ship had lost both masts.", "ship"),
    ("The cow gives milk.", "cow"),
    ("He wore a hat on his head.", "hat"),
    ("She put on her gloves.", "gloves"),
    ("He lit his pipe and smoked.", "pipe"),
    ("The sheep ate the grass.", "grass"),
]
"""Written before the model was asked; a thing that is more than one piece of the vocabulary was left out."""


def test_it_knows_common_phrases_far_better_than_things(mini):
    model, tokenizer = mini
    shares = [
        {sentence: trust(model, tokenizer, hide(sentence, word))[word] for sentence, word in pairs}
        for pairs in (PHRASES, THINGS)
    ]
    phrases, things = (statistics.median(each.values()) for each in shares)
    assert phrases > 0.4 > 4 * things
    assert shares[0]["I have not seen him for a long time."] > 0.5, "the lesson's phrase"
    assert shares[1]["The dog barked all night."] < 0.1, "and its thing"


def test_a_strong_line_may_be_a_reason_or_none(executed):
    loss = float(re.search(r"loss of door: ([\d.]+) nats", said_in(executed))[1])
    found = re.findall(r"(\d+)% goes to (\w+)\. When that is hidden too, .* ([\d.]+) nats", said_in(executed))
    (behind, _, without_behind), (the, _, without_the), (shut, _, without_shut) = found
    strongest, drawn, even = re.search(
        r"strongest line from the hole: BERT (\d+)%, untrained (\d+)%; if all were even, (\d+)%", said_in(executed)
    ).groups()
    assert behind == strongest
    assert int(drawn) <= int(even) + 2, "the untrained one looks nearly evenly"
    assert float(without_behind) < loss + 0.02, "without behind it loses no more"
    assert int(the) > 0.85 * int(behind), "the has nearly as strong a line"
    assert loss + 0.1 < float(without_the) < loss + 0.4, "without the it loses somewhat more"
    assert 0.35 < int(shut) / int(behind) < 0.6, "the line to shut is about half as strong"
    assert float(without_shut) > loss + 0.7, "without shut it loses much more"


def test_without_shut_it_loses_most_by_far_of_all_words(mini):
    model, tokenizer = mini
    words = DOOR.rstrip(".").split()
    hole, lost = words.index("[MASK]"), {}
    for at, word in enumerate(words):
        if at != hole:
            asked = " ".join("[MASK]" if place == at else each for place, each in enumerate(words)) + "."
            lost[at, word] = -math.log(trust(model, tokenizer, asked, 2 if at < hole else 1)["door"])
    second, most = sorted(lost, key=lost.get)[-2:]
    assert most == (1, "shut")
    assert lost[most] > lost[second] + 0.5
    assert second == (2, "the"), "the word that the lesson names beside it"


def test_an_untrained_favourite_hangs_on_the_seed_and_not_on_the_hole(executed):
    rows = [row.split() for row in re.findall(r"^seed \d +(.*)$", said_in(executed), re.M)]
    favourites = [set(row[::2]) for row in rows]
    assert [len(each) for each in favourites] == [1, 1, 1]
    assert len(set.union(*favourites)) == 3
    sides = [float(number.replace(",", "")) for row in rows for number in row[1::2]]
    assert min(sides) < 8000 < max(sides), "some dice have more sides than there are pieces, some fewer"
    assert min(sides) > 2000


def test_luck_is_no_limit(executed):
    rules, bert, sure = map(float, re.findall(r"mean loss, each of the four once: ([\d.]+) nats", said_in(executed)))
    assert rules <= bert < rules + 0.1
    assert sure > rules + 1
    alts = "\n".join(pages_of(executed("00").notebook))
    said = {word: float(re.search(rf"{word} 25\.0%, BERT ([\d.]+)%", alts)[1]) for word in ("crown", "sword")}
    assert said["sword"] < 25 < said["crown"]


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
    said = said_in(executed)
    two, one = (float(re.search(rf"([\d.]+) nats in {where}", said)[1]) for where in ("two sentences", "one"))
    assert one == pytest.approx((math.log(2) + 3 * math.log(10)) / 4, abs=1e-4)
    assert two == pytest.approx((math.log(2) + math.log(10)) / 2, abs=1e-4)


def test_presents_belong_to_places_as_the_lesson_says():
    lexicon = data_path("story", "full", "lexicon.txt").read_text(encoding="utf-8")
    venues = {word: re.findall(rf"^venue: (\w+)\nobject\*:.*\b{word}\b", lexicon, re.M) for word in ("crown", "bucket")}
    assert venues == {"crown": ["castle"], "bucket": ["farm"]}


def test_the_holes_that_the_lesson_words_hide_what_it_says():
    assert hide("He shut the door behind him and went down the stairs.", "door") == DOOR
