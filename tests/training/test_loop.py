"""The loop against transformers and torch: the same loss, the same gradients, the same step."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bertlab.model.checkpoint import hugging_face_name
from bertlab.pretrained import save
from bertlab.training import Recipe, Stage, ask, new_model, new_optimizer, train


@pytest.fixture
def setting(small_batches, small_recipe, small_config):
    """A small model with what it reads; no dropout, so that two libraries can be compared."""
    recipe = small_recipe()
    batches = small_batches(recipe)
    config = small_config(vocab_size=len(batches.tokenizer), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    return new_model(config, recipe), batches, recipe


def parameters(model):
    return {name: value.detach().clone() for name, value in model.named_parameters()}


def twin(model, tokenizer, folder):
    """The same model in transformers, through a folder."""
    import transformers

    save(model, tokenizer, folder)
    return transformers.BertForPreTraining.from_pretrained(folder)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, 1e-3 * 1 / 5),
        (1, 1e-3 * 2 / 5),
        (3, 1e-3 * 4 / 5),
        (4, 1e-3),
        (5, 1e-3 * 15 / 16),
        (12, 1e-3 * 8 / 16),
        (19, 1e-3 * 1 / 16),
    ],
)
def test_the_learning_rate_warms_up_and_decays(number, expected):
    assert Recipe(steps=20, warmup_steps=4, learning_rate=1e-3).learning_rate_at(number) == pytest.approx(expected)


def test_without_warm_up_it_starts_at_its_highest():
    recipe = Recipe(steps=10, warmup_steps=0, learning_rate=1e-3)
    assert [recipe.learning_rate_at(step) for step in (0, 5, 9)] == pytest.approx([1e-3, 5e-4, 1e-4])


def test_rows_grow_when_their_stage_begins():
    recipe = Recipe(steps=100, stages=(Stage(0.0, 8), Stage(0.25, 32), Stage(0.5, 64)))
    assert [recipe.row_length_at(step) for step in (0, 24, 25, 49, 50, 99)] == [8, 8, 32, 32, 64, 64]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"steps": 0}, "steps must be at least 1, not 0"),
        ({"masking": 1.0}, "between 0 and 1, not 1.0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"warmup_steps": -1}, "warmup_steps not below, not 0.0006 and -1"),
        ({"pair_length": 8}, "not pair_length=8"),
        ({"precision": "float16"}, "not 'float16'"),
        ({"stages": ()}, "first stage must start at 0"),
        ({"stages": (Stage(0.1, 8),)}, "first stage must start at 0"),
        ({"stages": (Stage(0.0, 8), Stage(0.0, 16))}, "one after another"),
        ({"stages": (Stage(0.0, 7),)}, "a row of 7 tokens is too short"),
        ({"stages": (Stage(0.0, 64),), "batch_tokens": 63}, "a batch of 63 tokens holds no row of 64"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        Recipe(**{"steps": 10, **changes})


@pytest.mark.parametrize("number", [0, 5], ids=["spans", "pairs"])
def test_loss_and_gradients_are_those_of_transformers(setting, tmp_path, number):
    model, batches, _ = setting
    batch = batches(number)
    theirs = twin(model, batches.tokenizer, tmp_path)
    labels = batch.next_sentence_label
    output = theirs(
        input_ids=batch.input_ids,
        token_type_ids=batch.token_type_ids,
        attention_mask=batch.attention_mask,
        labels=batch.labels,
        # Theirs cannot leave the second question out; ours is then compared with theirs without it.
        next_sentence_label=torch.zeros(len(batch.labels), dtype=torch.long) if labels is None else labels,
    )
    answers = ask(model, batch)
    true = batch.labels != -100
    expected = output.loss
    if labels is None:
        assert answers.nsp_loss is None
        expected = torch.nn.functional.cross_entropy(output.prediction_logits[true], batch.labels[true])
    else:
        guessed = output.seq_relationship_logits.argmax(dim=1)
        assert answers.nsp_accuracy.item() == pytest.approx((guessed == labels).double().mean().item())
    assert answers.loss.item() == pytest.approx(expected.item(), abs=1e-5)
    hits = (output.prediction_logits.argmax(dim=2) == batch.labels)[true].double().mean()
    assert answers.mlm_accuracy.item() == pytest.approx(hits.item())

    answers.loss.backward()
    expected.backward()
    of_theirs = dict(theirs.named_parameters())
    for name, parameter in model.named_parameters():
        other = of_theirs[hugging_face_name(name)].grad
        if parameter.grad is None:
            assert other is None
        else:
            torch.testing.assert_close(parameter.grad, other, atol=1e-5, rtol=0.0)


def test_a_step_is_one_of_torchs_adamw_with_their_gradients(setting, tmp_path):
    """Two steps, clipped, with decay for matrices only, each written out."""
    model, batches, recipe = setting
    recipe = replace(recipe, clip_norm=0.5, weight_decay=0.3, stages=(Stage(0.0, 64),))
    batches = replace(batches, recipe=recipe)
    theirs = twin(model, batches.tokenizer, tmp_path).eval()
    decaying = [each for each in theirs.parameters() if each.dim() > 1]
    others = [each for each in theirs.parameters() if each.dim() == 1]
    adamw = torch.optim.AdamW(
        [{"params": decaying}, {"params": others, "weight_decay": 0.0}], eps=1e-6, weight_decay=0.3
    )
    steps = train(model, batches, recipe)
    for number in range(2):
        batch = batches(number)
        loss = theirs(
            batch.input_ids,
            token_type_ids=batch.token_type_ids,
            attention_mask=batch.attention_mask,
            labels=batch.labels,
            next_sentence_label=batch.next_sentence_label,
        ).loss
        adamw.zero_grad()
        loss.backward()
        norm = sum((each.grad**2).sum() for each in theirs.parameters() if each.grad is not None) ** 0.5
        assert norm > 0.5, "there is something to clip"
        for each in theirs.parameters():
            each.grad *= 0.5 / norm
        for group in adamw.param_groups:
            group["lr"] = recipe.learning_rate * (number + 1) / 3
        adamw.step()

        step = next(steps)
        assert step.number == number + 1
        assert step.loss == pytest.approx(loss.item(), abs=1e-5)
        assert step.learning_rate == pytest.approx(recipe.learning_rate * (number + 1) / 3)
        of_theirs = dict(theirs.named_parameters())
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(parameter, of_theirs[hugging_face_name(name)], atol=1e-5, rtol=0.0, msg=name)


@pytest.mark.slow
def test_a_small_model_learns_one_batch_by_heart(setting):
    model, batches, recipe = setting
    batch = batches(5)
    recipe = replace(recipe, steps=300, learning_rate=1e-2, warmup_steps=20)
    losses = [step.loss for step in train(model, lambda _: batch, recipe)]
    assert losses[0] > 5
    assert losses[-1] < 0.1


def test_a_causal_model_is_asked_for_no_next_sentence(small_batches, small_config, small_recipe):
    recipe = small_recipe(next_sentence=False)
    batches = small_batches(recipe)
    twin = new_model(small_config(vocab_size=len(batches.tokenizer), causal=True), recipe)
    steps = list(train(twin, batches, recipe))
    assert {step.nsp_loss for step in steps} == {step.nsp_accuracy for step in steps} == {None}
    assert steps[-1].loss == steps[-1].mlm_loss

    with_pairs = small_recipe()
    with pytest.raises(ValueError, match=r"\[CLS\] stands first and sees nothing but itself"):
        list(train(twin, small_batches(with_pairs), with_pairs))


def test_a_gradient_that_is_no_number_stops_before_it_does_harm(setting):
    model, batches, recipe = setting
    known = {}

    def poisoned(number):
        if number == 2:
            known.update(parameters(model))
            with torch.no_grad():
                model.nsp_head.bias[0] = torch.inf  # a loss of inf or nan, with every other parameter sound
        return batches(number)

    with pytest.raises(
        FloatingPointError, match=r"step 3: the loss is .*gradient nan.*lower the learning rate \(0.005\)"
    ):
        list(train(model, poisoned, recipe))
    model.nsp_head.bias.data[0] = known["nsp_head.bias"][0]
    assert all(torch.equal(value, known[name]) for name, value in parameters(model).items())
    assert next(train(model, batches, recipe)).loss > 0, "and one can go on: no spoilt gradient is left"


def test_leaving_early_keeps_what_was_learned(setting):
    model, batches, recipe = setting
    before = parameters(model)
    for step in train(model, batches, recipe):
        if step.number == 2:
            break
    assert step.model is model
    assert not torch.equal(model.bert.embeddings.token.weight, before["bert.embeddings.token.weight"])


def test_whatever_the_body_does_the_next_step_trains_as_ever(setting):
    """Evaluating, or a backward of one's own, between two steps leaves no trace."""
    model, batches, recipe = setting
    torch.manual_seed(0)
    plain = [step.loss for step in train(model, batches, recipe)]
    again = new_model(model.config, recipe)
    disturbed = []
    for step in train(again, batches, recipe):
        assert step.model.training
        disturbed.append(step.loss)
        step.model.eval()
        ask(step.model, batches(0)).loss.backward()
    assert disturbed == plain


