"""`bertlab train` from text files to a folder: stopped, killed, taken up again, finished, and asked for too little."""

import json
import lzma
import random
import signal
from collections import Counter
from dataclasses import replace

import pytest
import torch

import bertlab
from bertlab.corpora import tokenize_corpus
from bertlab.model import BertConfig
from bertlab.training import Recipe, Stage, prepare, pretraining
from bertlab.training.prepare import PreparedText, grouped, learn_vocabulary, read_on, start_reading
from bertlab.training.pretraining import held_out_batches, prepare_run, pretrain, read_as_told
from bertlab.training.run_folder import RunFolder

SETTINGS = {"vocab_size": 120, "vocab_file": None, "lowercase": True, "held_out": 0.2, "encoding": None}
RECIPE = Recipe(steps=9, batch_tokens=256, stages=(Stage(0.0, 16), Stage(0.3, 64)), learning_rate=5e-3, warmup_steps=2)


def write_text(file, documents=20, seed=0):
    """A small text of our own making, in which who did what is drawn."""
    rng = random.Random(seed)
    who, did, what = ["Anna", "Old Tom", "The cat"], ["saw", "left", "fed"], ["a fish", "the house", "rain"]
    lines = [
        "\n".join(f"{rng.choice(who)} {rng.choice(did)} {rng.choice(what)}. Why?" for _ in range(rng.randint(1, 5)))
        for _ in range(documents)
    ]
    file.write_text("\n\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture
def corpus(tmp_path):
    return write_text(tmp_path / "corpus.txt")


def run_it(folder, corpus, recipe=RECIPE, keep_every=4, **changes):
    run = RunFolder(folder)
    text = prepare_run(run, [corpus], **{**SETTINGS, **changes})
    config = BertConfig(
        vocab_size=len(text.tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        hidden_dropout_prob=0.1,
    )
    return pretrain(run, text, config, recipe, command="bertlab train ...", log_every=1, keep_every=keep_every)


def outcome(folder):
    """Everything a run leaves that must not depend on when it was stopped."""
    state = torch.load(folder / "training" / "checkpoint.pt", weights_only=True)
    lines = [json.loads(line) for line in (folder / "training" / "metrics.jsonl").read_text().splitlines()]
    steps = [{name: value for name, value in line.items() if name != "seconds"} for line in lines if "loss" in line]
    return {
        "weights": (folder / "model.safetensors").read_bytes(),
        "optimizer": [value.tolist() for memory in state["optimizer"]["state"].values() for value in memory.values()],
        "random": state["random"].tolist(),
        "steps": steps,
        "result": lines[-1],
    }


def interrupt_at(monkeypatch, steps, how):
    """Call `how()` when the metrics of these steps are noted, the first time."""
    noted, remaining = RunFolder.note, set(steps)

    def note(run, **numbers):
        noted(run, **numbers)
        if numbers["step"] in remaining:
            remaining.remove(numbers["step"])
            how(run)

    monkeypatch.setattr(RunFolder, "note", note)


@pytest.mark.slow
def test_stopped_by_ctrl_c_and_resumed(tmp_path, corpus, monkeypatch, capsys):
    torch.manual_seed(5)
    assert run_it(tmp_path / "whole", corpus) is not None
    interrupt_at(monkeypatch, [2, 6], lambda run: signal.raise_signal(signal.SIGINT))
    for stopped_after in (3, 7):
        torch.manual_seed(stopped_after)  # another process
        assert run_it(tmp_path / "parts", corpus) is None
        assert f"stopped after step {stopped_after}; the same command goes on" in capsys.readouterr().out
        bertlab.load(tmp_path / "parts")  # may be used meanwhile
    assert run_it(tmp_path / "parts", corpus) is not None
    assert "going on after step 7 of 9" in capsys.readouterr().out
    assert outcome(tmp_path / "parts") == outcome(tmp_path / "whole")
    assert [line["step"] for line in outcome(tmp_path / "parts")["steps"]] == [*range(1, 10)]


class Killed(BaseException):
    pass


@pytest.mark.slow
def test_killed_and_resumed(tmp_path, corpus, monkeypatch):
    """At step 2 no checkpoint is there, at 7 the last is that of 4; the kill leaves half-written files."""
    run_it(tmp_path / "whole", corpus)

    def kill(run):
        with open(run.metrics, "a") as metrics:
            metrics.write('{"step": 8, "lo')
        (run.training / ".part-checkpoint.pt").write_bytes(b"PK half")
        (run.folder / ".saving").mkdir(exist_ok=True)
        (run.folder / ".saving" / "model.safetensors").write_bytes(b"half")
        raise Killed

    interrupt_at(monkeypatch, [2, 7], kill)
    for _ in range(2):
        with pytest.raises(Killed):
            run_it(tmp_path / "parts", corpus)
    run_it(tmp_path / "parts", corpus)
    assert outcome(tmp_path / "parts") == outcome(tmp_path / "whole")
    assert not (tmp_path / "parts" / ".saving").exists()


@pytest.mark.slow
def test_killed_before_the_card_was_written(tmp_path, corpus, monkeypatch):
    def kill(**numbers):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(pretraining, "model_card", kill)
        with pytest.raises(Killed):
            run_it(tmp_path / "run", corpus)
    result = run_it(tmp_path / "run", corpus)
    assert f"{result.mlm_accuracy:.1%}" in (tmp_path / "run" / "README.md").read_text()


def test_a_finished_run_says_so_and_changes_nothing(tmp_path, corpus, capsys):
    result = run_it(tmp_path / "run", corpus)
    before = {file: file.read_bytes() for file in sorted(tmp_path.rglob("*")) if file.is_file()}
    assert run_it(tmp_path / "run", corpus) == result
    assert "this run is finished" in capsys.readouterr().out
    assert {file: file.read_bytes() for file in sorted(tmp_path.rglob("*")) if file.is_file()} == before


@pytest.mark.slow
def test_the_seed_decides_dropout_too(tmp_path, corpus):
    for folder in ("a", "b"):
        torch.rand(3)
        run_it(tmp_path / folder, corpus)
    run_it(tmp_path / "c", corpus, replace(RECIPE, seed=1))
    assert outcome(tmp_path / "a") == outcome(tmp_path / "b")
    assert outcome(tmp_path / "a") != outcome(tmp_path / "c")


def test_the_card_has_its_numbers(tmp_path, corpus):
    result = run_it(tmp_path / "run", corpus)
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    for number in (
        f"stand in the row) | {result.mlm_accuracy:.1%} | {result.unigram_accuracy:.1%}",
        f"nats | {result.mlm_loss:.3f} | {result.unigram_loss:.3f}",
        f"{result.nsp_accuracy:.1%} | 50.0%",
        f"at {result.positions:,} positions, 15% of the tokens",
        "    bertlab train ...",
        "9 steps",
        "rows of at most 16, 64 pieces",
    ):
        assert number in card
    text = PreparedText.load(tmp_path / "run" / "training")
    assert f"Text: {text.training}." in card
    assert f"never saw ({text.held_out})" in card


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"vocab_size": 130}, "vocabulary was 120, is 130"),
        ({"held_out": 0.1, "lowercase": False}, "lowercase was True, is False; held_out was 0.2, is 0.1"),
    ],
)
def test_another_text_is_refused_by_what_differs(tmp_path, corpus, changes, says):
    run_it(tmp_path / "run", corpus)
    with pytest.raises(ValueError, match=f"run holds a run on something else: {says}. Choose another --out"):
        run_it(tmp_path / "run", corpus, **changes)
    write_text(corpus, documents=21)
    with pytest.raises(ValueError, match="files was"):
        run_it(tmp_path / "run", corpus)


