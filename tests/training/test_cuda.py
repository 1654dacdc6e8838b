"""On an NVIDIA GPU: training runs in bfloat16, and the fused attention used there is the visible one."""

import pytest
import torch

from bertlab.training import choose_device, choose_precision, load_checkpoint, new_model, new_optimizer, save_checkpoint
from bertlab.training import train as train_model

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device; run this where there is an NVIDIA GPU"),
]
DEVICE = torch.device("cuda")


@pytest.fixture(params=[False, True], ids=["both ways", "causal"])
def setting(request, small_batches, small_recipe, small_config):
    """A model on the GPU, one batch, of pairs if it looks both ways, and sixty steps in bfloat16 to learn it."""
    recipe = small_recipe(steps=60, precision="bfloat16", warmup_steps=5, next_sentence=not request.param)
    batches = small_batches(recipe)
    model = new_model(small_config(vocab_size=len(batches.tokenizer), causal=request.param), recipe)
    return model.to(DEVICE), batches(59), recipe


def test_the_gpu_is_found():
    assert choose_device().type == "cuda"
    name, reason = choose_precision(DEVICE)
    assert name in ("float32", "bfloat16")
    assert "GPU" in reason


def test_it_learns_in_bfloat16(setting):
    model, batch, recipe = setting
    losses = [step.mlm_loss for step in train_model(model, lambda _: batch, recipe)]
    assert losses[-1] < losses[0] - 1
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_fused_and_visible_attention_agree(setting):
    model, batch, _ = setting
    batch = batch.to(DEVICE)
    read = batch.input_ids, batch.token_type_ids, batch.attention_mask
    with torch.inference_mode():
        fused, visible = model.eval()(*read), model(*read, output_attentions=True)
    assert fused.attentions is None
    torch.testing.assert_close(fused.prediction_logits, visible.prediction_logits, atol=1e-4, rtol=1e-4)


def test_a_checkpoint_comes_back_to_the_gpu(setting, tmp_path):
    model, batch, recipe = setting
    for step in train_model(model, lambda _: batch, recipe):
        if step.number == 3:
            save_checkpoint(tmp_path / "checkpoint.pt", step, recipe)
            break
    again = new_model(model.config, recipe).to(DEVICE)
    optimizer = new_optimizer(again, recipe)
    assert load_checkpoint(tmp_path / "checkpoint.pt", again, optimizer, recipe) == 3
    assert all(map(torch.equal, again.state_dict().values(), model.state_dict().values()))
    step = next(train_model(again, lambda _: batch, recipe, optimizer=optimizer, first_step=3))
    assert step.number == 4
