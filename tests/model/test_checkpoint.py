"""Folders: theirs load here, ours load there, with the same numbers; what is wrong is refused by name."""

import json
import re
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from bertlab.model.checkpoint import hugging_face_name, read_model, write_model

WEIGHTS = "model.safetensors"
EMBEDDING = "bert.embeddings.word_embeddings.weight"


def furthest(ours, theirs) -> float:
    return max(
        (ours.prediction_logits - theirs.prediction_logits).abs().max().item(),
        0.0
        if ours.seq_relationship_logits is None
        else (ours.seq_relationship_logits - theirs.seq_relationship_logits).abs().max().item(),
    )


def change_config(folder: Path, **changes) -> None:
    content = json.loads((folder / "config.json").read_text(encoding="utf-8")) | changes
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")


def change_weights(folder: Path, change) -> None:
    weights = {name: tensor.clone() for name, tensor in load_file(folder / WEIGHTS).items()}
    weights = change(weights) or weights
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


def same_parameters(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def check_refused(folder: Path, *words: object, new_heads: bool = False) -> None:
    """Loading is refused, and the message has every one of the words."""
    with pytest.raises(ValueError, match=r"\S") as error:
        read_model(folder, new_heads=new_heads)
    for word in words:
        assert str(word) in str(error.value)


@pytest.fixture
def folder(make_model, tmp_path) -> Path:
    """A good folder of ours."""
    write_model(make_model(0)[0], tmp_path)
    return tmp_path


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_our_folder_gives_the_same_numbers_in_transformers(make_model, tmp_path, causal, dtype):
    import transformers

    model, rows = make_model(1, causal)
    write_model(model, tmp_path, dtype)
    stored = load_file(tmp_path / WEIGHTS)
    with safe_open(tmp_path / WEIGHTS, "pt") as file:
        assert file.metadata() == {"format": "pt"}  # transformers 4 opens no other
    assert {tensor.dtype for tensor in stored.values()} == {getattr(torch, dtype)}
    ours = read_model(tmp_path)
    assert not ours.training
    assert ours.config == model.config
    assert {parameter.dtype for parameter in ours.parameters()} == {torch.float32}
    rounding = 0.0 if dtype == "float32" else 2e-3
    assert all((a - b).abs().max() <= rounding for a, b in zip(model.parameters(), ours.parameters(), strict=True))

    theirs, report = transformers.AutoModelForPreTraining.from_pretrained(tmp_path, output_loading_info=True)
    assert {key: list(found) for key, found in report.items() if found} == {}
    assert theirs.dtype == torch.float32
    assert type(theirs).__name__ == "BertForPreTraining"
    assert furthest(ours(*rows), theirs(**rows._asdict())) <= 1e-5
    for auto in (transformers.AutoModelForMaskedLM, transformers.AutoModelForCausalLM):
        if auto is transformers.AutoModelForMaskedLM or causal:
            logits = auto.from_pretrained(tmp_path)(**rows._asdict()).logits
            assert (ours(*rows).prediction_logits - logits).abs().max() <= 1e-5


@torch.no_grad()
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("way", ["whole", "parts", "bin", "bin parts", "old names", "half"])
def test_their_folder_loads_here(make_pair, tmp_path, causal, way):
    ours, theirs, rows = make_pair(1, causal)
    if way == "parts":
        theirs.save_pretrained(tmp_path, max_shard_size="4KB")
        assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
        assert not (tmp_path / WEIGHTS).exists()
    elif way == "half":
        theirs.half().save_pretrained(tmp_path)
        theirs.float()
    else:
        theirs.save_pretrained(tmp_path)
    if "bin" in way or way == "old names":
        weights = theirs.state_dict()
        assert "cls.predictions.decoder.weight" in weights
        (tmp_path / WEIGHTS).unlink()
        if way == "old names":
            weights = {
                key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
                for key, value in weights.items()
                if key != "cls.predictions.decoder.bias"
            }
            weights["bert.embeddings.position_ids"] = torch.arange(5)[None]
        if way == "bin parts":
            halves = list(weights)[:9], list(weights)[9:]
            for number, keys in enumerate(halves):
                torch.save({key: weights[key] for key in keys}, tmp_path / f"pytorch_model-{number}.bin")
            index = {key: f"pytorch_model-{number}.bin" for number, keys in enumerate(halves) for key in keys}
            content = json.dumps({"metadata": {}, "weight_map": index})
            (tmp_path / "pytorch_model.bin.index.json").write_text(content, encoding="utf-8")
        else:
            torch.save(weights, tmp_path / "pytorch_model.bin")
    loaded = read_model(tmp_path)
    assert loaded.config == ours.config
    assert furthest(loaded(*rows), theirs(**rows._asdict())) <= 1e-5
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


@torch.no_grad()
def test_an_encoder_alone_wants_new_heads(make_pair, tmp_path):
    ours, theirs, rows = make_pair(0)
    theirs.bert.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"model\.safetensors has no cls\.predictions.*new_heads=True"):
        read_model(tmp_path)
    loaded = read_model(tmp_path, new_heads=True)
    assert (loaded.bert(*rows).pooler_output - ours.bert(*rows).pooler_output).abs().max() <= 1e-5
    assert loaded.mlm_head.bias.abs().sum() == 0
    assert loaded.mlm_head.transform.weight.std() > 0
    assert not any(parameter.is_meta for parameter in loaded.parameters())


