"""Public corpora out of folders like the Hub's: nothing lost, nothing half, the same bytes by the same seed."""

import hashlib
import json
import re
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from bertlab.corpora import fetch, find_text_files, hub, read_documents
from bertlab.corpora.fetch import fetch_corpus, source_file
from bertlab.corpora.public import CORPORA, NO_BOOKCORPUS, find_corpus

CARD = """---
license:
{licence}
configs:
- config_name: {config}
  data_files:
  - split: train
    path: {config}/train-*
---
"""
LICENCE = "- cc-by-sa-3.0\n- gfdl"


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    """`datasets` keeps its locks here, not at home."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def repository(
    folder: Path, config: str, files: list[list[str]], row_group: int, licence=LICENCE, column="text"
) -> Path:
    """A folder like one of the Hub's: a card, and a list of texts in each Parquet file."""
    (folder / config).mkdir(parents=True)
    for number, texts in enumerate(files):
        table = pyarrow.table({"id": [f"{number}-{row}" for row in range(len(texts))], column: texts})
        name = f"train-{number:05}-of-{len(files):05}.parquet"
        parquet.write_table(table, folder / config / name, row_group_size=row_group)
    (folder / "README.md").write_text(CARD.format(config=config, licence=licence), encoding="utf-8")
    return folder


def wikipedia(folder: Path, **changes) -> Path:
    """60 articles in two files, 7 to a row group; one is empty, one has line ends of other kinds."""
    texts = [f"Article {number} begins.\n\n  It ends {number}. " for number in range(60)]
    texts[13], texts[47] = "\n \n", "One\u2028two\x0bthree\0\ufeff\n日本 四"
    return repository(folder, "20231101.simple", [texts[:30], texts[30:]], 7, **changes)


def wikipedia_documents() -> list[list[str]]:
    """What must come out of it, whatever the order."""
    plain = [[f"Article {number} begins.", f"It ends {number}."] for number in range(60) if number not in (13, 47)]
    return [*plain, ["One", "two", "three", "日本 四"]]


def wikitext(folder: Path) -> Path:
    """20 articles, a row a line; one lies across the two files, and two lines of each look like titles."""
    rows = []
    for number in range(20):
        rows += ["", f" = Article {number} = \n", ""]
        for part in range(number % 4):
            rows += [f" Line {part} of {number} , well @-@ known . \n", " It costs 1 @,@ 000 . \n"]
            rows += ["", f" = = Part {part} = = \n", ""]
        rows += [f" = {number} in a formula = \n", f" Article {number} ends . \n", f" = {number} again = \n"]
    return repository(folder, "wikitext-2-raw-v1", [rows[:97], rows[97:]], 10)


def wikitext_documents() -> list[list[str]]:
    parts = ["Line {part} of {number} , well-known .", "It costs 1,000 ."]
    return [
        [line.format(part=part, number=number) for part in range(number % 4) for line in parts]
        + [f"= {number} in a formula =", f"Article {number} ends .", f"= {number} again ="]
        for number in range(20)
    ]


def get(folder, out, documents=1000, name="simple-wikipedia", **options):
    return fetch_corpus(name, documents, out, folder=folder, **{"buffer": 8} | options)


KINDS = pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("simple-wikipedia", wikipedia, wikipedia_documents()),
        ("wikitext-2", wikitext, wikitext_documents()),
    ],
    ids=["rows", "headings"],
)


@KINDS
def test_every_document_comes_once_and_is_read_back_whole(tmp_path, name, make, expected):
    told = get(make(tmp_path / "copy"), tmp_path / "a.txt", name=name)
    found = list(read_documents(tmp_path / "a.txt"))
    assert sorted(found) == sorted(expected)
    assert found != expected
    assert told[1:] == ["the corpus has no more: 1,000 were asked for"]


@KINDS
def test_the_seed_decides_the_bytes(tmp_path, name, make, expected):
    folder = make(tmp_path / "copy")
    for out, seed in (("a", 3), ("b", 3), ("c", 4)):
        get(folder, tmp_path / out, name=name, seed=seed)
    a, b, c = ((tmp_path / out).read_bytes() for out in "abc")
    assert a == b
    assert a != c
    assert b"\r" not in a


