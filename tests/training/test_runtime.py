"""Choosing with a reason."""

import pytest
import torch

from bertlab.training import choose_device, choose_precision, runtime


def test_precision_comes_with_its_reason():
    name, reason = choose_precision(torch.device("cpu"))
    assert name in ("float32", "bfloat16")
    assert "on this CPU" in reason
    assert choose_precision(torch.device("mps")) == ("float32", "bfloat16 is not proven on mps")


@pytest.mark.parametrize(("bfloat16", "chosen"), [(0.5, "bfloat16"), (0.9, "float32"), (3.0, "float32")])
def test_bfloat16_is_chosen_where_it_is_faster(monkeypatch, bfloat16, chosen):
    seconds = {torch.float32: 1.0, torch.bfloat16: bfloat16}
    monkeypatch.setattr(runtime, "_seconds_of_products", seconds.__getitem__)
    name, reason = choose_precision(torch.device("cpu"))
    assert name == chosen
    assert f"{bfloat16:.2f} times as long" in reason


@pytest.mark.parametrize(("cuda", "mps", "chosen"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_the_fastest_device_is_chosen(monkeypatch, cuda, mps, chosen):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device().type == chosen