@torch.no_grad()
@pytest.mark.parametrize("prefix", ["module.", "model.", "module.model.", "encoder.", "0.auto_model."])
@pytest.mark.parametrize("kind", ["BertForPreTraining", "BertModel"])
def test_a_prefix_is_found(make_pair, tmp_path, kind, prefix):
    """What wraps a model names it: DataParallel, Lightning, a class of one's own, sentence-transformers."""
    ours, theirs, rows = make_pair(0)
    saved = theirs if kind == "BertForPreTraining" else theirs.bert
    saved.save_pretrained(tmp_path)
    change_weights(
        tmp_path,
        lambda weights: (
            {prefix + name: weight for name, weight in weights.items()}
            | {"pooler.dense.weight": torch.zeros(2), "classifier.weight": torch.zeros(3)}
        ),
    )
    loaded = read_model(tmp_path, new_heads=kind == "BertModel")
    assert (loaded.bert(*rows).pooler_output - ours.bert(*rows).pooler_output).abs().max() <= 1e-5
    if kind == "BertForPreTraining":
        assert furthest(loaded(*rows), theirs(**rows._asdict())) <= 1e-5


def test_two_encoders_in_one_folder_are_refused(folder):
    change_weights(folder, lambda weights: {f"{one}.{name}": w.clone() for name, w in weights.items() for one in "ab"})
    check_refused(folder, folder / WEIGHTS, "a. and b. are two encoders")


@torch.no_grad()
@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        ("BertForMaskedLM", "bert.pooler.dense.weight"),
        ("BertForNextSentencePrediction", "cls.predictions.bias"),
        ("BertForTokenClassification", "cls.predictions.bias"),
        ("BertForQuestionAnswering", "cls.predictions.bias"),
        ("BertForMultipleChoice", "cls.predictions.bias"),
    ],
)
def test_a_model_of_another_kind_gives_what_it_has(make_pair, tmp_path, kind, lacks, parts):
    import transformers

    _, pretrained, rows = make_pair(0)
    theirs = getattr(transformers, kind)(pretrained.config).eval()
    theirs.load_state_dict(pretrained.state_dict(), strict=False)
    theirs.save_pretrained(tmp_path, max_shard_size="4KB" if parts else "1GB")
    with pytest.raises(ValueError, match=rf"has no .*{re.escape(lacks)}.*new_heads=True"):
        read_model(tmp_path)
    loaded = read_model(tmp_path, new_heads=True)
    hidden = theirs.bert(**rows._asdict()).last_hidden_state
    assert (loaded.bert(*rows).last_hidden_state - hidden).abs().max() <= 1e-5
    if kind == "BertForMaskedLM":
        assert (loaded(*rows).prediction_logits - theirs(**rows._asdict()).logits).abs().max() <= 1e-5
    if kind == "BertForNextSentencePrediction":
        logits = theirs(**rows._asdict()).logits
        assert (loaded(*rows).seq_relationship_logits - logits).abs().max() <= 1e-5


