"""A model written as ONNX says the same in onnxruntime, for every batch and length."""

import sys

import numpy as np
import onnx
import pytest
import torch

from bertlab.model import Bert, BertConfig, BertForPreTraining
from bertlab.model.onnx_file import INPUTS, named_answers, read_onnx, write_onnx
from bertlab.model.task_heads import SpanFinder, TextClassifier, WordTagger

CONFIG = BertConfig(
    vocab_size=60,
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=40,
    max_position_embeddings=32,
    hidden_dropout_prob=0.3,
    attention_probs_dropout_prob=0.3,
)


def random_model(make, config: BertConfig = CONFIG) -> torch.nn.Module:
    torch.manual_seed(0)
    model = make(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model


def rows(batch: int, seq: int) -> dict[str, torch.Tensor]:
    """Random pairs of texts, each row but the first with padding at its end."""
    generator = torch.Generator().manual_seed(seq)
    lengths = torch.randint(1, seq + 1, (batch, 1), generator=generator)
    lengths[0] = seq
    real = torch.arange(seq) < lengths
    ids = torch.randint(1, 60, (batch, seq), generator=generator) * real
    segments = (torch.arange(seq) >= lengths // 2) & real
    return {"input_ids": ids, "token_type_ids": segments.long(), "attention_mask": real.long()}


@torch.no_grad()
def check_same(model: torch.nn.Module, file, sizes) -> None:
    run = read_onnx(file)
    model.eval()
    for batch, seq in sizes:
        tensors = rows(batch, seq)
        ours, theirs = named_answers(model(**tensors)), run(tensors)
        assert list(ours) == list(theirs)
        for name, answer in ours.items():
            assert theirs[name].shape == answer.shape
            assert np.abs(theirs[name] - answer.numpy()).max() <= 1e-5, (name, batch, seq)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory):
    """A BERT and its file; it was in training mode."""
    model, file = random_model(BertForPreTraining), tmp_path_factory.mktemp("onnx") / "model.onnx"
    model.train()
    assert write_onnx(model, file) == ["prediction_logits", "seq_relationship_logits"]
    assert model.training
    return model, file


@pytest.mark.slow
def test_it_says_the_same_for_every_batch_and_length(written):
    check_same(*written, [(1, 1), (1, 2), (2, 3), (3, 2), (5, 17), (1, 32)])


@pytest.mark.slow
def test_the_file_is_sound_and_names_its_free_sizes(written):
    _, file = written
    assert [path.name for path in file.parent.iterdir()] == ["model.onnx"]
    content = onnx.load(file)
    onnx.checker.check_model(content, full_check=True)
    sizes = {
        value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in [*content.graph.input, *content.graph.output]
    }
    assert sizes == {name: ["batch", "seq"] for name in INPUTS} | {
        "prediction_logits": ["batch", "seq", 60],
        "seq_relationship_logits": ["batch", 2],
    }


@pytest.mark.slow
def test_a_row_longer_than_the_positions_is_an_error(written):
    """Of 32 positions; the message is the program's own."""
    run = read_onnx(written[1])
    with pytest.raises(Exception, match=r"(?i)invalid|out of"):
        run(rows(1, 33))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda config: WordTagger(Bert(config), 4, 2), ["tags", "intent"]),
        (lambda config: SpanFinder(Bert(config)), ["start", "end"]),
        (lambda config: TextClassifier(Bert(config.replace(causal=True)), 3), ["label"]),
    ],
    ids=["words and text", "spans", "text, causal"],
)
def test_models_of_tasks_say_the_same(tmp_path, make, names):
    model, file = random_model(make, CONFIG.replace(num_hidden_layers=1)), tmp_path / "model.onnx"
    assert write_onnx(model, str(file)) == names
    check_same(model, file, [(1, 2), (4, 9)])


def test_what_is_not_installed_is_named(tmp_path, monkeypatch):
    for name in ("onnxscript", "onnx", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"needs onnx: pip install 'bertlab\[onnx\]'"):
        write_onnx(Bert(CONFIG), tmp_path / "model.onnx")
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(ImportError, match=r"needs onnxruntime: pip install 'bertlab\[onnx\]'"):
        read_onnx(tmp_path / "model.onnx")
    with pytest.raises(FileNotFoundError, match=r"nothing\.onnx is missing"):
        read_onnx(tmp_path / "nothing.onnx")
