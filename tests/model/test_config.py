"""Sizes: the presets are the published ones, and sizes that do not fit are refused."""

import pytest
import torch

from bertlab.model import Bert, BertConfig, BertForPreTraining
from bertlab.model.checkpoint import config_to_json
from bertlab.model.config import PRESETS


def count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_are_as_many_as_in_transformers(name):
    import transformers

    config = BertConfig.preset(name)
    theirs = transformers.BertConfig(**config_to_json(config))
    with torch.device("meta"):
        assert count(Bert(config)) == count(transformers.BertModel(theirs))
        assert count(BertForPreTraining(config)) == count(transformers.BertForPreTraining(theirs))


def test_parameters_are_as_many_as_in_the_paper():
    """The paper gives 110M and 340M: two digits. Exact counts are those of the released checkpoints."""
    with torch.device("meta"):
        base, large = count(Bert(BertConfig.preset("base"))), count(Bert(BertConfig.preset("large")))
    assert (base, large) == (109_482_240, 335_141_888)
    assert (float(f"{base:.2g}"), float(f"{large:.2g}")) == (110e6, 340e6)


def test_heads_work_on_64_numbers_as_published():
    """The number of heads changes no count of parameters, so it needs a test of its own."""
    assert [BertConfig.preset(name).num_attention_heads for name in PRESETS] == [2, 4, 8, 8, 12, 16]
    assert {BertConfig.preset(name).head_dim for name in PRESETS} == {64}


def test_base_is_the_default_and_transformers_default():
    import transformers

    assert BertConfig.preset("base") == BertConfig()
    theirs = transformers.BertConfig().to_dict()
    ours = config_to_json(BertConfig())
    compared = ours.keys() & theirs.keys() - {"architectures", "dtype"}
    assert len(compared) >= 15
    assert {key: ours[key] for key in compared} == {key: theirs[key] for key in compared}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_size": 100, "num_attention_heads": 12}, r"hidden_size 100 .* 12 heads"),
        ({"pad_token_id": 30522}, r"pad_token_id 30522 .* 30522"),
        ({"hidden_dropout_prob": 1.0}, r"hidden_dropout_prob .* 1\.0"),
        ({"attention_probs_dropout_prob": -0.1}, r"attention_probs_dropout_prob .* -0\.1"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        BertConfig(**changes)


def test_an_unknown_preset_lists_the_known():
    with pytest.raises(ValueError, match=r"'huge'.*tiny, mini, small, medium, base, large"):
        BertConfig.preset("huge")


def test_a_row_too_long_is_refused(make_model):
    model, _ = make_model()
    too_long = model.config.max_position_embeddings + 1
    with pytest.raises(ValueError, match=rf"{too_long} tokens.*{too_long - 1} positions"):
        model(torch.zeros(1, too_long, dtype=torch.long))


def test_a_new_model_starts_small_and_random():
    """Weights of the asked deviation, biases 0, norms the identity, and no numbers for padding."""
    config = BertConfig.preset("tiny", vocab_size=500, initializer_range=0.05, pad_token_id=3)
    for name, parameter in BertForPreTraining(config).named_parameters():
        if name.endswith("norm.weight"):
            assert (parameter == 1).all(), name
        elif name.endswith("bias"):
            assert (parameter == 0).all(), name
        elif parameter.numel() > 5000:
            assert abs(parameter.std().item() - 0.05) < 0.002, name
        if name == "bert.embeddings.token.weight":
            assert (parameter[3] == 0).all()
            assert (parameter[4] != 0).any()
