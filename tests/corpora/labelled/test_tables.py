"""CSV, TSV and JSON Lines with named columns, and every bad row by its line."""

import pytest

from bertlab.corpora.labelled import LabelledText, read_table

ROWS = [LabelledText('Anna, and "Ben"', None, "glad"), LabelledText("One\nand two", None, "sad")]
CSV = 'text,label\n"Anna, and ""Ben""",glad\n"One\nand two",sad\n'


@pytest.fixture
def read(tmp_path):
    def read(content, ending="csv", **options):
        file = tmp_path / f"a.{ending}"
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return list(read_table(file, **options))

    return read


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        (CSV, "csv"),
        (CSV, "CSV"),
        ("\ufeff" + CSV, "csv"),
        (CSV + "\n\n", "csv"),
        (CSV.replace("label\n", "label\r\n").replace("glad\n", "glad \r\n"), "csv"),
        (CSV.encode("utf-16"), "csv"),
        ('label\ttext\nglad\t"Anna, and ""Ben"""\nsad\t"One\nand two"\n', "tsv"),
        (
            r'{"text": "Anna, and \"Ben\"", "label": "glad"}' + "\r\n\n" + r'{"label":"sad","text":"One\nand two"}',
            "jsonl",
        ),
        (
            'text,number,label\n"Anna, and ""Ben""",1,glad\n"One\nand two",2,sad'.replace("number", ""),
            "csv",
        ),
    ],
    ids=["plain", "case of the ending", "mark", "blank lines", "crlf", "utf-16", "tsv", "jsonl", "a nameless column"],
)
def test_tables_are_read(read, text, ending):
    assert read(text, ending) == ROWS


def test_columns_are_named_and_pairs_are_read(read):
    text = "id\tpremise\tclaim\tgold\n7\tAnna sings.\tShe sings.\t entailment \n"
    found = read(text, "tsv", text="premise", text_b="claim", label="gold")
    assert found == [LabelledText("Anna sings.", "She sings.", "entailment")]
    assert str(found[0]) == "entailment: Anna sings. / She sings."


def test_a_file_without_a_first_row_of_names(read):
    assert read("glad,Anna\nsad,Ben\n", columns=["label", "text"])[1] == LabelledText("Ben", None, "sad")


def test_a_form_can_be_named(read):
    assert read("text\tlabel\nAnna\tglad\n", "txt", form="tsv") == [LabelledText("Anna", None, "glad")]


@pytest.mark.parametrize(
    ("text", "ending"), [("text,label\nAnna,3.5\n", "csv"), ('{"text":"Anna","label":3.5}', "jsonl")]
)
def test_numbers_are_for_regression(read, text, ending):
    assert read(text, ending, numbers=True) == [LabelledText("Anna", None, 3.5)]


def test_names_that_look_like_numbers_stay_names(read):
    assert read("text,label\nAnna,01\n")[0].label == "01"
    assert read('{"text":"Anna","label":1}\n{"text":"Anna","label":true}', "jsonl") == [
        LabelledText("Anna", None, "1"),
        LabelledText("Anna", None, "true"),
    ]


def test_quotation_marks_can_be_characters(read):
    text = 'text\tlabel\n"Well\tglad\nhe said "no"\tsad\n"So"\tsad\n'
    assert [each.text_a for each in read(text, "tsv", quoted=False)] == ['"Well', 'he said "no"', '"So"']


def test_line_ends_of_other_kinds_are_part_of_a_text(read):
    assert read("text,label\nOne\u2028two\x85,glad\n")[0].text_a == "One\u2028two\x85"
    assert read('{"text":"One\u2028two\x85","label":"glad"}\n', "jsonl")[0].text_a == "One\u2028two\x85"


