"""What the lab answers; how it is drawn is seen in tests/browser/test_attention_lab.py."""

import base64
import json
import re

import numpy as np
import pytest

from bertlab.views import AttentionLab
from bertlab.views.attention_lab import lab as lab_module
from bertlab.views.attention_lab.answers import packed
from bertlab.views.attention_lab.lab import Question

TEXT = "the bank is steep"
BANK, STEEP = [0, 4, 8], [0, 12, 17]


def ask(lab, text_a=TEXT, text_b=None, holes=(), other_mask=False):
    return lab.answer({"text_a": text_a, "text_b": text_b, "holes": list(holes), "other_mask": other_mask})


def state_of(page):
    return json.loads(re.search(r"<script>window\.bertlab_lab=(.*?);</script>", page).group(1))


def test_an_answer_has_chips_guesses_loss_and_attention(a_reader):
    answer = ask(AttentionLab(a_reader(), TEXT), holes=[BANK])
    assert [chip["token"] for chip in answer["chips"]] == ["[CLS]", "the", "bank", "is", "steep", "[SEP]"]
    assert [chip["hidden"] for chip in answer["chips"]] == [False, False, True, False, False, False]
    assert [chip["fixed"] for chip in answer["chips"]] == [True, False, False, False, False, True]
    assert answer["chips"][2]["stretch"] == BANK
    [panel] = answer["panels"]
    assert panel["name"] == "BERT"
    assert panel["note"] == "sees both sides; trained to say hidden words"
    assert panel["tokens"][2] == "[MASK]"
    assert panel["answers"] == [
        {
            "place": 2,
            "told_at": 2,
            "title": "Guesses for “bank”",
            "right": "bank",
            "guesses": [["both", 0.75], ["bank", 0.25]],
        }
    ]
    assert panel["loss"] == "Loss 0.50 nats: as unsure as with a die of 1.6 sides"
    json.dumps(answer)


def test_the_switch_changes_who_sees_what_and_says_that_it_was_never_trained_so(a_reader):
    lab = AttentionLab(a_reader(), TEXT)
    assert "Causal mask on the same parameters" in ask(lab)["switch"]
    [panel] = ask(lab, holes=[BANK], other_mask=True)["panels"]
    assert panel["causal"]
    assert panel["note"] == "sees the left side only: this model was never trained so"
    assert panel["loss"] == "Loss 2.00 nats: as unsure as with a die of 7.4 sides (0.50 nats as it was trained)"
    assert panel["answers"][0]["guesses"][0][0] == "left"
    shares = np.frombuffer(base64.b64decode(panel["attention"]["packed"]), "<u2").reshape(2, 3, 6, 6)
    assert not np.triu(shares, 1).any()


def test_who_is_asked_for_the_next_word_is_said_to_see_it_where_it_does(a_reader):
    lab = AttentionLab(a_reader(causal=True, target="next"), TEXT)
    [own], [other] = (ask(lab, holes=[STEEP], other_mask=mask)["panels"] for mask in (False, True))
    assert own["note"] == "sees the left side only; trained to say the next word, all before it in view"
    assert other["note"] == "sees both sides, the word asked for too: this model was never trained so"
    assert own["answers"][0]["told_at"] == 3


def test_a_control_is_not_said_to_be_trained(a_reader):
    lab = AttentionLab({"BERT": a_reader(), "untrained": a_reader(trained=False)}, TEXT)
    trained, control = ask(lab, holes=[BANK])["panels"]
    assert (trained["trained"], control["trained"]) == (True, False)
    assert control["note"] == "sees both sides; never trained, its parameters are random numbers"
    _, switched = ask(lab, holes=[BANK], other_mask=True)["panels"]
    assert switched["note"] == "sees the left side only; never trained, its parameters are random numbers"
    assert switched["loss"].endswith("(0.50 nats under its own mask)")


def test_a_model_that_cuts_the_word_elsewhere_says_so(a_reader):
    [panel] = ask(AttentionLab(a_reader(), TEXT), holes=[[0, 5, 8]])["panels"]
    assert panel["loss"] == "This model cuts the word elsewhere: nothing of it is hidden here"


def test_a_reader_that_breaks_is_answered_for(a_reader):
    def read(*_, **__):
        raise RuntimeError("out of memory")

    lab = AttentionLab(a_reader(), TEXT)
    lab.readers = {"": read}
    assert ask(lab) == {"error": "RuntimeError: out of memory"}


def test_two_models_side_by_side(a_reader):
    lab = AttentionLab({"BERT": a_reader(), "GPT": a_reader(causal=True, target="next")}, TEXT)
    answer = ask(lab, holes=[STEEP])
    assert answer["switch"] == "The other mask for each, on the same parameters"
    bert, gpt = answer["panels"]
    assert (bert["causal"], gpt["causal"]) == (False, True)
    assert gpt["tokens"][4] == "steep"
    assert gpt["answers"][0]["title"] == "Guesses for “steep”, told one place before, at “is”"
    assert [panel["causal"] for panel in ask(lab, other_mask=True)["panels"]] == [True, False]


