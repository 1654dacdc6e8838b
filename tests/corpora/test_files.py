"""Text files become documents, and what is no text is refused by name and line."""

import lzma
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.corpora import find_text_files, read_documents, split_sentences
from bertlab.corpora.files import read_lines, read_text

TEXT = "One line.\nAnother, with é and 你好.\n\nA second document.\n"
DOCUMENTS = [["One line.", "Another, with é and 你好."], ["A second document."]]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "\n\n" + TEXT + "\n \t\n\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.removesuffix("\n"),
        TEXT.replace("One line.", "  One line. "),
        TEXT.replace("\n\n", "\n\u3000\n\n"),
    ],
    ids=["plain", "blank lines around", "crlf", "no last newline", "indented", "a blank line of spaces"],
)
def test_a_blank_line_ends_a_document(tmp_path, text):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8", newline="")
    assert list(read_documents(tmp_path / "a.txt")) == DOCUMENTS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes(TEXT.encode(encoding))
    assert list(read_documents(tmp_path / "a.txt")) == DOCUMENTS


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16-be", "fe ff"), ("utf-32-be", "00 00 fe ff")])
def test_so_does_one_of_the_other_byte_order(tmp_path, encoding, mark):
    (tmp_path / "a.txt").write_bytes(bytes.fromhex(mark) + TEXT.encode(encoding))
    assert list(read_documents(tmp_path / "a.txt")) == DOCUMENTS


def test_an_encoding_can_be_named(tmp_path):
    (tmp_path / "a.txt").write_bytes("Größe – “café”".encode("cp1252"))
    assert list(read_documents(tmp_path / "a.txt", encoding="cp1252")) == [["Größe – “café”"]]


def test_xz_is_unpacked(tmp_path):
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(TEXT.encode()))
    assert list(read_documents(tmp_path)) == DOCUMENTS


def test_a_folder_means_all_text_in_it_in_order(tmp_path):
    for name in ["b.txt", "a/z.txt", "a/y.txt.xz", "c.md", "d.xz", "e.txt.bak"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "a folder.txt").mkdir()
    found = [tmp_path / name for name in ["a/y.txt.xz", "a/z.txt", "b.txt"]]
    assert find_text_files([tmp_path]) == found
    assert find_text_files([tmp_path / "c.md", tmp_path]) == [tmp_path / "c.md", *found], "a file named is taken"


def test_a_folder_means_no_hidden_files_and_any_case(tmp_path):
    for name in ("a.txt", "BOOK.TXT", "._a.txt"):
        (tmp_path / name).write_text("So it was.")
    assert [file.name for file in find_text_files([tmp_path])] == ["BOOK.TXT", "a.txt"]


def test_files_stay_apart(tmp_path):
    (tmp_path / "a.txt").write_text("End of one")
    (tmp_path / "b.txt").write_text("start of the next")
    assert list(read_documents(tmp_path)) == [["End of one"], ["start of the next"]]
    assert list(read_documents([str(tmp_path / "b.txt"), tmp_path / "a.txt"])) == [
        ["start of the next"],
        ["End of one"],
    ]


@pytest.mark.parametrize(
    ("raw", "encoding", "says"),
    [
        ("one\ntwo\ncaf\xe9\n".encode("cp1252"), None, "line 3: byte 0xe9 is not utf-8; .*--encoding"),
        (b"\xef\xbb\xbfone\n\n\xff", None, "line 3: byte 0xff is not utf-8-sig"),
        ("\ufeffone\ntwo \u0a0a".encode("utf-16-le") + b"!", None, "line 2: byte 0x21 is not utf-16"),
        ("one\ntwo".encode("utf-16-le"), None, "line 1: a NUL character.*--encoding utf-16-le"),
        (b"one\n\x81", "cp1252", "line 2: byte 0x81 is not cp1252"),
        (b"one", "kp1252", "no encoding is called 'kp1252'"),
        (b"one", "hex", "no encoding is called 'hex'"),
    ],
)
def test_what_does_not_decode_is_refused_by_file_and_line(tmp_path, raw, encoding, says):
    (tmp_path / "a.txt").write_bytes(raw)
    for read in (read_text, lambda file, encoding: list(read_documents(file, encoding))):
        with pytest.raises(ValueError, match=says) as refusal:
            read(tmp_path / "a.txt", encoding)
        assert "no encoding" in says or str(tmp_path / "a.txt") in str(refusal.value)


@pytest.mark.parametrize("raw", [b"no xz at all", lzma.compress(TEXT.encode() * 99)[:-20]], ids=["other", "cut short"])
def test_a_damaged_xz_is_refused_by_name(tmp_path, raw):
    (tmp_path / "a.txt.xz").write_bytes(raw)
    with pytest.raises(ValueError, match=r"a\.txt\.xz is damaged or no \.xz file"):
        list(read_documents(tmp_path / "a.txt.xz"))


@given(st.text(alphabet="ab\n\r\x0b\x0c\x1c\x85\u2028 é"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_lines_are_those_of_the_whole_text(text, encoding):
    with TemporaryDirectory() as folder:
        file = Path(folder, "a.txt")
        file.write_bytes(text.encode(encoding))
        assert list(read_lines(file)) == read_text(file).splitlines()


def test_a_large_file_is_never_held_whole(tmp_path):
    (tmp_path / "a.txt").write_text("A line of text.\n" * 1_000_000, encoding="utf-8")
    tracemalloc.start()
    assert sum(1 for _ in read_lines(tmp_path / "a.txt")) == 1_000_000
    assert tracemalloc.get_traced_memory()[1] < 1_000_000, "of 16 MB"
    tracemalloc.stop()


def test_missing_paths_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        find_text_files([tmp_path / "nowhere"])
    (tmp_path / "a.md").write_text("text")
    with pytest.raises(FileNotFoundError, match=r"holds no text.*\.txt or \.txt\.xz"):
        find_text_files([tmp_path])


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("", []),
        ("   ", []),
        ("no end", ["no end"]),
        ("One. Two! Three? 4 is a number.", ["One.", "Two!", "Three?", "4 is a number."]),
        ("It cost 3.50 today. At www.example.org too.", ["It cost 3.50 today.", "At www.example.org too."]),
        ("Well... no. Yes", ["Well... no.", "Yes"]),
        ("“Go.” “Why?” he asked. (He stayed.) Then", ["“Go.”", "“Why?” he asked.", "(He stayed.)", "Then"]),
        ("'No.' \"Yes.\" [Maybe.] Off.", ["'No.'", '"Yes."', "[Maybe.]", "Off."]),
        ("What?! Really.", ["What?!", "Really."]),
        ("A dash. – And on.", ["A dash. – And on."]),
        ("你好。他說：「走！」然後走了？好", ["你好。", "他說：「走！」", "然後走了？", "好"]),
        ("Fini. Était-ce tout ? Où. «Là.» «Ici.»", ["Fini.", "Était-ce tout ?", "Où.", "«Là.»", "«Ici.»"]),
        ("Он ушёл. Она нет. и всё.", ["Он ушёл.", "Она нет. и всё."]),
        ("Two  spaces.   Three.", ["Two  spaces.", "Three."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(paragraph, sentences):
    assert split_sentences(paragraph) == sentences