@pytest.mark.parametrize(
    ("text", "ending", "options", "says"),
    [
        ("text,label\n", "csv", {}, "holds no row"),
        ("", "jsonl", {}, "holds no row"),
        ("text,label\n", "txt", {}, "says none of csv, tsv, jsonl; name its form: form='tsv'"),
        ("sentence,label\nAnna,glad\n", "csv", {}, "line 2: there is no column 'text', but 'sentence', 'label'; say"),
        ("a,b\nAnna,glad\n", "csv", {}, "line 2: there is no column 'text', 'label', but 'a', 'b'"),
        ("text,label\nAnna,glad\n", "csv", {"text_b": "claim"}, "no column 'claim', but"),
        ("text,text,label\nA,B,glad\n", "csv", {}, "line 1: two columns are called 'text'; rename one"),
        (
            "text,label\n\nAnna, Ben,glad\n",
            "csv",
            {},
            r"line 3: 3 columns, where line 1 names 2 \(text, label\); quote",
        ),
        ("text\tlabel\nAnna\n", "tsv", {}, "line 2: 1 column, where line 1 names 2 .* cannot hold a tab"),
        ("Anna,glad\n", "csv", {"columns": ["text"]}, "line 1: 2 columns, where columns= names 1"),
        ("text,label\nAnna,glad\n ,sad\n", "csv", {}, "line 3: 'text' is empty; it should be a text"),
        ('text,label\n"a\nb",glad\nAnna,\n', "csv", {}, "line 4: 'label' is empty; give the row its label"),
        ("text,b,label\nAnna,,x\n", "csv", {"text_b": "b"}, "line 2: 'b' is empty"),
        ("text,label\nAnna,glad\n", "csv", {"numbers": True}, "line 2: 'label' is 'glad', no number"),
        ("text,label\nAnna,nan\n", "csv", {"numbers": True}, "line 2: 'label' is 'nan', no number"),
        ('text,label\n"Anna" sings,glad\n', "csv", {}, "line 2: .*expected after.*quoted=False"),
        ('text,label\nAnna,glad\n"Ben,sad\nEva,sad\n', "csv", {}, "line 3: unexpected end of data; .*quoted=False"),
        (
            'text\tlabel\n"Well\tx\nHe\ty\nsaid"\tz\n',
            "tsv",
            {},
            "line 2: a quotation mark is closed only in line 4; if",
        ),
        (
            'text\tlabel\n"Well\tx\nHe\ty\rsaid"\tz\n',
            "tsv",
            {},
            "line 2: a quotation mark is closed only in line 4; if",
        ),
        ("text,label\n" + "a" * 200_000 + ",x\n", "csv", {}, r"line 2: field larger.*csv.field_size_limit\(10\*\*9\)"),
        ("text,label\nA\rB,x\n", "csv", {"quoted": False}, "line 2: 1 column, where"),
        (b"text,label\nZo\xeb,x\n", "csv", {}, "line 2: byte 0xeb is not utf-8"),
        (
            '{"text":"A","label":"x"}\n{"text":\n',
            "jsonl",
            {},
            r"line 2: this is no JSON \(.*\); each line is one object",
        ),
        ('{"text":"A","label":"x"}\n', "jsonl", {"columns": ["text", "label"]}, "each line names its columns; leave"),
        ('["A","x"]\n', "jsonl", {}, "line 1: .* is no object; write {"),
        ('{"text":"A"}\n', "jsonl", {}, "line 1: there is no column 'label', but 'text'"),
        ('{"text":7,"label":"x"}\n', "jsonl", {}, "line 1: 'text' is 7; it should be a text"),
        ('{"text":null,"label":"x"}\n', "jsonl", {}, "line 1: 'text' is empty"),
        ('{"text":"A","label":null}\n', "jsonl", {}, "line 1: 'label' is empty"),
        ('{"text":"A","label":["x"]}\n', "jsonl", {}, r"line 1: 'label' is \['x'\]; give"),
        ('{"text":"A","label":0.5}\n', "jsonl", {}, "line 1: 'label' is 0.5; numbers=True reads numbers"),
        ('{"text":"A","label":true}\n', "jsonl", {"numbers": True}, "line 1: 'label' is True, no number"),
        ('{"text":"A","label":NaN}\n', "jsonl", {"numbers": True}, "line 1: 'label' is nan, no number"),
    ],
    ids=str,
)
def test_what_is_broken_is_refused_by_file_and_line(read, tmp_path, text, ending, options, says):
    with pytest.raises(ValueError, match=says) as refusal:
        read(text, ending, **options)
    assert str(refusal.value).startswith(str(tmp_path / f"a.{ending}"))