@torch.no_grad()
def test_a_classifier_gives_its_encoder(make_pair, tmp_path):
    import transformers

    config = make_pair(0).theirs.config
    classifier = transformers.BertForSequenceClassification(config).eval()
    classifier.save_pretrained(tmp_path)
    loaded, rows = read_model(tmp_path, new_heads=True), make_pair(0).rows
    theirs = classifier.bert(**rows._asdict()).pooler_output
    assert (loaded.bert(*rows).pooler_output - theirs).abs().max() <= 1e-5


def test_a_loaded_model_trains_and_leaves_the_file_alone(folder, make_model):
    before = (folder / WEIGHTS).read_bytes()
    model, (_, rows) = read_model(folder), make_model(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(*rows).prediction_logits.square().mean().backward()
    optimizer.step()
    assert not same_parameters(model, make_model(0)[0])
    assert (folder / WEIGHTS).read_bytes() == before
    assert same_parameters(read_model(folder), make_model(0)[0])


def test_a_loaded_model_no_longer_needs_its_file(folder, make_model):
    """Tensors read from safetensors are windows into the file: what becomes of it would become of the model."""
    model = read_model(folder)
    with (folder / WEIGHTS).open("r+b") as file:
        file.write(bytes((folder / WEIGHTS).stat().st_size))
    assert same_parameters(model, make_model(0)[0])


def test_loading_draws_no_random_number(folder):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    read_model(folder)
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model_type", "roberta"),
        ("model_type", None),
        ("hidden_act", "relu"),
        ("hidden_act", "gelu_new"),
        ("position_embedding_type", "relative_key"),
        ("add_cross_attention", True),
        ("hidden_size", "60"),
        ("num_hidden_layers", 2.5),
        ("vocab_size", None),
        ("is_decoder", 1),
        ("hidden_dropout_prob", True),
        ("hidden_dropout_prob", 7),
    ],
)
def test_another_kind_of_config_is_refused(folder, key, value):
    change_config(folder, **{key: value})
    check_refused(folder, folder / "config.json", key, repr(value))


def test_config_of_hugging_face_may_leave_out_what_is_usual(folder, make_model):
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    for key in ("hidden_act", "position_embedding_type", "add_cross_attention", "is_decoder", "dtype"):
        del content[key]
    content |= {"pad_token_id": None, "gradient_checkpointing": False, "something_new": [1]}
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    assert same_parameters(read_model(folder), make_model(0)[0])


def test_heads_that_do_not_fit_name_the_file(folder):
    change_config(folder, num_attention_heads=7)
    with pytest.raises(ValueError, match=r"config\.json: hidden_size \d+ does not divide among 7 heads"):
        read_model(folder)


def test_a_misshapen_weight_is_refused_with_both_shapes(folder, make_model):
    config = make_model(0)[0].config
    key, hidden, wide = "bert.encoder.layer.0.intermediate.dense.weight", config.hidden_size, config.intermediate_size
    change_weights(folder, lambda weights: weights | {key: torch.zeros(wide + 1, hidden)})
    check_refused(folder, folder / WEIGHTS, key, (wide + 1, hidden), (wide, hidden))


def test_a_vocabulary_of_another_size_is_refused_with_both_shapes(folder, make_model):
    config = make_model(0)[0].config
    change_config(folder, vocab_size=config.vocab_size + 8)
    stored, asked = (config.vocab_size, config.hidden_size), (config.vocab_size + 8, config.hidden_size)
    check_refused(folder, folder / WEIGHTS, EMBEDDING, stored, folder / "config.json", asked)


@pytest.mark.parametrize("part", ["bert.embeddings.segment.weight", "bert.layers.0.attention.key.bias"])
def test_a_missing_weight_is_refused_with_its_shape(folder, make_model, part):
    key = hugging_face_name(part)
    shape = tuple(make_model(0)[0].state_dict()[part].shape)
    change_weights(folder, lambda weights: {name: weight for name, weight in weights.items() if name != key})
    for new_heads in (False, True):
        check_refused(folder, folder / WEIGHTS, key, shape, new_heads=new_heads)


