"""The table of BERT's family: each member is the model that transformers builds of its sizes."""

import re

import pytest
import torch

from bertlab.model.checkpoint import config_to_json
from bertlab.model.cost import parameters
from bertlab.model.family import FAMILY

NAMES = [member.name for member in FAMILY]


def their_parameters(kind: str, config) -> int:
    import transformers

    with torch.device("meta"):
        model = getattr(transformers, kind)(config)
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("member", FAMILY, ids=NAMES)
def test_our_counts_are_those_of_transformers(member):
    import transformers

    config = transformers.BertConfig(**config_to_json(member.config))
    assert parameters(member.config) == their_parameters("BertModel", config)
    assert parameters(member.config, heads=True) == their_parameters("BertForPreTraining", config)


def test_base_is_what_transformers_calls_bert():
    import transformers

    base = next(member for member in FAMILY if member.name == "Base")
    assert parameters(base.config) == their_parameters("BertModel", transformers.BertConfig())


def test_counts_are_near_those_of_the_paper():
    configs = {member.name: member.config for member in FAMILY}
    assert round(parameters(configs["Base"], heads=True) / 1e6) == 110
    assert round(parameters(configs["Large"], heads=True) / 1e6) == 336  # the paper rounds to 340
    more_pieces = parameters(configs["Multilingual"]) - parameters(configs["Base"])
    assert more_pieces == (119547 - 30522) * 768


@pytest.mark.parametrize("member", FAMILY, ids=NAMES)
def test_names_agree_with_sizes(member):
    """What a name on the Hub says of layers, width, heads and capitals is what the table says."""
    said = re.search(r"L-(\d+)_H-(\d+)_A-(\d+)", member.hub_id)
    config = member.config
    if said:
        sizes = (config.num_hidden_layers, config.hidden_size, config.num_attention_heads)
        assert tuple(map(int, said.groups())) == sizes
    for word, cased in (("uncased", False), ("-cased", True)):
        if word in member.hub_id:
            assert member.cased == cased
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", member.hub_id)
    assert len({each.hub_id for each in FAMILY}) == len({each.name for each in FAMILY}) == len(FAMILY)


@pytest.mark.parametrize(("name", "file"), [("Base", "uncased"), ("Base, cased", "cased"), ("Chinese", "chinese")])
def test_vocabularies_are_the_published_ones(test_data, name, file):
    member = next(member for member in FAMILY if member.name == name)
    pieces = (test_data / "vocab" / f"bert-base-{file}-vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert len(pieces) == member.vocabulary
    words = [piece for piece in pieces if not re.fullmatch(r"\[.+\]|<.>", piece)]
    assert any(piece != piece.lower() for piece in words) == member.cased