def test_a_step_says_how_it_went(setting):
    model, batches, recipe = setting
    steps = list(train(model, batches, recipe))
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]
    assert [step.row_length for step in steps] == [16, 16, 64, 64, 64, 64]
    assert [step.tokens for step in steps] == [batches(number).num_tokens for number in range(6)]
    last = steps[-1]
    assert last.loss == pytest.approx(last.mlm_loss + last.nsp_loss)
    assert str(steps[0]).startswith(f"step 1/6  loss {steps[0].mlm_loss:.3f} nats  masked words ")
    assert "next sentence" not in str(steps[0])
    assert f"next sentence {last.nsp_accuracy:.0%}" in str(last)
    assert str(last).endswith(f"{last.tokens_per_second:,.0f} tokens/s")


def test_the_same_seed_gives_the_same_parameters_causal_or_not(small_config, small_recipe):
    config = small_config(vocab_size=50)
    torch.manual_seed(1)
    random_state = torch.get_rng_state()
    first = parameters(new_model(config, small_recipe()))
    assert torch.equal(torch.get_rng_state(), random_state), "whoever draws numbers outside is not disturbed"
    torch.manual_seed(2)
    again = parameters(new_model(config.replace(causal=True), small_recipe()))
    assert all(torch.equal(first[name], again[name]) for name in first)
    other = parameters(new_model(config, small_recipe(seed=1)))
    assert not torch.equal(first["bert.pooler.weight"], other["bert.pooler.weight"])