def test_somebody_elses_model_is_not_written_over(tmp_path, corpus):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("my own card")
    with pytest.raises(ValueError, match=r"holds no run of bertlab train, but README\.md"):
        run_it(tmp_path / "mine", corpus)
    assert (tmp_path / "mine" / "README.md").read_text() == "my own card"


def test_a_run_may_lie_among_its_texts(tmp_path, capsys):
    write_text(tmp_path / "texts.txt")
    first = run_it(tmp_path / "run", tmp_path)
    assert run_it(tmp_path / "run", tmp_path) == first
    assert "this run is finished" in capsys.readouterr().out


def test_prepared_text_is_not_read_again(tmp_path, corpus, monkeypatch):
    first = prepare_run(RunFolder(tmp_path / "run"), [corpus], **SETTINGS)
    monkeypatch.setattr(pretraining, "read_on", None)
    again = prepare_run(RunFolder(tmp_path / "run"), [corpus], **SETTINGS)
    assert again.tokenizer.pieces == first.tokenizer.pieces
    assert again.training.ids.tolist() == first.training.ids.tolist()
    assert again.held_out.document_starts.tolist() == first.held_out.document_starts.tolist()


def test_a_stop_amid_preparing_prepares_again(tmp_path, corpus, monkeypatch):
    def kill(run, sources):
        raise Killed

    run = RunFolder(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "note_prepared", kill)
        with pytest.raises(Killed):
            prepare_run(run, [corpus], **SETTINGS)
    write_text(corpus, documents=30, seed=1)  # what lies there is of another text now, and must not be used
    text = prepare_run(run, [corpus], **SETTINGS)
    assert text.training.num_documents + text.held_out.num_documents in (30, 31)


