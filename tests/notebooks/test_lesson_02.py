"""What lesson 02 shows, when it has been run: every claim of its prose, with a margin; what is drawn, for 3 seeds."""

import random
import re

import pytest
from reading import pages_of, printed

import bertlab
from bertlab.corpora import passages, read_documents, split_sentences
from bertlab.lessons.instruments.damaged_words import losses_beside, pick_places
from bertlab.lessons.instruments.vocabulary_sizes import pieces_a_word
from bertlab.paths import data_path
from bertlab.text import train_wordpiece
from bertlab.text.wordpiece_training import count_words

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def said(executed) -> str:
    return "\n".join(printed(cell) for cell in executed("02").notebook.cells if cell.cell_type == "code")


def found(pattern: str, text: str) -> list[float]:
    match = re.search(pattern, text)
    assert match, pattern
    return [float(number.replace(",", "")) for number in match.groups()]


def test_words_are_missing_characters_make_long_rows_and_pieces_lie_between(said):
    line = r" +([\d.]+)% of words unknown, in (\d+)% of the stories; ([\d.]+) entries a word"
    words, characters, pieces = (found(name + line, said) for name in ("whole words", "characters", "word pieces"))
    assert words[0] > 4
    assert words[1] > 80, "most stories have an unknown word"
    assert characters[:2] == pieces[:2] == [0, 0]
    assert 3 < characters[2] < 4, "rows three times as long"
    assert pieces[2] < 1.3


def test_the_packages_merges_are_those_by_hand(said):
    assert "= 21" in said
    assert "('##i', '##n'), ('##in', '##g')" in said
    assert "21 entries to begin with: [PAD] [UNK]" in said
    assert "k ##ing: 7   s ##ing: 7" in said
    assert "the package's merges are the same: True" in said


def test_by_frequency_far_fewer_pieces_a_word_than_by_likelihood(executed):
    title = next(page for page in pages_of(executed("02").notebook) if "Pieces a word of unread text" in page)
    frequency, likelihood = found(r"at 3,000 by frequency ([\d.]+), by likelihood ([\d.]+)", title)
    assert likelihood > frequency + 0.4
    wide = found(r'"frequency":\[([\d.]+),', title) + found(r'"likelihood":\[([\d.]+),', title)
    assert wide[0] == wide[1], "both begin with the characters alone"


def test_playing_is_whole_in_berts_list_and_cut_in_ours(said):
    assert re.search(r"playing +BERT: playing +ours: play ##ing", said)
    assert re.search(r"replaying +BERT: replay ##ing ", said)
    assert re.search(r"unkindness +BERT: un ##kind ##ness ", said)
    assert re.search(r"kindnes +BERT: kind ##nes ", said)
    assert re.search(r"sharpening +BERT: sharpe ##ning +ours: sharp ##en ##ing", said)
    assert re.search(r"mowing +BERT: mo ##wing ", said)
    words, elsewhere = found(r"(\d+) words in -ing; (\d+) are cut, but not before ##ing: .*wadi ##ng", said)
    assert elsewhere > 5
    assert words > 100
    assert "[UNK] 天 天 [UNK] [UNK] [UNK]" in said
    assert re.search(r"I like it 🙂: +i like it \[UNK\]", said)
    assert re.search(r"CAFÉ: +cafe ", said)


def test_a_slip_costs_more_than_not_knowing_and_less_than_another_word(said):
    whole, wrong, unknown, hidden, other = (
        found(rf"{name} +([\d.]+) nats", said)[0]
        for name in ("as it stands", "one wrong letter", r"\n\[UNK\]", r"\n\[MASK\]", "another word")
    )
    assert whole < min(unknown, hidden) - 0.4
    assert max(unknown, hidden) < wrong - 0.1
    assert wrong < other - 0.1
    for control in ("UNK", "MASK"):
        extra, error = found(rf"against \[{control}\]: \+([\d.]+) nats, plus or minus ([\d.]+)", said)
        assert extra > error
    assert "8,000 pieces; kindnes: kind ##nes" in said


def test_pieces_of_a_rare_word_help(said):
    helped, error = found(r"Pieces of a rare word help: ([\d.]+) nats against \[UNK\], plus or minus ([\d.]+)", said)
    assert helped > 0.15
    assert helped > error


