"""Fine-tuned models as folders: ours answer the same in transformers, theirs the same here."""

import json

import pytest
import torch
from safetensors.torch import load_file

from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import SentenceEncoder, SpanFinder, TextClassifier, WordTagger
from bertlab.pretrained import as_tensors, load
from bertlab.tasks.folders import load_task, save_task
from bertlab.text import Tokenizer

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "bank", "river", "##s", "un", "##a", "!", "by", "Ü"]
TEXTS = ["The rivers by the bank!", "una", "by unas, the bank"]
LABELS = ["glad", "sad", "böse"]
CONFIG = BertConfig(
    vocab_size=len(PIECES),
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=40,
    max_position_embeddings=32,
)
KINDS = {
    "text": (lambda encoder: TextClassifier(encoder, 3), "BertForSequenceClassification", LABELS),
    "words": (lambda encoder: WordTagger(encoder, 3), "BertForTokenClassification", LABELS),
    "spans": (SpanFinder, "BertForQuestionAnswering", []),
}


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer(PIECES)


def shaken(model: torch.nn.Module) -> torch.nn.Module:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model.eval()


def random_model(make, config: BertConfig = CONFIG):
    torch.manual_seed(0)
    return shaken(make(Bert(config)))


def their_answers(model, tensors) -> list[torch.Tensor]:
    output = model(**tensors)
    return [output.start_logits, output.end_logits] if hasattr(output, "start_logits") else [output.logits]


@torch.no_grad()
def check_same(ours, theirs, tokenizer) -> None:
    tensors = as_tensors(tokenizer.batch(TEXTS, TEXTS[::-1]))
    real = tensors["attention_mask"].bool()
    for (name, here), there in zip(ours(**tensors).items(), their_answers(theirs, tensors), strict=True):
        if name in ("start", "end"):  # of padding we say that it is never chosen
            here, there = here[real], there[real]
        assert (here - there).abs().max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_ours_answers_the_same_there(tmp_path, tokenizer, kind):
    import transformers

    make, name, labels = KINDS[kind]
    model = random_model(make)
    save_task(model, tokenizer, tmp_path, labels)
    theirs, report = getattr(transformers, name).from_pretrained(tmp_path, output_loading_info=True)
    assert {key: list(found) for key, found in report.items() if found} == {}
    check_same(model, theirs.eval(), tokenizer)
    if labels:
        assert theirs.config.id2label == dict(enumerate(labels))
        assert theirs.config.label2id == {label: number for number, label in enumerate(labels)}

    again = load_task(tmp_path)
    assert type(again.model) is type(model)
    assert not again.model.training
    assert (again.labels, again.tokenizer.pieces) == (labels, PIECES)
    check_same(again.model, theirs, tokenizer)


@pytest.mark.parametrize("way", ["whole", "parts", "bin"])
@pytest.mark.parametrize("kind", KINDS)
def test_theirs_answers_the_same_here(tmp_path, tokenizer, kind, way):
    import transformers

    torch.manual_seed(1)
    config = transformers.BertConfig(
        **{name: getattr(CONFIG, name) for name in ("vocab_size", "hidden_size", "num_hidden_layers")},
        num_attention_heads=2,
        intermediate_size=40,
        num_labels=2 if kind == "spans" else 4,
    )
    theirs = shaken(getattr(transformers, KINDS[kind][1])(config))
    theirs.save_pretrained(tmp_path, max_shard_size="4KB" if way == "parts" else "1GB")
    if way == "bin":
        torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
        (tmp_path / "model.safetensors").unlink()
    tokenizer.save(tmp_path)
    found = load_task(tmp_path)
    assert found.labels == ([] if kind == "spans" else ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"])
    check_same(found.model, theirs, tokenizer)


def test_a_pipeline_says_the_same(tmp_path, tokenizer):
    import transformers

    model = random_model(KINDS["text"][0])
    save_task(model, tokenizer, tmp_path, LABELS)
    said = transformers.pipeline("text-classification", model=str(tmp_path))(TEXTS, top_k=None)
    for text, answers in zip(TEXTS, said, strict=True):
        shares = model(**as_tensors(tokenizer(text)))["label"][0].softmax(dim=-1).tolist()
        assert {each["label"]: each["score"] for each in answers} == pytest.approx(
            dict(zip(LABELS, shares, strict=True)), abs=1e-5
        )


def test_the_encoder_can_be_had_alone(tmp_path, tokenizer):
    """Whoever wants to go on from a fine-tuned model loads it as any BERT."""
    model = random_model(KINDS["words"][0])
    save_task(model, tokenizer, tmp_path, LABELS)
    loaded, _ = load(tmp_path, new_heads=True)
    assert torch.equal(loaded.bert.layers[1].attention.query.weight, model.encoder.layers[1].attention.query.weight)


def test_what_transformers_has_not_is_refused(tmp_path, tokenizer):
    for make, said in (
        (lambda encoder: WordTagger(encoder, 3, intents=2), "WordTagger answers, tags and intents together"),
        (SentenceEncoder, "no class for what a SentenceEncoder answers"),
    ):
        with pytest.raises(ValueError, match=said):
            save_task(random_model(make), tokenizer, tmp_path, LABELS)
    causal = random_model(KINDS["text"][0], CONFIG.replace(causal=True))
    with pytest.raises(ValueError, match="in a causal model that has read nothing else"):
        save_task(causal, tokenizer, tmp_path, LABELS)
    for kind, labels, said in (("text", LABELS[:2], "2 labels for 3"), ("spans", ["yes"], "1 labels for 0")):
        with pytest.raises(ValueError, match=said):
            save_task(random_model(KINDS[kind][0]), tokenizer, tmp_path, labels)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_kind_is_refused(tmp_path, tokenizer):
    save_task(random_model(KINDS["text"][0]), tokenizer, tmp_path, LABELS)
    file = tmp_path / "config.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(content | {"architectures": ["BertForQuestionAnswering"]}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"model\.safetensors: qa_outputs\.weight is missing"):
        load_task(tmp_path)
    file.write_text(json.dumps(content | {"architectures": ["BertForMaskedLM"]}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"architectures is \['BertForMaskedLM'\]; of a task are BertForSequence"):
        load_task(tmp_path)