def test_a_stop_amid_reading_goes_on_there_with_the_same_vocabulary(tmp_path, corpus, monkeypatch, capsys):
    monkeypatch.setattr("bertlab.corpora.tokenized.SENTENCES_AT_ONCE", 7)
    whole, run = (RunFolder(tmp_path / name) for name in ("whole", "run"))
    calls, read_documents = [], prepare.read_documents

    def killed_on_the_way(files, encoding):  # the first call learns the vocabulary
        calls.append(files)
        for number, document in enumerate(read_documents(files, encoding)):
            if number == 11 and len(calls) == 2:
                raise Killed
            yield document

    expected = prepare_run(whole, [corpus], **SETTINGS)
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "read_documents", killed_on_the_way)
        with pytest.raises(Killed):
            prepare_run(run, [corpus], **SETTINGS)
    assert len(list((run.training / "shards").iterdir())) > 2
    monkeypatch.setattr(pretraining, "learn_vocabulary", None)
    text = prepare_run(run, [corpus], **SETTINGS)
    assert "going on to read where it was interrupted" in capsys.readouterr().out
    for found, once in ((text.training, expected.training), (text.held_out, expected.held_out)):
        assert found.ids.tolist() == once.ids.tolist()
        assert found.document_starts.tolist() == once.document_starts.tolist()
    assert not (run.training / "shards").exists()
    assert not run.preparing.exists()


def test_who_reads_other_text_does_not_go_on_where_another_was_interrupted(tmp_path, corpus):
    run, reading = RunFolder(tmp_path / "run"), {"files": [["a.txt", 7]], "vocabulary": "120"}
    run.training.mkdir(parents=True)
    run.note_preparing(reading)
    assert run.is_preparing(reading)
    assert not run.is_preparing({**reading, "vocabulary": "130"})


def test_held_out_text_of_one_document_is_asked_without_pairs(tmp_path, corpus, capsys):
    result = run_it(tmp_path / "run", corpus, held_out=0.01)
    text = PreparedText.load(tmp_path / "run" / "training")
    assert text.held_out.num_documents == 1
    assert result.nsp_accuracy is None
    assert result.positions > 0
    assert "no pairs to ask about" in capsys.readouterr().out
    assert "next sentence" not in (tmp_path / "run" / "README.md").read_text()


def test_pairs_of_sentences_are_read_asked_noted_and_kept_to(tmp_path, corpus):
    recipe = replace(RECIPE, sentence_pairs=True)
    result = run_it(tmp_path / "run", corpus, replace(recipe, steps=20))
    assert result.nsp_accuracy is not None
    assert "pairs of sentences as the text has them" in (tmp_path / "run" / "README.md").read_text()
    text = PreparedText.load(tmp_path / "run" / "training")
    in_print = text.tokenizer.vocab["?"]
    for batch in [*held_out_batches(text, recipe, 3), read_as_told(text.training, text.tokenizer, recipe)(8)]:
        true = batch.input_ids.where(batch.labels == -100, batch.labels)
        assert set((true == in_print).sum(dim=-1).tolist()) <= {0, 1, 2}, "two sentences a row"
    with pytest.raises(ValueError, match="sentence_pairs was True, is False"):
        run_it(tmp_path / "run", corpus, replace(RECIPE, steps=20))
    assert run_it(tmp_path / "other", corpus, recipe, held_out=0.01).nsp_accuracy is None, "unseen text without pairs"


