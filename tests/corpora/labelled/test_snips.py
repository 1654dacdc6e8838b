"""Three files of which line n belongs together, and what is said where it does not."""

import pytest

from bertlab.corpora.labelled import TaggedWords, read_snips

FILES = {
    "seq.in": "wake me at seven \nturn  it up\n",
    "seq.out": "O O O B-time \nO O O \n",
    "label": "set_alarm\nset_volume#set_light\n",
}
READ = [
    TaggedWords(("wake", "me", "at", "seven"), ("O", "O", "O", "B-time"), "set_alarm"),
    TaggedWords(("turn", "it", "up"), ("O", "O", "O"), "set_volume#set_light"),
]


@pytest.fixture
def read(tmp_path):
    def read(changes, **options):
        for name, text in (FILES | changes).items():
            if text is not None:
                (tmp_path / name).write_bytes(text.encode("utf-8"))
        return list(read_snips(tmp_path, **options))

    return read


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.removesuffix("\n"),
        lambda text: text + "\n \n",
        lambda text: text.replace("B-time", "S-time"),
    ],
    ids=["plain", "crlf", "mark", "no last end", "empty lines at the end", "bioes"],
)
def test_commands_are_read(read, change):
    assert read({name: change(text) for name, text in FILES.items()}) == READ


def test_what_is_not_valid_can_be_read_leniently(read):
    found = read({"seq.out": "O B-day I-time I-time\nO O O\n"}, lenient=True)
    assert found[0].tags == ("O", "B-day", "B-time", "I-time")


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"label": None}, FileNotFoundError, "has no label; this form is seq.in, seq.out, label"),
        ({"label": None, "seq.in": None}, FileNotFoundError, "has no seq.in and no label"),
        ({"label": "set_alarm\n"}, ValueError, "seq.in has 2 lines, seq.out 2, label 1; .* first in line 2"),
        ({"seq.in": "", "seq.out": "", "label": "\n"}, ValueError, "seq.in is empty"),
        ({"seq.out": "O O O B-time\nO O\n"}, ValueError, r"seq.out, line 2: 2 tags for 3 words \('turn  it up'\)"),
        ({"label": "\nset_volume\n"}, ValueError, "label, line 1: nothing stands here; take line 1 out of all three"),
        ({"seq.in": " \nturn it up\n"}, ValueError, "seq.in, line 1: nothing stands here"),
        ({"seq.out": "O O O B-time\nO I-x O\n"}, ValueError, "seq.out, line 2, word 2: I-x goes on with nothing"),
        ({"seq.out": "O O O time\nO O O\n"}, ValueError, "seq.out, line 1, word 4: 'time' is no tag"),
    ],
    ids=str,
)
def test_what_is_broken_is_refused_by_file_and_line(read, tmp_path, changes, error, says):
    with pytest.raises(error, match=says) as refusal:
        read(changes)
    assert str(refusal.value).startswith(str(tmp_path))


def test_a_scheme_can_be_named(read):
    with pytest.raises(ValueError, match=r"line 1, word 4: B-time parts nothing.*not valid IOB1"):
        read({}, scheme="IOB1")
