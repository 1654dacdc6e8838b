"""The written passages keep their promises: how many, how long, in which sense, and in nobody else's words."""

import re
from collections import Counter
from collections.abc import Iterable

import pytest

from bertlab.corpora import Passage, SensePair, find_text_files, passages, read_documents, sense_pairs, split_sentences
from bertlab.corpora.prose import SENSES

ALL = passages()
PAIRS = sense_pairs()
NAMES = [f"{passage.word or passage.sense}: {passage.title}" for passage in ALL]
# A plain passage avoids these too: of one family with the twelve words.
FAMILY = {
    "python": "pythons pythonic",
    "bank": "banks banker bankers banking banked banknote banknotes",
    "bat": "bats batted batting batter batters",
    "bass": "basses bassist",
    "spring": "springs springing sprang sprung springtime springy",
    "light": "lights lit lighted lighter lighting lightly lightness sunlight daylight moonlight lighthouse",
    "bark": "barks barked barking",
    "seal": "seals sealed sealing sealant",
    "mouse": "mice mousetrap",
    "bow": "bows bowed bowing bowstring",
    "crane": "cranes craned craning",
    "date": "dates dated dating",
}


def words(text: str) -> list[str]:
    """Lower-cased, without punctuation; an apostrophe joins, so that it's stays one word."""
    return re.findall(r"[^\W_]+", re.sub("['’]", "", text.lower()))


def runs(text: str, length: int) -> set[str]:
    """Every so many words in a row."""
    found = words(text)
    return {" ".join(found[i : i + length]) for i in range(len(found) - length + 1)}


def shared(texts: Iterable[str], length: int) -> list[str]:
    """Runs of words that occur in more than one of the texts."""
    counts = Counter(run for text in texts for run in runs(text, length))
    return sorted(run for run, count in counts.items() if count > 1)


def has(word: str, text: str) -> bool:
    """The word itself or its plural, in any case."""
    return bool({word, f"{word}s", *(["mice"] if word == "mouse" else [])} & set(words(text)))


def test_there_are_three_hundred_and_sixty():
    assert (len(ALL), len(PAIRS)) == (300, 60)
    assert len(set(NAMES)) == 300
    by_sense = Counter((passage.word, passage.sense) for passage in ALL)
    assert by_sense.pop(("", "plain")) == 96
    assert by_sense.keys() == {(word, sense) for word, both in SENSES.items() for sense in both}
    assert min(by_sense.values()) >= 8  # of each sense, so at least ten of each word
    assert Counter(pair.word for pair in PAIRS) == dict.fromkeys(SENSES, 5)


@pytest.mark.parametrize("passage", ALL, ids=NAMES)
def test_a_passage_is_of_its_length_and_has_its_word_or_none(passage):
    assert 60 <= len(passage.text.split()) <= 90
    assert passage.text == " ".join(passage.text.split())
    assert len(split_sentences(passage.text)) >= 3  # as next-sentence demonstrations need
    assert not re.search(r"\b(Mrs?|Ms|Dr|St)\.", passage.text)  # which would be split there
    if passage.word:
        assert has(passage.word, passage.text)
    else:
        forbidden = {each for word, others in FAMILY.items() for each in [word, *others.split()]}
        assert not forbidden & set(words(f"{passage.title} {passage.text}"))


def test_no_six_words_in_a_row_are_in_two_passages():
    assert shared(["a b c d e f g", "x, b c D e 'f g'!"], 6) == ["b c d e f g"]
    assert shared((passage.text for passage in ALL), 6) == []


@pytest.mark.slow
def test_no_eight_words_in_a_row_are_in_published_texts(test_data):
    ours = {run for each in ALL for run in runs(each.text, 8)}
    ours |= {run for pair in PAIRS for text in (pair.text_a, pair.text_b) for run in runs(text, 8)}
    read, found = 0, set()
    for file in find_text_files([test_data / "text"]):
        for document in read_documents(file):
            # Across paragraphs: a run may go on in the next.
            theirs = words(" ".join(document))
            read += len(theirs)
            found |= ours.intersection(map(" ".join, zip(*(theirs[i:] for i in range(8)), strict=False)))
    assert read > 20_000_000
    assert found == set()


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_pair_is_two_short_sentences_with_the_word(pair):
    assert (pair.sense_a, pair.sense_b) == SENSES[pair.word]
    for text in (pair.text_a, pair.text_b):
        assert 5 <= len(text.split()) <= 14
        assert words(text).count(pair.word) == 1
        assert re.fullmatch(r"[A-Z][^.!?]*\.", text)