def test_a_text_of_one_document_is_refused_at_once(tmp_path):
    (tmp_path / "one.txt").write_text("Anna saw rain. Tom left. The cat fed a fish. " * 20)
    with pytest.raises(ValueError, match=r"two documents.*\(--no-nsp\)"):
        run_it(tmp_path / "run", tmp_path / "one.txt")
    assert not (tmp_path / "run" / "training" / "checkpoint.pt").exists()
    assert run_it(tmp_path / "run", tmp_path / "one.txt", replace(RECIPE, next_sentence=False)).nsp_accuracy is None


def test_held_out_batches_are_always_the_same(tmp_path, corpus):
    text = prepare_run(RunFolder(tmp_path / "run"), [corpus], **SETTINGS)
    first, again = held_out_batches(text, RECIPE, 3), held_out_batches(text, RECIPE, 5)
    assert {batch.input_ids.shape for batch in first} == {(4, 64)}
    assert all(torch.equal(a.input_ids, b.input_ids) for a, b in zip(first, again, strict=False))
    assert not torch.equal(again[3].input_ids, again[4].input_ids)


def test_small_files_are_held_out_together(tmp_path):
    files = [write_text(tmp_path / f"{number}.txt", documents=1, seed=number) for number in range(30)]
    (tmp_path / "empty.txt").write_text("")
    tokenizer = learn_vocabulary(files, 100, lowercase=True, encoding=None)
    start_reading(tokenizer, tmp_path / "read")
    text = read_on([*files, tmp_path / "empty.txt"], tmp_path / "read", held_out=0.1)
    assert text.training.num_documents + text.held_out.num_documents in (30, 31)
    sentences = text.training.num_sentences + text.held_out.num_sentences
    assert text.held_out.num_sentences == round(0.1 * sentences)


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([3], [[3]]),
        ([12], [[12]]),
        ([12, 15], [[12], [15]]),
        ([3, 3, 3, 3, 12, 5], [[3, 3, 3, 3], [12, 5]]),
        ([12, 3], [[12, 3]]),
        ([5, 5, 5, 5], [[5, 5], [5, 5]]),
        ([5, 5, 5], [[5, 5, 5]]),
    ],
)
def test_files_are_grouped_until_there_is_enough(tmp_path, monkeypatch, sizes, groups):
    monkeypatch.setattr(prepare, "GROUP_BYTES", 10)
    files = [tmp_path / f"{number}.txt" for number in range(len(sizes))]
    for file, size in zip(files, sizes, strict=True):
        file.write_text("x" * size)
    found = grouped(files)
    assert [[file.stat().st_size for file in group] for group in found] == groups
    assert [file for group in found for file in group] == files


def test_each_large_file_gives_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "GROUP_BYTES", 10)
    files = [write_text(tmp_path / f"{number}.txt", documents=30, seed=number) for number in range(3)]
    tokenizer = learn_vocabulary(files, 100, lowercase=True, encoding=None)
    start_reading(tokenizer, tmp_path / "read")
    text = read_on(files, tmp_path / "read", held_out=0.1)
    wholes = [tokenize_corpus(prepare.read_documents(file), tokenizer) for file in files]
    kept = [whole.ids[whole.sentence_starts[-1 - round(0.1 * whole.num_sentences)] :].tolist() for whole in wholes]
    assert text.held_out.ids.tolist() == [piece for end in kept for piece in end]
    together = Counter(text.training.ids.tolist()) + Counter(text.held_out.ids.tolist())
    assert together == Counter(piece for whole in wholes for piece in whole.ids.tolist())


def test_a_vocabulary_is_learned_from_every_nth_paragraph(tmp_path, monkeypatch):
    lines = [f"{'even' if number % 2 == 0 else 'odd'} words" for number in range(100)]
    (tmp_path / "a.txt").write_text("\n".join(lines))
    (tmp_path / "b.txt.xz").write_bytes(lzma.compress(b""))
    size = (tmp_path / "a.txt").stat().st_size
    assert "odd" in learn_vocabulary([tmp_path / "a.txt"], 200, True, None).pieces
    monkeypatch.setattr(prepare, "VOCABULARY_BYTES", size // 2)
    pieces = learn_vocabulary([tmp_path / "a.txt"], 200, True, None).pieces
    assert "even" in pieces
    assert "odd" not in pieces
    assert prepare._unpacked_bytes(tmp_path / "b.txt.xz") == 4 * (tmp_path / "b.txt.xz").stat().st_size