def test_a_floor_is_seen_to_help_the_likelihood_score(said):
    line = r" +([\d,]+) entries, ([\d.]+) pieces a word"
    (many, without), (few, floored), (as_few, by_count) = (
        found(rf"\n{name}{line}", said) for name in ("likelihood", "with a floor", "frequency")
    )
    assert few == as_few < many
    assert by_count + 0.02 < floored < without - 0.4


def without_one_letter(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at + 1 :]


def with_one_letter_twice(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def test_a_floor_mends_much_of_the_likelihood_score_but_not_all():
    read = [passage.text for passage in passages()]
    unread = count_words(" ".join(story) for story in read_documents(data_path("text", "first_light")))
    learned = {floor: train_wordpiece(read, 2000, "likelihood", min_frequency=floor).pieces for floor in (2, 10)}
    taken = {floor: pieces_a_word(unread, pieces) for floor, pieces in learned.items()}
    assert taken[10] < taken[2] - 0.4
    by_count = train_wordpiece(read, len(learned[10])).pieces
    assert pieces_a_word(unread, by_count) < taken[10] - 0.02


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_changed_word_does_holds_for_other_places_and_letters(seed: int):
    model, tokenizer = bertlab.load("mini")
    rng = random.Random(seed)
    sentences = [sentence for passage in passages() for sentence in split_sentences(passage.text)]

    def misspell(word: str) -> str:
        at = rng.randrange(len(word))
        return word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz".replace(word[at], "")) + word[at + 1 :]

    places = pick_places(sentences, tokenizer, count=300, seed=seed)
    words = [place.word for place in places]
    ways = {"whole": words, "wrong": [misspell(word) for word in words], "unknown": ["[UNK]"] * 300,
            "dropped": [without_one_letter(word, rng) for word in words], "hidden": ["[MASK]"] * 300,
            "doubled": [with_one_letter_twice(word, rng) for word in words]}  # fmt: skip
    losses = {name: losses_beside(model, tokenizer, places, shown).mean().item() for name, shown in ways.items()}
    assert losses["whole"] < losses["unknown"] - 0.4
    assert losses["unknown"] < losses["wrong"] - 0.1
    assert losses["unknown"] < losses["dropped"] - 0.1, "as in kindnes"
    assert losses["hidden"] < min(losses["wrong"], losses["dropped"]) - 0.2, "it costs more than knowing nothing"
    assert 0.05 < losses["unknown"] - losses["hidden"] < 0.25, "[UNK] is not much of a trap of its own"
    assert losses["doubled"] < min(losses["wrong"], losses["dropped"]) - 0.1, "doubled letters do the least harm"
    assert losses["doubled"] < losses["unknown"] + 0.1, "and against [UNK] about none"
    rare = pick_places(sentences, tokenizer, whole=False, count=300, seed=seed)
    in_pieces = losses_beside(model, tokenizer, rare, [place.word for place in rare]).mean().item()
    unknown = losses_beside(model, tokenizer, rare, ["[UNK]"] * 300).mean().item()
    assert in_pieces < unknown - 0.15


def test_the_longest_match_is_not_a_replay(said):
    for word, cut in re.findall(r"(\w+) +replayed: (.*?) +longest match: ", said):
        assert "".join(piece.removeprefix("##") for piece in cut.split()) == word
    assert re.search(r"robot +replayed: ro ##b ##ot +longest match: ro ##bo ##t", said)


def test_a_published_number_and_a_published_loop_are_as_told(said):
    assert "10 / (15 * 15) = 2/45" in said
    assert "5 / (15 * 5) = 1/15" in said
    assert "['great', '#', '###', '#', '###', '#', '###', '#']" in said


def test_the_library_merges_by_count(said):
    shared = {score: found(rf"{score} +shares ([\d,]+) of 2,000", said)[0] for score in ("frequency", "likelihood")}
    assert shared["frequency"] > 1950
    assert shared["likelihood"] < 1000


def test_chinese_continuations_never_come_out(said):
    number, reached = found(r"(\d+) such entries, .*; reached: (\d+)", said)
    assert (number, reached) == (244, 0)