def test_the_clue_of_a_pair_stands_left_in_many_and_right_in_many():
    sides = Counter()
    for pair in PAIRS:
        (a_left, a_right), (b_left, b_right) = (
            re.split(rf"\b{pair.word}\b", text, flags=re.IGNORECASE) for text in (pair.text_a, pair.text_b)
        )
        assert (a_left, a_right) != (b_left, b_right)
        sides["right" if a_left == b_left else "left" if a_right == b_right else "both"] += 1
    assert min(sides["left"], sides["right"]) >= 15


def test_a_word_has_its_passages_and_plain_ones_have_none():
    snakes = [passage for passage in passages("python") if passage.sense == "snake"]
    assert 8 <= len(snakes) < len(passages("python"))
    assert {passage.word for passage in passages("")} == {""}
    assert [each for word in SENSES for each in passages(word)] + passages("") == ALL
    with pytest.raises(ValueError, match='"pony"; there are about python, bank'):
        passages("pony")


def test_a_passage_and_a_pair_print_readably():
    assert str(Passage("bat", "animal", "Home", "It hung.")) == "Home [bat: animal]\nIt hung."
    assert str(Passage("", "plain", "Home", "It hung.")) == "Home [plain]\nIt hung."
    assert str(SensePair("bat", "animal", "A.", "club", "B.")) == "bat: A. [animal] B. [club]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[animal] One\nA bat.\n\n[cave] Two\nA bat.\n",
            r'bat.txt, line 4: the sense "cave" is not one of animal, club',
        ),
        ("[animal] One\n\nA bat.\n", r'bat.txt, line 2: the text of "One" should stand right below its title'),
        ("[animal] One\n[club] Two\nA bat.\n", r'bat.txt, line 2: "One" has no text; a title follows it'),
        ("[animal] One\nA bat.\nAnd one.\n", r'bat.txt, line 3: expected "\[sense\] Title" .* found "And one."'),
        ("[animal]\nA bat.\n", r'bat.txt, line 1: expected "\[sense\] Title"'),
        ("\n[animal] One\n", r'bat.txt, line 2: the file ends before the text of "One"'),
        ("\n \n", r"bat.txt holds no passage"),
        ("[animal] One\nA b\xe4t.\n", r"bat.txt, line 2: byte 0xe4 is not utf-8"),
    ],
)
def test_a_malformed_passage_is_named_by_file_and_line(tmp_path, text, message):
    (tmp_path / "bat.txt").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=message):
        passages("bat", tmp_path)


def test_a_well_formed_file_is_read_whatever_its_line_ends(tmp_path):
    text = "\r\n[animal] One\r\nA bat. \r\n\r\n\r\n[club] Two\r\nMy bat."
    (tmp_path / "bat.txt").write_text(text, encoding="utf-8-sig", newline="")
    one, two = Passage("bat", "animal", "One", "A bat."), Passage("bat", "club", "Two", "My bat.")
    assert passages("bat", tmp_path) == [one, two]
    with pytest.raises(FileNotFoundError, match=r"holds no file plain\*.txt"):
        passages("", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"bow.txt"):
        passages("bow", tmp_path)


HEAD = "word\tsense_a\ttext_a\tsense_b\ttext_b\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the columns are word, sense_a, text_a, sense_b, text_b"),
        (HEAD.replace("\t", ","), "line 1: the columns are"),
        (HEAD + "bat\tanimal\tA bat.\tclub\n", "line 2: 4 columns where there should be 5"),
        (HEAD + "pony\tanimal\tA pony.\tclub\tA pony.\n", 'line 2: "pony" is none of python, bank'),
        (HEAD + "bat\tanimal\tA bat.\tanimal\tA bat.\n", 'line 2: bat has the senses animal and club, not "animal"'),
    ],
)
def test_a_malformed_pair_is_named_by_file_and_line(tmp_path, text, message):
    (tmp_path / "senses.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"senses.tsv, {message}"):
        sense_pairs(tmp_path)


def test_quotes_in_a_pair_are_just_characters(tmp_path):
    (tmp_path / "senses.tsv").write_text(HEAD + 'bat\tanimal\t"A bat," he said.\tclub\tA bat.\n', encoding="utf-8")
    assert sense_pairs(tmp_path) == [SensePair("bat", "animal", '"A bat," he said.', "club", "A bat.")]
