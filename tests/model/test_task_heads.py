"""What a task adds to the encoder: transformers' scores for the same numbers, and the right place."""

import pytest
import torch

import bertlab
from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import SentenceEncoder, SpanFinder, TextClassifier, WordTagger, mean_pooled
from bertlab.paths import data_path

TEXTS = ["Leo was sad.", "Today Emma goes to the zoo. She feeds the bear."]


@pytest.fixture(scope="module")
def bert():
    return bertlab.load("story-bert")


@pytest.fixture(scope="module")
def batch(bert):
    read = bert[1].batch(TEXTS)
    return {name: torch.tensor(getattr(read, name)) for name in ("input_ids", "token_type_ids", "attention_mask")}


def theirs(name: str, **settings):
    transformers = pytest.importorskip("transformers")
    folder = data_path("models", "story-bert")
    return getattr(transformers, name).from_pretrained(folder, attn_implementation="eager", **settings).eval()


def give(linear, their_linear):
    linear.load_state_dict(their_linear.state_dict())


@torch.no_grad()
@pytest.mark.slow
def test_a_classifier_scores_as_transformers_does(bert, batch):
    their = theirs("BertForSequenceClassification", num_labels=3)
    ours = TextClassifier(bert[0].bert, 3).eval()
    give(ours.classifier, their.classifier)
    torch.testing.assert_close(ours(**batch)["label"], their(**batch).logits, atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.slow
def test_a_tagger_scores_as_transformers_does(bert, batch):
    their = theirs("BertForTokenClassification", num_labels=5)
    ours = WordTagger(bert[0].bert, 5, intents=2).eval()
    give(ours.tagger, their.classifier)
    scores = ours(**batch)
    torch.testing.assert_close(scores["tags"], their(**batch).logits, atol=1e-5, rtol=1e-5)
    classifier = TextClassifier(bert[0].bert, 2).eval()
    give(classifier.classifier, ours.classifier)
    torch.testing.assert_close(scores["intent"], classifier(**batch)["label"])


@torch.no_grad()
@pytest.mark.slow
def test_a_finder_scores_as_transformers_does_but_never_chooses_padding(bert, batch):
    their = theirs("BertForQuestionAnswering")
    ours = SpanFinder(bert[0].bert).eval()
    give(ours.finder, their.qa_outputs)
    scores, expected, real = ours(**batch), their(**batch), batch["attention_mask"] == 1
    for name in ("start", "end"):
        torch.testing.assert_close(scores[name][real], getattr(expected, f"{name}_logits")[real], atol=1e-5, rtol=1e-5)
        assert (scores[name][~real] < -1e30).all()


@torch.no_grad()
def test_a_causal_model_is_judged_by_its_last_real_piece():
    torch.manual_seed(0)
    config = BertConfig.preset("tiny", vocab_size=40)
    for causal in (False, True):
        model = TextClassifier(Bert(config.replace(causal=causal)), 2).eval()
        ids = torch.tensor([[2, 7, 9, 11, 3], [2, 7, 3, 0, 0]])
        real = (ids != 0).long()
        whole = model(ids, attention_mask=real)["label"]
        torch.testing.assert_close(whole[1], model(ids[1:, :3])["label"][0], atol=1e-5, rtol=1e-5)
        changed = ids.clone()
        changed[0, 3] = 12  # late in the first row: whoever judges by the first place alone cannot know
        assert (model(changed, attention_mask=real)["label"][0] - whole[0]).abs().max() > 1e-4


def test_the_pretrained_model_stays_as_it_is(bert):
    model = TextClassifier(bert[0].bert, 2)
    with torch.no_grad():
        model.encoder.embeddings.token.weight.zero_()
    assert bert[0].bert.embeddings.token.weight.abs().sum() > 0


@torch.no_grad()
def test_sentence_vectors_have_length_one_and_do_not_see_padding():
    torch.manual_seed(0)
    model = SentenceEncoder(Bert(BertConfig.preset("tiny", vocab_size=40))).eval()
    ids = torch.tensor([[2, 7, 9, 11, 3], [2, 7, 3, 0, 0]])
    vectors = model.vectors(ids, (ids != 0).long())
    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(2))
    torch.testing.assert_close(vectors[1], model.vectors(ids[1:, :3])[0], atol=1e-5, rtol=1e-5)
    hidden = model.encoder(ids[:1]).last_hidden_state
    torch.testing.assert_close(mean_pooled(hidden, torch.ones(1, 5).long())[0], hidden[0].mean(dim=0))


@torch.no_grad()
def test_each_first_text_is_asked_for_its_own_among_all_second_ones():
    torch.manual_seed(0)
    model = SentenceEncoder(Bert(BertConfig.preset("tiny", vocab_size=40)), sharpness=3.0).eval()
    ids = torch.tensor([[2, 7, 3], [2, 9, 3], [2, 11, 3], [2, 13, 3]])
    vectors = model.vectors(ids)
    expected = torch.tensor([[3.0 * float(vectors[a] @ vectors[2 + b]) for b in range(2)] for a in range(2)])
    torch.testing.assert_close(model(ids)["own"], expected)


@torch.no_grad()
def test_all_that_read_pairs_are_told_the_segment():
    """[CLS] 7 [SEP] 9 [SEP], by hand from the encoder's vectors."""
    torch.manual_seed(0)
    encoder = Bert(BertConfig.preset("tiny", vocab_size=40, initializer_range=0.3)).eval()
    ids, segments = torch.tensor([[2, 7, 3, 9, 3]]), torch.tensor([[0, 0, 0, 1, 1]])
    hidden = encoder(ids, segments).last_hidden_state
    finder, tagger = SpanFinder(encoder).eval(), WordTagger(encoder, 4).eval()
    classifier = TextClassifier(encoder, 3).eval()
    torch.testing.assert_close(finder(ids, segments)["start"], finder.finder(hidden)[..., 0])
    torch.testing.assert_close(tagger(ids, segments)["tags"], tagger.tagger(hidden))
    label = classifier.classifier(torch.tanh(encoder.pooler(hidden[:, 0])))
    torch.testing.assert_close(classifier(ids, segments)["label"], label)


@torch.no_grad()
def test_what_a_new_matrix_reads_is_dropped_out_while_training():
    torch.manual_seed(0)
    encoder = Bert(BertConfig.preset("tiny", vocab_size=40, hidden_dropout_prob=0.5))
    read = []
    tagger, classifier = WordTagger(encoder, 4, intents=2), TextClassifier(encoder, 3)
    for matrix in (tagger.tagger, tagger.classifier, classifier.classifier):
        matrix.register_forward_pre_hook(lambda part, given: read.append((given[0] == 0).double().mean().item()))
    for model in (tagger.train(), classifier.train()):
        model(torch.tensor([[2, 7, 9, 3]] * 4))
    assert read == pytest.approx([0.5] * 3, abs=0.1)
    for model in (tagger.eval(), classifier.eval()):
        model(torch.tensor([[2, 7, 9, 3]] * 4))
    assert read[3:] == [0.0] * 3


def test_a_new_matrix_begins_as_wide_as_the_configuration_says():
    encoder = Bert(BertConfig.preset("tiny", vocab_size=40, initializer_range=0.3))
    for matrix in (TextClassifier(encoder, 20).classifier, WordTagger(encoder, 20).tagger):
        assert matrix.weight.std().item() == pytest.approx(0.3, rel=0.1)
        assert not matrix.bias.any()
