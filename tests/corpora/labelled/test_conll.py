"""CoNLL columns in all their habits, and every broken line by its number."""

import lzma
import re

import pytest

from bertlab.corpora.labelled import SCHEMES, TaggedWords, read_conll, write_tags

PLAIN = "Anna\tB-PER\nsings\tO\n.\tO\n\nBen\tB-PER\nLee\tI-PER\n"
READ = [TaggedWords(("Anna", "sings", "."), ("B-PER", "O", "O")), TaggedWords(("Ben", "Lee"), ("B-PER", "I-PER"))]


@pytest.fixture
def read(tmp_path):
    def read(text, **options):
        (tmp_path / "a.conll").write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return list(read_conll(tmp_path / "a.conll", **options))

    return read


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\t", " "),
        PLAIN.replace("\t", "   "),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.removesuffix("\n"),
        "\n\n" + PLAIN.replace("\n\n", "\n\t\n  \n\n") + "\n\n",
        "\ufeff" + PLAIN,
        PLAIN.replace("Ben", "\ufeffBen") + "\n\ufeff",
        "# newdoc\n#\n" + PLAIN.replace("sings", "# text = sings O\nsings"),
        PLAIN.replace("\n\n", "\n\n-DOCSTART-\tO\n\n"),
        "-DOCSTART- -X- -X- O\n\n" + PLAIN,
        PLAIN.replace("\n\n", "\n-DOCSTART-\n"),
        "#begin document (a); part 000\n" + PLAIN + "#end document\n",
    ],
    ids=[
        *["tab", "space", "spaces", "crlf", "cr", "no last end", "blank lines", "mark", "marks inside", "remarks"],
        *["docstart", "docstart first", "docstart alone", "begin document"],
    ],
)
def test_habits_of_writing(read, text):
    assert read(text) == READ


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(read, encoding):
    assert read(PLAIN.encode(encoding)) == READ


def test_an_encoding_can_be_named_and_xz_is_unpacked(read, tmp_path):
    assert read("Zoë B-PER\n".encode("cp1252"), encoding="cp1252")[0].words == ("Zoë",)
    (tmp_path / "a.conll.xz").write_bytes(lzma.compress(PLAIN.encode()))
    assert list(read_conll(str(tmp_path / "a.conll.xz"))) == READ


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_becomes_iob2(read, scheme):
    sentences = [[("PER", 0, 3), ("PER", 3, 4)], [("LOC", 1, 2)], []]
    text = "".join("".join(f"w {tag}\n" for tag in write_tags(spans, 5, scheme)) + "\n" for spans in sentences)
    assert [each.tags for each in read(text)] == [write_tags(spans, 5) for spans in sentences]
    assert read(text, scheme=scheme) == read(text)


def test_columns_are_chosen(read):
    text = "1 Anna NNP I-NP B-PER\n2 sings VBZ I-VP O\n\n1 Ben NNP I-NP B-PER\n"
    assert [each.words for each in read(text, word=1)] == [("Anna", "sings"), ("Ben",)]
    assert [each.tags for each in read(text, word=1, tag=3)] == [("B-NP", "B-VP"), ("B-NP",)]


def test_words_that_look_like_remarks_are_words(read):
    for text in (
        "# O\n#berlin B-LOC\n#1 O\n",
        "#\tO\n#berlin\tB-LOC\n#1\tO\n",
        "# a remark\n#\tO\n#berlin\tB-LOC\n#1\tO\n",
    ):
        assert read(text) == [TaggedWords(("#", "#berlin", "#1"), ("O", "B-LOC", "O"))]


def test_in_a_file_with_tabs_spaces_belong_to_words(read):
    assert read("0 800\tB-TEL\nnow \tO\n")[0].words == ("0 800", "now")
    assert read("a\u2028b\u00a0c O\nd\x85 O\n")[0].words == ("a\u2028b\u00a0c", "d\x85")


def test_a_prefix_is_taken_off(read):
    assert read("en:Anna\tB-PER\nen:en:\tO\n", prefix="en:")[0].words == ("Anna", "en:")


def test_what_is_valid_in_no_scheme_can_be_read_as_conlleval_does(read):
    text = "Lil B-person\nTurn I-work\nUp I-work\n\nAnna I-person\n"
    assert [each.tags for each in read(text, lenient=True)] == [("B-person", "B-work", "I-work"), ("B-person",)]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", {}, "holds no sentence: a sentence is lines of a word and its tag"),
        ("\n# only\n\n-DOCSTART- O\n", {}, "holds no sentence"),
        ("-DOCSTART- -X- O O\n\n", {}, "holds no sentence"),
        ("# one remark\n# and another, longer\n", {}, "holds no sentence"),
        ("Anna\nsings\n", {}, "line 1: one column only; a word and its tag are parted by a tab or spaces"),
        ("Anna\tO\nsings\n", {}, "line 2: one column, where line 1 has 2, parted by tabs: 'sings'; give the line"),
        ("\nAnna\tO\n\nsings O\n", {}, "line 4: one column, where line 2 has 2, parted by tabs"),
        ("Anna NNP O\nsings O\n", {}, "line 2: 2 columns, where line 1 has 3, parted by spaces"),
        ("Anna O\nwell sung O\n", {}, "line 2: 3 columns, where line 1 has 2"),
        ("Anna O\n#berlin\n", {}, "line 2: one column, where line 1 has 2.*a # and a space before a remark"),
        ("Anna\tO\n\tO\n", {}, "line 2: there is no word; write one, or take the line away"),
        ("Anna\tO\n\u00a0\tO\n", {}, "line 2: there is no word"),
        ("Anna\tO\nBen\t\n", {}, "line 2: '' is no tag; tags are O, or a letter"),
        ("# x\nAnna O\n\nBen PER\n", {}, "line 4: 'PER' is no tag"),
        ("# x\nAnna O\n\n# y\nBen O\n# z\nLee I-PER\nLee O\nLee B-PER\n", {}, "line 7: I-PER goes on with nothing"),
        ("Anna B-PER\n", {"scheme": "IOB1"}, "line 1: B-PER parts nothing.*not valid IOB1. .*lenient=True"),
        ("Anna S-PER\nBen B-PER\n\n", {}, "line 2: B-PER is not ended: no I and no E of its kind follows"),
        ("Anna O\n", {"tag": 2}, "line 1: there is no column tag=2; it has 2, from 0 on"),
        ("Anna O\n", {"word": -3}, "there is no column word=-3"),
        ("en:Anna O\nBen O\n", {"prefix": "en:"}, "line 2: 'Ben' does not begin with 'en:'; name another"),
        ("en: O\n", {"prefix": "en:"}, "line 1: there is no word"),
        (b"Anna O\nZo\xeb O\n", {}, "line 2: byte 0xeb is not utf-8"),
        ("Anna O\n".encode("utf-16-le"), {}, "line 1: a NUL character"),
    ],
)
def test_what_is_broken_is_refused_by_file_and_line(read, tmp_path, text, options, says):
    with pytest.raises(ValueError, match=says) as refusal:
        read(text, **options)
    assert str(refusal.value).startswith(str(tmp_path / "a.conll"))


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape("nowhere.conll")):
        list(read_conll(tmp_path / "nowhere.conll"))


def test_sentences_come_one_by_one(tmp_path):
    (tmp_path / "a").write_text(PLAIN)
    assert next(read_conll(tmp_path / "a")) == READ[0]