def test_positions_begin_as_wide_as_the_recipe_says(small_config, small_recipe):
    model = new_model(small_config(vocab_size=50, hidden_size=128), small_recipe(position_std=0.1))
    assert model.bert.embeddings.position.weight.std().item() == pytest.approx(0.1, rel=0.05)
    assert model.bert.embeddings.segment.weight.std().item() == pytest.approx(0.02, rel=0.3)


def test_matrices_decay_and_vectors_do_not(setting):
    model, _, recipe = setting
    decaying, others = new_optimizer(model, recipe).param_groups
    assert decaying["weight_decay"] == recipe.weight_decay
    assert others["weight_decay"] == 0
    names = {id(value): name for name, value in model.named_parameters()}
    assert {names[id(each)].rsplit(".")[-1] for each in decaying["params"]} == {"weight"}
    unchanging = {names[id(each)] for each in others["params"]}
    assert unchanging == {name for name in names.values() if name.endswith("bias") or "norm" in name}


def test_dropout_drops_in_training_only(setting):
    _, batches, recipe = setting
    config = replace(setting[0].config, hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.3)
    model, batch = new_model(config, recipe), batches(5)
    losses = {ask(model.train(), batch).loss.item() for _ in range(4)}
    assert len(losses) == 4
    assert len({ask(model.eval(), batch).loss.item() for _ in range(4)}) == 1
    assert np.ptp([*losses]) < 1
