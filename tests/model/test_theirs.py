"""What is read out of transformers' models: as they themselves say it, with the queries and keys that explain it."""

import pytest
import torch
import transformers

from bertlab.model.theirs import check_product, look_inside

SIZES = {"vocab_size": 30, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40,
         "max_position_embeddings": 16}  # fmt: skip
GPT_2 = {"vocab_size": 30, "n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 16}
DISTILBERT = {"vocab_size": 30, "dim": 24, "n_layers": 2, "n_heads": 4, "hidden_dim": 40}
EXPLAINED = [
    ("BertForMaskedLM", "BertConfig", SIZES),
    ("RobertaModel", "RobertaConfig", SIZES),
    ("DistilBertModel", "DistilBertConfig", DISTILBERT),
    ("AlbertModel", "AlbertConfig", SIZES),  # one layer, used twice
    ("GPT2LMHeadModel", "GPT2Config", GPT_2),  # queries, keys and values from one projection
    ("GPT2LMHeadModel", "GPT2Config", {**GPT_2, "scale_attn_by_inverse_layer_idx": True}),
    ("GPTNeoXForCausalLM", "GPTNeoXConfig", SIZES),  # turned by position
    ("LlamaForCausalLM", "LlamaConfig", {**SIZES, "num_key_value_heads": 2}),  # two heads to one key
]
NOT_EXPLAINED = [
    ("Gemma2ForCausalLM", "Gemma2Config", {**SIZES, "head_dim": 6, "attn_logit_softcapping": 0.5}, "softmax of query"),
    ("MPNetModel", "MPNetConfig", SIZES, "cannot be had: it does not use transformers' AttentionInterface"),
]


def random_model(name, config, settings, attention=None):
    torch.manual_seed(0)
    settings = getattr(transformers, config)(**settings)
    settings._attn_implementation = attention
    model = getattr(transformers, name)(settings).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.4)
    return model


def text(length=6):
    return {"input_ids": torch.arange(3, 3 + length)[None], "attention_mask": torch.ones(1, length, dtype=torch.long)}


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "config", "settings"), EXPLAINED, ids=lambda value: value if type(value) is str else ""
)
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_attention_is_theirs_and_its_queries_and_keys_explain_it(name, config, settings, attention):
    model = random_model(name, config, settings, attention)
    attentions, queries, keys = look_inside(model, text())
    assert len(attentions) == len(queries) == len(keys) == 2
    expected = random_model(name, config, settings, "eager")(**text(), output_attentions=True).attentions
    for probs, own, query, key in zip(attentions, expected, queries, keys, strict=True):
        assert torch.equal(probs, own)
        assert query.shape == key.shape == (1, 4, 6, 6)
        scores = (query @ key.transpose(2, 3) / 6**0.5).masked_fill(own == 0, -torch.inf)
        assert (scores.softmax(-1) - own).abs().max() <= 1e-5
    check_product(name, attentions, queries, keys)
    assert model.config._attn_implementation == attention
    assert model(**text(), output_attentions=True)[0] is not None


@torch.no_grad()
@pytest.mark.parametrize(("name", "config", "settings", "message"), NOT_EXPLAINED)
def test_what_query_times_key_does_not_explain_is_shown_without_them(name, config, settings, message, caplog):
    model = random_model(name, config, settings, "eager")
    attentions, queries, keys = look_inside(model, text())
    own = model(**text(), output_attentions=True).attentions
    assert all(torch.equal(probs, layer) for probs, layer in zip(attentions, own, strict=True))
    with pytest.raises(ValueError, match=f"{name}.*{message}|{message}.*Head view"):
        check_product(name, attentions, queries, keys)
    assert caplog.records == []


def test_too_long_or_no_text_and_a_model_that_tells_nothing_are_named(monkeypatch):
    model = random_model("GPT2LMHeadModel", "GPT2Config", GPT_2, "sdpa")
    with pytest.raises(ValueError, match="17 tokens, but GPT2LMHeadModel knows 16 positions"):
        look_inside(model, text(17))
    with pytest.raises(ValueError, match="the text is empty, and this tokenizer adds no token"):
        look_inside(model, text(0))
    monkeypatch.setattr(model, "_can_set_attn_implementation", lambda: False)
    with pytest.raises(ValueError, match=r"GPT2LMHeadModel kept no attentions.*attn_implementation='eager'"):
        look_inside(model, text())