def test_a_few_documents_come_from_everywhere_and_begin_the_longer_file(tmp_path):
    folder = wikipedia(tmp_path / "copy")
    get(folder, tmp_path / "a.txt", documents=13, buffer=30, seed=1)
    get(folder, tmp_path / "b.txt", documents=45, buffer=30, seed=1)
    short = list(read_documents(tmp_path / "a.txt"))
    assert short == list(read_documents(tmp_path / "b.txt"))[:13]
    numbers = [int(re.search(r"\d+", document[0])[0]) for document in short if document[0] != "One"]
    assert {number // 30 for number in numbers} == {0, 1}  # both files
    assert len({number // 7 for number in numbers}) >= 4


def test_the_seed_decides_which_few_documents_come(tmp_path):
    folder, drawn = wikipedia(tmp_path / "copy"), set()
    for seed in range(4):
        get(folder, tmp_path / "a.txt", documents=7, buffer=7, seed=seed, force=True)
        drawn.add(frozenset(map(tuple, read_documents(tmp_path / "a.txt"))))
    assert len(drawn) > 1


def test_an_article_across_two_files_stays_whole_under_every_seed(tmp_path):
    folder = wikitext(tmp_path / "copy")
    for seed in range(5):
        get(folder, tmp_path / "a.txt", name="wikitext-2", seed=seed, force=True)
        assert sorted(read_documents(tmp_path / "a.txt")) == sorted(wikitext_documents())


def breaking_off(monkeypatch, after: int, error: BaseException, counted: list):
    """Let reading fail after some rows; `counted` receives every row that was read."""
    arriving = hub._arriving

    def broken(rows, where):
        def some():
            for row in rows:
                if len(counted) == after:
                    raise error
                counted.append(row["text"])
                yield row

        return arriving(some(), where)

    monkeypatch.setattr(hub, "_arriving", broken)


@pytest.mark.parametrize("after", [0, 1, 9, 20, 31, 47, 58])
@KINDS
def test_broken_off_and_gone_on_gives_the_same_bytes(tmp_path, monkeypatch, capsys, name, make, expected, after):
    folder = make(tmp_path / "copy")
    all_rows, rows_left = [], []
    with monkeypatch.context() as during:
        breaking_off(during, 10**9, KeyboardInterrupt(), all_rows)
        get(folder, tmp_path / "whole.txt", name=name, buffer=3)
    texts, out = tmp_path / "texts", tmp_path / "texts" / "a.txt"
    with monkeypatch.context() as during:
        breaking_off(during, after, KeyboardInterrupt(), [])
        with pytest.raises(KeyboardInterrupt):
            get(folder, out, name=name, buffer=3)
    assert not out.exists()
    assert not source_file(out).exists()
    with pytest.raises(FileNotFoundError):
        find_text_files([texts])
    begun = capsys.readouterr().out
    kept = int(re.search(r"(\d+) documents are kept", begun)[1]) if "are kept" in begun else 0
    assert ("nothing is kept" in begun) == (kept == 0)

    with monkeypatch.context() as during:
        breaking_off(during, 10**9, KeyboardInterrupt(), rows_left)
        get(folder, out, name=name, buffer=3)
    assert out.read_bytes() == (tmp_path / "whole.txt").read_bytes()
    assert (f"going on after {kept} documents" in capsys.readouterr().out) == (kept > 0)
    assert sorted(file.name for file in texts.iterdir()) == ["a.txt", "a.txt.source.json"]
    assert len(rows_left) <= len(all_rows) - kept  # what is done is not read again


@KINDS
def test_broken_off_again_and_again_gives_the_same_bytes(tmp_path, monkeypatch, name, make, expected):
    folder, out = make(tmp_path / "copy"), tmp_path / "a.txt"
    get(folder, tmp_path / "whole.txt", name=name, buffer=2)
    for _ in range(100):
        with monkeypatch.context() as during:
            breaking_off(during, 45, KeyboardInterrupt(), [])
            try:
                get(folder, out, name=name, buffer=2)
            except KeyboardInterrupt:
                continue
            break
    assert out.read_bytes() == (tmp_path / "whole.txt").read_bytes()


def test_a_lost_connection_is_told_with_what_is_kept(tmp_path, monkeypatch):
    folder, out = wikipedia(tmp_path / "copy"), tmp_path / "a.txt"
    with monkeypatch.context() as during:
        breaking_off(during, 20, RuntimeError("the cable\nwas cut"), [])
        with pytest.raises(ConnectionError, match=r"RuntimeError: the cable\. 16 documents are kept; the same command"):
            get(folder, out)
    get(folder, out)
    assert sorted(read_documents(out)) == sorted(wikipedia_documents())


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A download that broke off after two blocks, and what it should become."""
    folder = wikipedia(tmp_path / "copy")
    get(folder, tmp_path / "whole.txt")
    with monkeypatch.context() as during:
        breaking_off(during, 20, KeyboardInterrupt(), [])
        with pytest.raises(KeyboardInterrupt):
            get(folder, tmp_path / "a.txt")
    return folder, tmp_path / "a.txt", (tmp_path / "whole.txt").read_bytes()


def test_what_was_written_after_the_note_is_written_again(broken):
    folder, out, whole = broken
    with (out.parent / ".part-a.txt").open("ab") as part:
        part.write(b"\nhalf a docum")
    get(folder, out)
    assert out.read_bytes() == whole


@pytest.mark.parametrize("damage", ["text lost", "text cut", "note cut", "note of another kind"])
def test_what_is_damaged_is_begun_anew(broken, damage):
    folder, out, whole = broken
    part, note = out.parent / ".part-a.txt", out.parent / ".part-a.txt.json"
    if damage == "text lost":
        part.unlink()
    elif damage == "text cut":
        part.write_bytes(part.read_bytes()[:-1])
    elif damage == "note cut":
        note.write_bytes(note.read_bytes()[:30])
    else:
        note.write_text("[]")
    get(folder, out)
    assert out.read_bytes() == whole


@pytest.mark.parametrize("change", [{"seed": 5}, {"buffer": 9}, {"documents": 9}, "another folder"], ids=str)
def test_what_was_begun_otherwise_is_begun_anew(broken, tmp_path, capsys, change):
    folder, out, _ = broken
    options = {} if change == "another folder" else change
    if change == "another folder":
        (folder / "README.md").write_text((folder / "README.md").read_text() + "\nMore.\n")
    get(folder, out, **options)
    assert "beginning anew" in capsys.readouterr().out
    get(folder, tmp_path / "b.txt", **options)
    assert out.read_bytes() == (tmp_path / "b.txt").read_bytes()


def test_what_was_all_but_done_can_become_more(tmp_path, monkeypatch):
    """20 documents end inside the third block; of that block, nothing may be taken for done."""
    folder, out = wikipedia(tmp_path / "copy"), tmp_path / "a.txt"
    get(folder, tmp_path / "whole.txt")
    with monkeypatch.context() as during:
        during.setattr(fetch.Download, "finish", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            get(folder, out, documents=20)
    get(folder, out)
    assert out.read_bytes() == (tmp_path / "whole.txt").read_bytes()


def test_licence_and_origin_stand_beside_the_text(tmp_path, capsys):
    folder, out = wikipedia(tmp_path / "copy"), tmp_path / "new" / "a.txt"
    told = get(folder, out, documents=20, seed=6)
    assert told == [f"{out}: 20 documents; licence and origin in a.txt.source.json"]
    about = json.loads(source_file(out).read_text(encoding="utf-8"))
    said = capsys.readouterr().out
    assert f"licence: {about['licence']}" in said
    assert f"revision {about['revision']}" in said
    assert about.pop("date").startswith("20")
    assert about.pop("revision").startswith("files-")
    corpus = find_corpus("simple-wikipedia")
    assert about == {
        "name": "simple-wikipedia",
        "hub_id": "wikimedia/wikipedia",
        "config": "20231101.simple",
        "split": "train",
        "folder": str(folder),
        "seed": 6,
        "buffer": 8,
        "documents": 20,
        "asked_documents": 20,
        "licence": "CC BY-SA 3.0 and GFDL",
        "licence_from": corpus.licence_from,
        "licence_on_card": ["cc-by-sa-3.0", "gfdl"],
        "what": corpus.what,
        "changes": corpus.changes,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
    }


@pytest.mark.parametrize(("licence", "says"), [("- mit", "mit"), ("  unknown", "unknown")])
def test_a_card_with_another_licence_is_told(tmp_path, licence, says):
    told = get(wikipedia(tmp_path / "copy", licence=licence), tmp_path / "a.txt", documents=20)
    assert told[-1] == f"the card now names {says} as licence, not cc-by-sa-3.0, gfdl: read it"
    assert json.loads(source_file(tmp_path / "a.txt").read_text())["licence_on_card"] == [says]


def test_a_plain_folder_of_json_lines_is_read_too(tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    lines = [json.dumps({"text": f"Story {number}.\nThe end."}) for number in range(30)] + ['{"text": null}']
    (folder / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = get(folder, tmp_path / "a.txt", name="tinystories")
    expected = [[f"Story {number}.", "The end."] for number in range(30)]
    assert sorted(read_documents(tmp_path / "a.txt")) == sorted(expected)
    assert told[-1] == "the card now names nothing as licence, not cdla-sharing-1.0: read it"


def test_what_is_there_as_asked_is_left_alone(tmp_path, monkeypatch):
    folder, out = wikipedia(tmp_path / "copy"), tmp_path / "a.txt"
    get(folder, out, documents=20)
    monkeypatch.setattr(fetch, "open_corpus", None)  # no look at the source, so none at the network
    assert get(folder, out, documents=20) == [
        f"{out} is there already, as asked: 20 documents; --force fetches it anew"
    ]


@pytest.mark.parametrize("change", [{"seed": 1}, {"documents": 21}, {"buffer": 9}, "text changed", "no licence beside"])
def test_something_else_is_not_replaced(tmp_path, change):
    folder, out = wikipedia(tmp_path / "copy"), tmp_path / "a.txt"
    get(folder, out, documents=20)
    options = {"documents": 20} | (change if isinstance(change, dict) else {})
    if change == "text changed":
        out.write_text("mine")
    elif change == "no licence beside":
        source_file(out).unlink()
    before = out.read_bytes()
    with pytest.raises(FileExistsError, match=r"a\.txt exists and is something else; give another --out, or --force"):
        get(folder, out, **options)
    assert out.read_bytes() == before
    get(folder, out, **options, force=True)
    assert len(list(read_documents(out))) == options["documents"]


def test_a_replacement_that_breaks_off_leaves_the_old_file(tmp_path, monkeypatch):
    folder, out = wikipedia(tmp_path / "copy"), tmp_path / "a.txt"
    out.write_text("mine")
    breaking_off(monkeypatch, 20, KeyboardInterrupt(), [])
    with pytest.raises(KeyboardInterrupt):
        get(folder, out, force=True)
    assert out.read_text() == "mine"


def test_a_block_ends_before_it_fills_the_memory():
    stream = [(["x" * 30, "y" * 20], (0, row)) for row in range(1, 8)]
    cut = list(fetch.blocks(stream, size=100, characters=120))
    assert [(len(block), end) for block, end in cut] == [(3, (0, 3)), (3, (0, 6)), (1, (0, 7))]


def test_real_wikitext_has_its_sixty_articles(test_data):
    """Source: Merity et al. 2016, table 1: 60 articles to validate on."""
    rows = (test_data / "text" / "wikitext2_valid.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    found = [document for document, _ in hub.articles((row, (0, number)) for number, row in enumerate(rows, start=1))]
    assert len(found) == 60
    lines = [line for document in found for line in document]
    assert not [line for line in lines if re.fullmatch(r"(= )+.*( =)+", line) or "@-@" in line]
    words = sum(len(re.findall(r"[^\W\d_]{3,}", line)) for line in lines)
    headings = sum(len(re.findall(r"[^\W\d_]{3,}", row)) for row in rows if re.fullmatch(r" (= )+.*( =)+ \n", row))
    assert words + headings == sum(len(re.findall(r"[^\W\d_]{3,}", row)) for row in rows)


@pytest.mark.parametrize("name", ["bookcorpus", "BookCorpus", "bookcorpusopen", "Toronto BooksCorpus", "book-corpus"])
def test_bookcorpus_is_refused_with_the_reason(name, tmp_path):
    with pytest.raises(ValueError, match="licensed for personal reading only") as error:
        get(tmp_path, tmp_path / "a.txt", name=name)
    assert str(error.value) == NO_BOOKCORPUS


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": "simple_wikipedai"}, "did you mean simple-wikipedia.*wikitext-103"),
        ({"name": "xyz"}, r"no corpus is called 'xyz'\. There are: wikitext-2"),
        ({"split": "test"}, "no split 'test'; there is train"),
        ({"documents": 0}, "at least 1, not 0"),
        ({"buffer": 0}, "at least 1"),
        ({"out": "a.txt.xz"}, "name the file a.txt"),
        ({"name": "chinese-wikipedia"}, r"copy holds no train of wikimedia/wikipedia, 20231101\.zh"),
        ({"folder": "nowhere"}, "nowhere is no folder; give a copy of the repository wikimedia/wikipedia"),
        ({"folder": "empty"}, "empty holds no train of wikimedia/wikipedia"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said(tmp_path, options, says):
    wikipedia(tmp_path / "copy")
    (tmp_path / "empty").mkdir()
    options = {"out": "a.txt", "folder": "copy"} | options
    with pytest.raises((ValueError, FileNotFoundError), match=says):
        get(tmp_path / options.pop("folder"), tmp_path / options.pop("out"), **options)
    assert {file.name for file in tmp_path.iterdir()} <= {"copy", "empty", "cache"}


def test_a_corpus_without_its_column_or_without_text_is_said(tmp_path):
    with pytest.raises(ValueError, match="no column 'text', but id, article"):
        get(wikipedia(tmp_path / "copy", column="article"), tmp_path / "a.txt")
    with pytest.raises(ValueError, match="holds no document"):
        get(repository(tmp_path / "blank", "20231101.simple", [["", "\n"]], 7), tmp_path / "a.txt")
    assert {file.name for file in tmp_path.iterdir()} == {"copy", "blank", "cache"}


def test_without_the_library_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(
        ImportError, match=r"^datasets is missing; public corpora need it: pip install 'bertlab\[hub\]'$"
    ):
        get(None, tmp_path / "a.txt")


def test_without_a_network_it_says_what_there_is(tmp_path, monkeypatch):
    import huggingface_hub

    def unreachable(*_, **__):
        raise RuntimeError("Name or service not known\nand more")

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", unreachable)
    with pytest.raises(ConnectionError) as error:
        get(None, tmp_path / "a.txt")
    said = str(error.value)
    assert (
        "wikimedia/wikipedia on the Hugging Face Hub cannot be reached (RuntimeError: Name or service not known)"
        in said
    )
    for way_out in ("bertlab corpus story", "data/text/first_light", "--from"):
        assert way_out in said
    assert {file.name for file in tmp_path.iterdir()} <= {"cache"}


def test_every_corpus_says_what_it_is_and_under_which_licence():
    assert len({corpus.name for corpus in CORPORA}) == len(CORPORA) >= 6
    for corpus in CORPORA:
        assert find_corpus(corpus.name.upper().replace("-", "_")) is corpus
        assert corpus.licence in str(corpus)
        assert corpus.licence_from in str(corpus)
        # what the card's header calls it is what we call it: cc-by-sa-3.0 is CC BY-SA 3.0
        for identifier in corpus.card_licence:
            assert set(re.split(r"[-.]", identifier)) <= set(re.split(r"[- .,]", corpus.licence.lower()))
