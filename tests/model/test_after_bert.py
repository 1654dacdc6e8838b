"""What came after BERT: the figures are those of transformers' own classes, and the sizes those they give."""

import pytest
import torch

from bertlab.model.after_bert import ABSENT, BERT_BASE, SUCCESSORS

KINDS = {
    "RoBERTa": "Roberta",
    "ALBERT": "Albert",
    "DistilBERT": "DistilBert",
    "ELECTRA": "Electra",
    "ModernBERT": "ModernBert",
}
# A class of transformers begins with what its authors liked; these are of the checkpoint instead.
NOT_THE_DEFAULT = {
    "RoBERTa": {"max_position_embeddings", "type_vocab_size", "layer_norm_eps"},
    "ALBERT": {"hidden_size", "num_attention_heads", "intermediate_size"},
    "ELECTRA": {"hidden_size", "num_attention_heads", "intermediate_size", "embedding_size"},
}
# What ModernBERT and DistilBERT call otherwise.
THEIRS = {
    "ModernBERT": {
        "layer_norm_eps": "norm_eps",
        "attention_probs_dropout_prob": "attention_dropout",
        "hidden_dropout_prob": "mlp_dropout",
        "hidden_act": "hidden_activation",
    },
    "DistilBERT": {
        "hidden_act": "activation",
        "hidden_dropout_prob": "dropout",
        "attention_probs_dropout_prob": "attention_dropout",
        "intermediate_size": "hidden_dim",
    },
}
CHECKED = [
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
    "max_position_embeddings", "type_vocab_size", "hidden_dropout_prob", "attention_probs_dropout_prob",
    "layer_norm_eps", "pad_token_id", "embedding_size", "num_hidden_groups", "attention_bias", "local_attention",
]  # fmt: skip


def their_config(successor, **changes):
    import transformers

    return getattr(transformers, f"{KINDS[successor.name]}Config")(**changes)


@pytest.mark.parametrize("successor", SUCCESSORS, ids=lambda each: each.name)
def test_figures_are_those_of_transformers(successor):
    """Also those that the table leaves out: there the successor is as BERT-Base."""
    theirs, compared = their_config(successor), 0
    ours = BERT_BASE | successor.config
    for name in CHECKED:
        if name in NOT_THE_DEFAULT.get(successor.name, ()) or ours[name] == ABSENT:
            continue
        key = THEIRS.get(successor.name, {}).get(name, name)
        if hasattr(theirs, key):
            assert getattr(theirs, key) == ours[name], name
            compared += 1
    assert compared >= 8


@pytest.mark.parametrize("successor", SUCCESSORS, ids=lambda each: each.name)
def test_parameters_are_those_of_the_model(successor):
    import transformers

    ours = BERT_BASE | successor.config
    config = their_config(successor, **{name: ours[name] for name in NOT_THE_DEFAULT.get(successor.name, ())})
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(config)
    assert sum(parameter.numel() for parameter in model.parameters()) == successor.parameters


def test_a_difference_names_what_differs():
    for successor in SUCCESSORS:
        for name, before, after in successor.changes():
            assert before != after, f"{successor.name}: {name}"
    electra = next(each for each in SUCCESSORS if each.name == "ELECTRA")
    assert electra.changes() == []  # the question alone is new
    assert [each.year for each in SUCCESSORS] == sorted(each.year for each in SUCCESSORS)


def test_absent_means_absent():
    """What the table calls absent, transformers' class has not."""
    for successor in SUCCESSORS:
        for name, value in successor.config.items():
            if value == ABSENT:
                assert not hasattr(their_config(successor), name), f"{successor.name} has a {name}"


def test_a_successor_prints_all_that_it_changed():
    for successor in SUCCESSORS:
        lines = str(successor).splitlines()
        assert max(map(len, lines)) <= 76, "nothing is broken on a page"
        said = " ".join(" ".join(lines).split())
        for told in (successor.name, successor.objective, successor.next_sentence, successor.source):
            assert " ".join(told.split()) in said
        assert all(f"{name} " in said for name, _, _ in successor.changes())
