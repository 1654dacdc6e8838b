"""`bertlab export`: a model goes out as one file, and the command says what the file takes and gives."""

import re

import pytest
import torch

from bertlab import cli
from bertlab.model import onnx_file
from bertlab.pretrained import as_tensors, load


@pytest.mark.slow
def test_a_model_of_ours_goes_out(tmp_path, capsys):
    file = tmp_path / "out.onnx"
    assert cli.main(["export", "story-bert", "--onnx", str(file)]) == 0
    said = capsys.readouterr().out
    assert re.fullmatch(
        rf"{re.escape(str(file))}: [\d.]+ MB; takes input_ids, token_type_ids, attention_mask; "
        r"gives prediction_logits, seq_relationship_logits\n",
        said,
    )
    model, tokenizer = load("story-bert")
    tensors = as_tensors(tokenizer.batch(["Tom sees a [MASK].", "Mia."]))
    theirs = onnx_file.read_onnx(file)(tensors)["prediction_logits"]
    ours = model(**tensors).prediction_logits.softmax(dim=-1).detach()
    assert (ours - torch.from_numpy(theirs).softmax(dim=-1)).abs().max() <= 1e-5


def test_what_is_missing_is_one_line(tmp_path, monkeypatch, capsys):
    def write_onnx(model, file):
        raise ImportError("writing an ONNX file needs onnx: pip install 'bertlab[onnx]'")

    assert cli.main(["export", "no-such-model", "--onnx", str(tmp_path / "out.onnx")]) == 1
    assert "'no-such-model' is no folder here" in capsys.readouterr().err
    monkeypatch.setattr(onnx_file, "write_onnx", write_onnx)
    assert cli.main(["export", "story-bert", "--onnx", str(tmp_path / "out.onnx")]) == 1
    assert capsys.readouterr().err == "bertlab: writing an ONNX file needs onnx: pip install 'bertlab[onnx]'\n"
    assert list(tmp_path.iterdir()) == []
