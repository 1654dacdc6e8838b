"""Text and model together: names, folders, saving as one, and what the views are given."""

import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import bertlab
from bertlab import pretrained
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.model.theirs import check_product
from bertlab.pretrained import as_tensors, encoder, load, save
from bertlab.text import Tokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = [*SPECIAL, "the", "The", "bank", "cafe", "café", "Caf", "##é", "river", "##s", "力", "un", "##a", "!", "by"]
TEXTS = ["The rivers by the bank!", "Café 力 Unas", "THE CAFÉ [MASK]", ""]


def random_model(vocab_size: int, seed: int = 0, **changes) -> BertForPreTraining:
    torch.manual_seed(seed)
    sizes = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 40}
    model = BertForPreTraining(BertConfig(vocab_size=vocab_size, max_position_embeddings=32, **{**sizes, **changes}))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


def same_parameters(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.fixture
def folder(tmp_path) -> Path:
    save(random_model(len(PIECES)), Tokenizer(PIECES), tmp_path / "model", card="# A card\n")
    return tmp_path / "model"


def test_what_was_saved_is_loaded(folder):
    model, tokenizer = bertlab.load(folder)
    assert same_parameters(model, random_model(len(PIECES)))
    assert not model.training
    assert tokenizer.pieces == PIECES
    names = {"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json", "README.md"}
    assert {file.name for file in folder.iterdir()} == names
    assert len({file.stat().st_mode for file in folder.iterdir()}) == 1  # whoever may read one may read all
    assert load(str(folder))[1].pieces == PIECES


def test_half_precision_halves_the_file(folder):
    model, tokenizer = load(folder)
    whole = (folder / "model.safetensors").stat().st_size
    save(model, tokenizer, folder, dtype="float16")
    assert (folder / "model.safetensors").stat().st_size < 0.65 * whole
    assert (folder / "README.md").read_text(encoding="utf-8") == "# A card\n"
    again, _ = load(folder)
    furthest = max((a - b).abs().max().item() for a, b in zip(model.parameters(), again.parameters(), strict=True))
    assert 0 < furthest < 1e-3


@torch.no_grad()
@pytest.mark.parametrize("lowercase", [True, False])
def test_transformers_reads_the_same_text_to_the_same_numbers(tmp_path, lowercase):
    import transformers

    model, tokenizer = random_model(len(PIECES)), Tokenizer(PIECES, lowercase)
    save(model, tokenizer, tmp_path)
    their_model = transformers.AutoModelForPreTraining.from_pretrained(tmp_path)
    their_tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    ours, theirs = tokenizer.batch(TEXTS, TEXTS[::-1]), their_tokenizer(TEXTS, TEXTS[::-1], padding=True)
    for key in ("input_ids", "token_type_ids", "attention_mask"):
        assert getattr(ours, key) == theirs[key]
    tensors = as_tensors(ours)
    here, there = model.eval()(**tensors), their_model(**tensors)
    assert (here.prediction_logits - there.prediction_logits).abs().max() <= 1e-5
    assert (here.seq_relationship_logits - there.seq_relationship_logits).abs().max() <= 1e-5
    cased = [Tokenizer(PIECES, way).tokenize("The Café") for way in (True, False)]
    assert cased == [["the", "cafe"], ["The", "Caf", "##é"]]  # so that the two ways do differ


@pytest.mark.parametrize("name", ["bert-base-uncased", "bert-base-cased", "bert-base-chinese"])
def test_transformers_reads_the_real_vocabularies_alike(test_data, tmp_path, name):
    import transformers

    tokenizer = Tokenizer.from_vocab_file(test_data / "vocab" / f"{name}-vocab.txt", lowercase="-cased" not in name)
    save(random_model(len(tokenizer), hidden_size=8, num_hidden_layers=1), tokenizer, tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    checked = 0
    text = (test_data / "golden" / f"{name}.jsonl").read_text(encoding="utf-8")
    # The last line of the sample is half a record: it was cut at a line separator inside a text.
    for line in [json.loads(line) for line in text.split("\n") if line.startswith("{")]:
        if line["hf_same"]:
            assert theirs(line["text"], add_special_tokens=False)["input_ids"] == line["ids"]
            assert tokenizer(line["text"]).input_ids[1:-1] == line["ids"]
            checked += 1
    assert checked > 50


@pytest.mark.slow
def test_a_pipeline_of_transformers_guesses_the_same(tmp_path):
    import transformers

    from bertlab.training import fill_mask

    model, tokenizer = load("mini")
    save(model, tokenizer, tmp_path)
    guess = transformers.pipeline("fill-mask", model=str(tmp_path))
    for text in ("The old man shut the [MASK] behind him.", "[MASK] is late.", "She [MASK], and the café was shut."):
        ours, theirs = fill_mask(model, tokenizer, text, 7)[0], guess(text, top_k=7)
        assert [each.piece for each in ours] == [each["token_str"] for each in theirs]
        scores = [each["score"] for each in theirs]
        assert [each.probability for each in ours] == pytest.approx(scores, abs=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("lowercase", [True, False])
def test_a_folder_that_transformers_saved_loads_here(tmp_path, lowercase):
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40
    )
    their_model = transformers.BertForPreTraining(config).eval()
    vocabulary = {piece: number for number, piece in enumerate(PIECES)}
    their_tokenizer = transformers.BertTokenizer(vocab=vocabulary, do_lower_case=lowercase)
    their_model.save_pretrained(tmp_path)
    their_tokenizer.save_pretrained(tmp_path)
    model, tokenizer = load(tmp_path)
    assert tokenizer.batch(TEXTS).input_ids == their_tokenizer(TEXTS, padding=True)["input_ids"]
    tensors = as_tensors(tokenizer.batch(TEXTS))
    assert (model(**tensors).prediction_logits - their_model(**tensors).prediction_logits).abs().max() <= 1e-5

    # Saved over it with another vocabulary, nothing of the old one may be read.
    other = [*SPECIAL, *reversed(PIECES[5:])]
    save(model, Tokenizer(other, lowercase), tmp_path)
    assert load(tmp_path)[1].pieces == other
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert theirs(TEXTS)["input_ids"] == [Tokenizer(other, lowercase)(text).input_ids for text in TEXTS]


def test_a_vocabulary_of_another_size_is_refused(folder):
    model, _ = load(folder)
    with pytest.raises(ValueError, match=rf"tokenizer has {len(PIECES) - 1} pieces.*vocab_size {len(PIECES)}"):
        save(model, Tokenizer(PIECES[:-1]), folder)
    assert same_parameters(load(folder)[0], model)
    Tokenizer([*PIECES, "more"]).save(folder)
    expected = rf"vocab\.txt has {len(PIECES) + 1} pieces.*vocab_size {len(PIECES)}.*\({len(PIECES)}, 24\)"
    with pytest.raises(ValueError, match=expected):
        load(folder)
    (folder / "vocab.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"neither vocab\.txt nor tokenizer\.json"):
        load(folder)


class Died(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("clean_up", [True, False])
def test_an_interrupted_save_leaves_a_whole_folder(tmp_path, monkeypatch, clean_up):
    """Two models of one size with two vocabularies: a mixture would load, and be wrong."""
    other = [*SPECIAL, *reversed(PIECES[5:])]
    versions = [(random_model(len(PIECES), seed), Tokenizer(p), card) for seed, p, card in
                ((1, PIECES, "one"), (2, other, "two"))]  # fmt: skip
    steps, limit = [0], [10**9]

    def counted(real):
        def change(*args, **kwargs):
            if steps[0] == limit[0] or (steps[0] > limit[0] and not clean_up):
                steps[0] += 1
                raise Died
            steps[0] += 1
            return real(*args, **kwargs)

        return change

    def write(number: int, folder: Path, at: int = 10**9) -> int:
        steps[0], limit[0] = 0, at
        try:
            model, tokenizer, card = versions[number]
            save(model, tokenizer, folder, card=card)
        finally:
            done, limit[0] = steps[0], 10**9
        return done

    for place, name in ((os, "replace"), (os, "fsync"), (shutil, "rmtree"), (pretrained, "write_model")):
        monkeypatch.setattr(place, name, counted(getattr(place, name)))
    write(0, tmp_path / "count")
    total = write(1, tmp_path / "count")
    outcomes = []
    for at in range(total):
        folder = tmp_path / str(at)
        write(0, folder)
        with pytest.raises(Died):
            write(1, folder, at)
        model, tokenizer = load(folder)
        number = 0 if tokenizer.pieces == PIECES else 1
        assert same_parameters(model, versions[number][0])
        assert tokenizer.pieces == versions[number][1].pieces
        assert (folder / "README.md").read_text(encoding="utf-8") == versions[number][2]
        outcomes.append(number)
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {0, 1}


def test_a_save_that_fails_leaves_no_trace(folder, tmp_path):
    model, tokenizer = load(folder)
    with torch.no_grad():
        model.nsp_head.bias[0] = 1e6
    with pytest.raises(ValueError, match="float16"):
        save(model, tokenizer, folder, dtype="float16")
    assert same_parameters(load(folder)[0], random_model(len(PIECES)))
    with pytest.raises(ValueError, match="float16"):
        save(model, tokenizer, tmp_path / "fresh", dtype="float16")
    assert {file.name for file in tmp_path.iterdir()} == {"model"}


def test_names_of_our_own_models(folder, tmp_path, monkeypatch):
    def elsewhere(*parts: str) -> Path:
        path = tmp_path.joinpath("data", *parts)
        if not path.exists():
            raise FileNotFoundError(path)
        return path

    monkeypatch.setattr(pretrained, "data_path", elsewhere)
    monkeypatch.chdir(tmp_path / "model")
    assert pretrained.names() == []
    with pytest.raises(FileNotFoundError, match=r"'pocket' is no folder.*none yet.*bert-base-uncased"):
        load("pocket")
    (tmp_path / "data" / "models").mkdir(parents=True)
    (tmp_path / "model").rename(tmp_path / "data" / "models" / "pocket")
    assert same_parameters(load("pocket")[0], random_model(len(PIECES)))
    with pytest.raises(FileNotFoundError, match=r"'pockets' is no folder.*come with bertlab: 'pocket'\."):
        load("pockets")


def in_hub_cache(cache: Path, hub_id: str, folder: Path) -> None:
    """Lay a folder where the Hub's own library looks before it asks the network."""
    place = cache / f"models--{hub_id.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("0" * 40, encoding="utf-8")
    (place / "snapshots").mkdir()
    folder.rename(place / "snapshots" / ("0" * 40))


@pytest.mark.parametrize("binary", [False, True])
def test_hub_names_come_from_the_cache_when_offline(folder, tmp_path, monkeypatch, binary):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    model, _ = load(folder)
    if binary:
        torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    for name in ("owner/name", "bert-base-uncased"):
        with pytest.raises(ConnectionError, match=rf"'{name}' is no folder here, and the Hugging Face Hub did not"):
            load(name)
    in_hub_cache(tmp_path / "cache", "owner/name", folder)
    assert same_parameters(load("owner/name")[0], model)


@torch.no_grad()
def test_the_way_to_bring_a_model_is_told_and_works(folder, tmp_path, monkeypatch):
    """The command in the message, given to the Hub's own program with a stand-in for the network."""
    from huggingface_hub import constants
    from huggingface_hub.cli import download
    from huggingface_hub.cli.hf import app

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError) as error:
        load("owner/some-bert")
    command, python = re.search(r"'(hf download .*?)'.*, (load\('.*?'\))", str(error.value)).groups()

    def snapshot_download(repo_id, allow_patterns, local_dir, **options):
        assert repo_id == "owner/some-bert"
        for file in folder.iterdir():
            if any(file.match(pattern) for pattern in allow_patterns):
                Path(local_dir).mkdir(exist_ok=True)
                shutil.copy(file, local_dir)
        return str(local_dir)

    monkeypatch.setattr(download, "snapshot_download", snapshot_download)
    monkeypatch.chdir(tmp_path)
    app.main(shlex.split(command)[1:], standalone_mode=False)
    assert python == "load('some-bert')"
    assert same_parameters(load("some-bert")[0], load(folder)[0])


@pytest.mark.parametrize("kept", [("bin", "safetensors"), ("bin",)])
def test_only_what_is_read_is_downloaded(folder, tmp_path, monkeypatch, kept):
    """The Hub keeps most models in several forms of hundreds of MB each; a stand-in copies what is asked of it."""
    model, _ = load(folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "tf_model.h5").write_bytes(b"heavy")
    if "safetensors" not in kept:
        (folder / "model.safetensors").unlink()

    def snapshot_download(hub_id, allow_patterns):
        (tmp_path / "fetched").mkdir(exist_ok=True)
        for file in folder.iterdir():
            if any(file.match(pattern) for pattern in allow_patterns):
                shutil.copy(file, tmp_path / "fetched")
        return str(tmp_path / "fetched")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert same_parameters(load("owner/name")[0], model)
    weights = "model.safetensors" if "safetensors" in kept else "pytorch_model.bin"
    expected = {"config.json", "vocab.txt", "tokenizer_config.json", weights}
    assert {file.name for file in (tmp_path / "fetched").iterdir()} == expected


def test_without_the_hub_package_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"pip install 'bertlab\[hub\]'"):
        load("owner/name")


def test_as_tensors_gives_a_batch(folder):
    model, tokenizer = load(folder)
    one, batch = as_tensors(tokenizer("the bank", "by")), as_tensors(tokenizer.batch(["the bank", "by"]))
    assert {key: tuple(tensor.shape) for key, tensor in one.items()} == dict.fromkeys(one, (1, 6))
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert {tensor.dtype for tensor in (*one.values(), *batch.values())} == {torch.int64}
    assert model(**one).prediction_logits.shape == (1, 6, len(PIECES))


def test_encoder_of_ours_and_theirs_agree(folder):
    import transformers

    model, tokenizer = load(folder)
    their_model = transformers.AutoModelForPreTraining.from_pretrained(folder, attn_implementation="eager")
    their_tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    answers = [
        encoder(*which, queries_keys=True)("the bank", "by rivers")
        for which in ((model, tokenizer), (model.bert, tokenizer), (their_model, their_tokenizer))
    ]
    answers.append(encoder(their_model.bert, tokenizer, queries_keys=True)("the bank", "by rivers"))
    for tokens, attentions, queries, keys in answers:
        assert tokens == ["[CLS]", "the", "bank", "[SEP]", "by", "river", "##s", "[SEP]"]
        assert len(attentions) == len(queries) == len(keys) == 3
        for layer, (shares, query, key) in enumerate(zip(attentions, queries, keys, strict=True)):
            assert shares.shape == (2, 8, 8)
            assert query.shape == key.shape == (2, 8, 12)
            assert {shares.dtype, query.dtype, key.dtype} == {np.dtype("float32")}
            scores = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(12))
            assert np.abs(scores / scores.sum(axis=-1, keepdims=True) - shares).max() <= 1e-5
            assert np.abs(shares - answers[0][1][layer]).max() <= 1e-5
    two = encoder(model, tokenizer)("the bank", "by rivers")
    assert len(two) == 2
    assert np.array_equal(two[1][0], answers[0][1][0])
    assert encoder(model, tokenizer)("by")[0] == ["[CLS]", "by", "[SEP]"]


def test_encoder_answers_as_in_eval_mode_amid_training(folder):
    model, tokenizer = load(folder)
    expected = encoder(model, tokenizer)("the bank")[1]
    model.train()
    found = encoder(model, tokenizer)("the bank")[1]
    assert model.training
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))
    with pytest.raises(ValueError, match="knows 32 positions"):
        encoder(model, tokenizer)("the " * 40)
    assert model.training


def test_encoder_sees_a_model_with_fast_attention_too(folder):
    import transformers

    their_tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    slow, fast = (
        transformers.AutoModelForPreTraining.from_pretrained(folder, attn_implementation=name)
        for name in ("eager", "sdpa")
    )
    expected, found = (encoder(model, their_tokenizer)("the bank", "by")[1] for model in (slow, fast))
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))
    assert fast.config._attn_implementation == "sdpa"


def test_encoder_gives_no_queries_that_would_not_explain_the_weights(folder):
    model, tokenizer = load(folder)
    with torch.no_grad():
        _, attentions, queries, keys = encoder(model, tokenizer, queries_keys=True)("the bank")
        probs, query, key = (torch.tensor(layers[0]) for layers in (attentions, queries, keys))
        check_product("Some", [probs], [query], [key])
        with pytest.raises(ValueError, match=r"layer 1 of Some attention is not the softmax .* up to 0\.[1-9]"):
            check_product("Some", [probs, probs], [query, 3 * query], [key, key])