def test_a_head_with_a_part_missing_is_damaged_not_new(folder):
    key = "cls.predictions.transform.dense.weight"
    change_weights(folder, lambda weights: {name: weight for name, weight in weights.items() if name != key})
    with pytest.raises(ValueError, match=r"cls\.predictions\.transform\.dense\.weight is missing"):
        read_model(folder, new_heads=True)


def test_a_layer_too_many_is_refused(folder):
    key = "bert.encoder.layer.9.output.dense.bias"
    change_weights(folder, lambda weights: weights | {key: torch.zeros(3)})
    with pytest.raises(ValueError, match=r"layer\.9\.output\.dense\.bias has shape \(3,\), but .* no such weight"):
        read_model(folder)


@pytest.mark.parametrize("copy", ["cls.predictions.decoder.weight", "cls.predictions.decoder.bias"])
def test_an_output_matrix_of_its_own_is_refused(folder, copy):
    original = EMBEDDING if copy.endswith("weight") else "cls.predictions.bias"
    change_weights(folder, lambda weights: weights | {copy: weights[original].clone()})
    read_model(folder)
    change_weights(folder, lambda weights: weights | {copy: weights[original] + 1})
    with pytest.raises(ValueError, match=rf"{copy} has shape .* not the same as {original}"):
        read_model(folder)


def test_weights_that_are_no_floats_are_refused(folder):
    change_weights(folder, lambda weights: weights | {EMBEDDING: weights[EMBEDDING].to(torch.int8)})
    with pytest.raises(ValueError, match=r"word_embeddings\.weight holds torch\.int8"):
        read_model(folder)


class Code:
    """What a hostile `.bin` does when it is unpickled without care."""

    def __reduce__(self):
        return (Path.touch, (Path("ran"),))


def test_a_bin_that_holds_code_is_not_opened(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / WEIGHTS).unlink()
    torch.save({EMBEDDING: Code()}, folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"pytorch_model\.bin cannot be read as weights and nothing else"):
        read_model(folder)
    assert not (folder / "ran").exists()


def test_a_bin_of_something_else_is_refused(folder):
    (folder / WEIGHTS).unlink()
    torch.save([torch.zeros(2)], folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"pytorch_model\.bin holds no plain dictionary"):
        read_model(folder)


@pytest.mark.parametrize("name", [WEIGHTS, "pytorch_model.bin"])
@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", None])
def test_a_damaged_file_is_named(folder, make_model, name, content):
    if content is None:
        if name == "pytorch_model.bin":
            torch.save(make_model(0)[0].state_dict(), folder / name)
        content = (folder / name).read_bytes()[:-500]
    (folder / WEIGHTS).unlink()
    (folder / name).write_bytes(content)
    check_refused(folder, folder / name, "cannot be read as weights")


def test_missing_files_are_named(folder, make_pair, tmp_path_factory):
    (folder / WEIGHTS).unlink()
    with pytest.raises(FileNotFoundError, match=r"no model\.safetensors and no pytorch_model\.bin.*TensorFlow"):
        read_model(folder)
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json is not JSON"):
        read_model(folder)
    (folder / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json: model_type"):
        read_model(folder)
    (folder / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"config\.json is missing"):
        read_model(folder)

    parts = tmp_path_factory.mktemp("parts")
    make_pair(1).theirs.save_pretrained(parts, max_shard_size="4KB")
    lost = sorted(parts.glob("model-*.safetensors"))[1]
    lost.unlink()
    with pytest.raises(FileNotFoundError, match=lost.name):
        read_model(parts)
    (parts / "model.safetensors.index.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="has no weight_map"):
        read_model(parts)


def test_a_weight_too_large_for_float16_is_refused(make_model, tmp_path):
    model, _ = make_model(0)
    with torch.no_grad():
        model.nsp_head.bias[0] = 70000.0
    with pytest.raises(ValueError, match=r"nsp_head\.bias reaches 7e\+04"):
        write_model(model, tmp_path, "float16")
    write_model(model, tmp_path, "float32")
    assert read_model(tmp_path).nsp_head.bias[0] == 70000.0