def test_a_typed_mask_is_asked_about_but_has_no_loss(a_reader):
    [panel] = ask(AttentionLab(a_reader(), "the [MASK] is steep"), "the [MASK] is steep")["panels"]
    assert panel["answers"][0]["title"] == "Guesses for [MASK]"
    assert panel["loss"] == "No loss: nobody knows what stands at a [MASK] that was typed"


def test_words_to_hide_at_the_beginning_are_whole_words(a_reader):
    lab = AttentionLab(a_reader(), "theirs is the bank", hide=["the", "Bank"])
    assert lab.question.holes == ((0, 10, 13), (0, 14, 18))
    with pytest.raises(ValueError, match="'ban' cannot be hidden: it is no word of 'theirs is the bank'"):
        AttentionLab(a_reader(), "theirs is the bank", hide="ban")


def test_what_cannot_be_read_is_told_and_nothing_is_lost(a_reader):
    lab = AttentionLab(a_reader(), TEXT, max_tokens=7)
    before = lab.question
    assert ask(lab, "one two three four five six") == {
        "error": "8 tokens are too many to be seen at once; the lab takes 7: shorten the text."
    }
    assert "2,001 characters are too many" in ask(lab, "x" * 2001)["error"]
    for wrong in (None, {}, [1], {"text_a": 1, "text_b": None, "holes": [], "other_mask": False},
                  {"text_a": "a", "text_b": None, "holes": [[0, 1]], "other_mask": False},
                  {"text_a": "a", "text_b": None, "holes": [[0, 1, 1e999]], "other_mask": False}):  # fmt: skip
        assert set(lab.answer(wrong)) == {"error"}
    assert lab.question == before
    with pytest.raises(ValueError, match="8 tokens are too many"):
        AttentionLab(a_reader(), "one two three four five six", max_tokens=7)
    with pytest.raises(ValueError, match="there is no reader"):
        AttentionLab({}, TEXT)


def test_a_widgets_message_is_answered_with_its_number(a_reader, monkeypatch):
    lab = AttentionLab(a_reader(), TEXT)
    sent = []
    monkeypatch.setattr(lab.widget, "send", sent.append)
    question = Question(TEXT, None, (tuple(BANK),))._asdict()
    lab.widget._handle_custom_msg({"number": 7, "question": question}, [])
    assert sent == [{"number": 7, "answer": ask(lab, holes=[BANK])}]


def test_packed_shares_are_exact_to_a_hundred_thousandth():
    shares = np.random.default_rng(0).dirichlet(np.ones(9), size=(2, 3, 9)).astype(np.float32)
    told = packed(shares)
    back = np.frombuffer(base64.b64decode(told["packed"]), "<u2").reshape(shares.shape) / 65535
    assert (told["layers"], told["heads"], told["length"]) == (2, 3, 9)
    assert abs(back - shares).max() < 1e-5


def test_a_recording_has_every_word_to_hide_under_both_masks(a_reader, tmp_path):
    lab = AttentionLab(a_reader(), TEXT)
    target = lab.export(tmp_path / "lab.html", ["one <two>", ("a b", "c")])
    page = target.read_text(encoding="utf-8")
    state = state_of(page)
    assert state["sentences"] == [["one <two>", None], ["a b", "c"]]
    asked = [(each["question"]["text_a"], len(each["question"]["holes"])) for each in state["recorded"]]
    assert sorted(asked) == sorted(2 * ([("one <two>", 0), ("a b", 0)] + 2 * [("one <two>", 1)] + 3 * [("a b", 1)]))
    for each in state["recorded"]:
        assert each["answer"] == ask(lab, **each["question"])
    assert "<two>" not in page
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", page)
    with pytest.raises(ValueError, match="there are no texts to record"):
        lab.export(tmp_path / "none.html", [])


def test_the_still_lab_has_what_is_asked_now_and_each_word_if_that_is_small(a_reader, monkeypatch):
    lab = AttentionLab(a_reader(), TEXT)
    monkeypatch.setattr(lab.widget, "send", lambda message: None)
    lab._asked(lab.widget, {"number": 1, "question": Question(TEXT, None, (tuple(BANK), tuple(STEEP)))._asdict()}, [])
    pages = []
    monkeypatch.setattr(lab_module, "frame", lambda page, *_: pages.append(page) or page)
    lab.still()
    monkeypatch.setattr(lab_module, "STILL_BYTES", 1000)
    lab.still()
    whole, small = ([each["question"]["holes"] for each in state_of(page)["recorded"]] for page in pages)
    singles = [[], [[0, 0, 3]], [BANK], [[0, 9, 11]], [STEEP]]
    assert whole == [holes for holes in [*singles, [BANK, STEEP]] for _ in range(2)]
    assert small == [holes for holes in [[], [BANK, STEEP]] for _ in range(2)]
    assert state_of(pages[0])["question"]["holes"] == [BANK, STEEP]


def test_the_lab_in_words(a_reader):
    lab = AttentionLab(a_reader(), TEXT, hide=["bank", "steep"])
    assert str(lab).splitlines()[0] == "AttentionLab: [CLS] the bank is steep [SEP]"
    assert "Guesses for “steep”: both 75.0%, steep 25.0%" in str(lab)
    assert lab.still().startswith('<iframe title="AttentionLab: [CLS] the bank is steep [SEP]\n')
