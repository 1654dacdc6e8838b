"""BertViz views: BertViz's script gets the numbers that its own Python would give it, and nothing else."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
import torch

from bertlab.views import head_view, model_view, neuron_view
from bertlab.views.attended import find_sentence_b
from bertlab.views.bertviz import installed_js

TOKENS = ["[CLS]", "the", "bank", "[SEP]", "full", "of", "mud", "[SEP]"]
LEAVES_FILES_OPEN = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""BertViz's own Python does not close the scripts it reads."""
NASTY = ["[CLS]", "</script><script>alert(1)</script>", "<b>", "&lt;", "'", '"', "<!--", "[SEP]"]


def random_attention(layers=2, heads=3, tokens=8, seed=0):
    rng = np.random.default_rng(seed)
    scores = np.exp(rng.normal(size=(layers, heads, tokens, tokens)))
    return list(scores / scores.sum(axis=-1, keepdims=True))


def random_vectors(layers=2, heads=3, tokens=8, seed=1):
    return list(np.random.default_rng(seed).normal(size=(layers, heads, tokens, 5)))


def as_batches(layers):
    return [torch.tensor(layer)[None] for layer in layers]


def their_parameters(page):
    """What BertViz's own Python put into its page."""
    found = re.search(r"(?:params|window\.bertviz_params) = (?=\{\")", page.data)
    assert found, "BertViz's page holds no parameters"
    return json.JSONDecoder().raw_decode(page.data, found.end())[0]


def assert_same(ours, theirs):
    """Equal in structure and text; numbers may differ by the rounding to four digits."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            if key != "root_div_id":
                assert_same(ours[key], theirs[key])
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_same(mine, other)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, abs=0.5001e-4)
    else:
        assert ours == theirs


@LEAVES_FILES_OPEN
@pytest.mark.parametrize("pair", [False, True])
def test_head_view_gives_bertviz_its_own_parameters(pair):
    import bertviz

    tokens = TOKENS if pair else ["[CLS]", "Ġthe", "▁bank", "of</w>", "mud", "by", "it", "[SEP]"]
    attentions = random_attention()
    ours = head_view(tokens=tokens, attentions=attentions, layer=1, heads=[0, 2]).parameters
    theirs = bertviz.head_view(
        as_batches(attentions), tokens, 4 if pair else None, layer=1, heads=[0, 2], html_action="return"
    )
    assert_same(ours, their_parameters(theirs))


@LEAVES_FILES_OPEN
@pytest.mark.parametrize("pair", [False, True])
def test_model_view_gives_bertviz_its_own_parameters(pair):
    import bertviz

    tokens = TOKENS if pair else TOKENS[:3] + list("abcde")
    attentions = random_attention(layers=3, heads=9)
    ours = model_view(tokens=tokens, attentions=attentions, layers=[1, 2], heads=[0, 1, 2, 3, 4, 5, 6, 8]).parameters
    theirs = bertviz.model_view(
        as_batches(attentions),
        tokens,
        4 if pair else None,
        include_layers=[1, 2],
        include_heads=[0, 1, 2, 3, 4, 5, 6, 8],
        display_mode="light",
        html_action="return",
    )
    assert_same({**ours, "total_heads": 0}, {**their_parameters(theirs), "total_heads": 0})


class OneText:
    """What BertViz's neuron view asks of a tokenizer, for one fixed text or pair."""

    cls_token, sep_token = "[CLS]", "[SEP]"

    def tokenize(self, text):
        return text.split()

    def convert_tokens_to_ids(self, tokens):
        return list(range(len(tokens)))


@LEAVES_FILES_OPEN
@pytest.mark.parametrize("pair", [False, True])
def test_neuron_view_gives_bertviz_its_own_parameters(pair):
    from bertviz.neuron_view import show

    tokens = TOKENS if pair else ["[CLS]", "so", "it", "was", "full", "of", "mud", "[SEP]"]
    attentions, queries, keys = random_attention(), random_vectors(), random_vectors(seed=2)

    class Model:
        def eval(self):
            return self

        def __call__(self, ids, token_type_ids=None):
            assert ids.shape == (1, len(tokens))
            triples = zip(*map(as_batches, (attentions, queries, keys)), strict=True)
            return [[{"attn": a, "queries": q, "keys": k} for a, q, k in triples]]

    ours = neuron_view(tokens=tokens, attentions=attentions, queries=queries, keys=keys, layer=1, head=2).parameters
    texts = ("the bank", "full of mud") if pair else ("so it was full of mud",)
    theirs = show(Model(), "bert", OneText(), *texts, display_mode="light", layer=1, head=2, html_action="return")
    assert_same(ours, their_parameters(theirs))


def test_a_text_a_pair_and_raw_numbers_give_the_same_view():
    asked = []

    def encode(text_a, text_b=None):
        asked.append((text_a, text_b))
        return TOKENS, random_attention()

    from_text = head_view(encode, "the bank")
    from_pair = head_view(encode, "the bank", "full of mud")
    from_numbers = head_view(tokens=TOKENS, attentions=random_attention())
    from_tensors = head_view(tokens=TOKENS, attentions=tuple(as_batches(random_attention())))
    assert asked == [("the bank", None), ("the bank", "full of mud")]
    assert from_text.parameters == from_pair.parameters == from_numbers.parameters
    assert_same(from_tensors.parameters, from_numbers.parameters)


def test_tensors_with_a_gradient_and_in_half_precision_are_taken():
    attentions = [layer.to(torch.bfloat16).requires_grad_() for layer in as_batches(random_attention())]
    view = head_view(tokens=TOKENS, attentions=attentions)
    shown = np.array(view.parameters["attention"][0]["attn"])
    assert shown == pytest.approx(np.array(random_attention()), abs=0.004)


def test_numbers_are_rounded_to_four_digits():
    text = json.dumps(head_view(tokens=TOKENS, attentions=random_attention()).parameters)
    assert max(len(digits) for digits in re.findall(r"\.(\d+)", text)) == 4


def scale_row(layers, factor):
    layers[1][2, 4] *= factor
    return layers


WRONG_NUMBERS = [
    (lambda a: [layer[:, :, :5] for layer in a], r"layer 0 has shape \(3, 8, 5\), but there are 8 tokens"),
    (lambda a: [a[0], a[1][:2]], "layer 1 has 2 heads, layer 0 has 3"),
    (lambda a: [layer[0] for layer in a], r"layer 0 has shape \(8, 8\); a view needs \(heads"),
    (lambda a: [np.stack([layer, layer]) for layer in a], "batch of 2 texts"),
    (lambda a: scale_row(a, 1.5), "layer 1, head 2, row 4 adds up to 1.5, not to 1.*eval mode"),
    (lambda a: scale_row(a, np.nan), "layer 1, head 2, row 4, column 0 is nan"),
    (lambda a: [np.log(layer) for layer in a], "these are scores; take their softmax"),
    (lambda a: [], "attentions is empty.*output_attentions=True"),
]


@pytest.mark.parametrize(("spoil", "message"), WRONG_NUMBERS)
def test_wrong_numbers_are_named(spoil, message):
    with pytest.raises(ValueError, match=message):
        head_view(tokens=TOKENS, attentions=spoil(random_attention()))


def test_wrong_vectors_are_named():
    attentions, vectors = random_attention(), random_vectors()
    with pytest.raises(ValueError, match="needs queries: give queries= and keys="):
        neuron_view(tokens=TOKENS, attentions=attentions, keys=vectors)
    with pytest.raises(ValueError, match=r"keys of layer 0 has shape \(3, 7, 5\); with 3 heads and 8 tokens"):
        neuron_view(tokens=TOKENS, attentions=attentions, queries=vectors, keys=[v[:, :7] for v in vectors])
    with pytest.raises(ValueError, match="queries has 1 layers, attentions has 2"):
        neuron_view(tokens=TOKENS, attentions=attentions, queries=vectors[:1], keys=vectors)


def test_wrong_calls_are_named():
    attentions = random_attention()
    with pytest.raises(TypeError, match="not both"):
        head_view(lambda text: (TOKENS, attentions), "the bank", tokens=TOKENS)
    with pytest.raises(TypeError, match="nothing to show"):
        head_view()
    with pytest.raises(ValueError, match="encode gave 3 things"):
        head_view(lambda text: (TOKENS, attentions, 1), "the bank")
    with pytest.raises(ValueError, match=r"layer \[2\]: there are 2, numbered 0 to 1"):
        head_view(tokens=TOKENS, attentions=attentions, layer=2)
    with pytest.raises(ValueError, match=r"heads \[7\]: there are 3"):
        head_view(tokens=TOKENS, attentions=attentions, heads=[0, 7])
    with pytest.raises(ValueError, match=r"layer 0 is not among layers \[1\]"):
        head_view(tokens=TOKENS, attentions=attentions, layer=0, layers=[1])


def test_the_second_sentence_is_found_or_asked_for():
    assert find_sentence_b(TOKENS) == 4
    assert find_sentence_b(TOKENS[:4]) is None
    assert find_sentence_b(["a", "[SEP]", "b", "[SEP]", "c"]) is None
    assert find_sentence_b(["[CLS]", "[SEP]", "[SEP]"]) is None
    three = ["[CLS]", "a", "[SEP]", "b", "[SEP]", "c", "d", "[SEP]"]
    with pytest.raises(ValueError, match=r"3 \[SEP\] in .*sentence_b_start="):
        head_view(lambda a, b=None: (three, random_attention()), "a [SEP] b", "c d")
    view = head_view(tokens=three, attentions=random_attention(), sentence_b_start=5)
    assert [part["left_text"] for part in view.parameters["attention"][1:3]] == [three[:5], three[5:]]
    with pytest.raises(ValueError, match="sentence_b_start is 8"):
        head_view(tokens=three, attentions=random_attention(), sentence_b_start=8)


def test_a_pair_without_separators_is_told_apart_by_its_first_text():
    def encode(text_a, text_b=None):
        """As GPT-2's tokenizer does it: one text, then the other, and nothing between."""
        tokens = [f"Ġ{word}" for word in f"{text_a} {text_b or ''}".split()]
        return tokens, [np.full((2, len(tokens), len(tokens)), 1 / len(tokens))]

    view = head_view(encode, "the bank", "full of mud")
    assert [part["left_text"] for part in view.parameters["attention"][1:3]] == [
        [" the", " bank"],
        [" full", " of", " mud"],
    ]
    with pytest.raises(ValueError, match=r"the second sentence was not found: 0 \[SEP\]"):
        head_view(encode, "the bank", "")


def test_a_text_of_no_or_of_one_token():
    with pytest.raises(ValueError, match="no tokens to show: the text is empty"):
        head_view(tokens=[], attentions=[np.zeros((2, 0, 0))])
    one = {"tokens": ["so"], "attentions": [[[[1.0]]] * 2]}
    for view in (
        head_view(**one),
        model_view(**one),
        neuron_view(**one, queries=[[[[0.5]]] * 2], keys=[[[[2.0]]] * 2]),
    ):
        assert view.label == f"BertViz {view.kind} view of 1 token, 1 layer, 2 heads: so."


def test_bytes_are_shown_as_the_letters_they_make():
    tokens = ["the", "Ġcafé", "ĠcafÃ©", "ä¸Ń", "ðŁĺ", "Ģ", "Ċ", "▁"]
    view = head_view(tokens=tokens, attentions=random_attention())
    shown = ["the", " café", " café", "中", "ðŁĺ", "Ģ", "⏎", "␣"]
    assert view.parameters["attention"][0]["left_text"] == shown
    assert "the café café 中" in view.label


def test_a_long_text_is_refused_with_its_size_or_cut_with_a_word():
    tokens, attentions = ["word"] * 40, random_attention(layers=4, heads=12, tokens=40)
    with pytest.raises(ValueError, match=r"40 tokens are too many for a model view: it takes 32. .* 0\.5 MB .* 2 s"):
        model_view(tokens=tokens, attentions=attentions)
    cut = model_view(tokens=tokens, attentions=attentions, too_long="cut")
    assert np.shape(cut.parameters["attention"][0]["attn"]) == (4, 12, 32, 32)
    assert "first 32 of 40 tokens" in cut.note
    assert cut.note in cut.page()
    assert "the text has 40 tokens" in cut.label
    whole = model_view(tokens=tokens, attentions=attentions, max_tokens=40)
    size = len(whole.page()) - len(model_view(tokens=["word"], attentions=[[[[1.0]]] * 12]).page())
    assert size == pytest.approx(0.5e6, rel=0.1), "the megabytes in the message should be those of the page"


def test_the_megabytes_of_a_pair_with_vectors_are_those_of_the_page():
    tokens = ["[CLS]", *["word"] * 18, "[SEP]", *["word"] * 19, "[SEP]"]
    attentions, vectors = random_attention(3, 4, 40), list(np.random.default_rng(1).normal(size=(3, 4, 40, 32)))
    numbers = {"tokens": tokens, "attentions": attentions, "queries": vectors, "keys": vectors}
    with pytest.raises(ValueError, match=r"neuron view: it takes 8\. .* 1\.0 MB .* 1 s"):
        neuron_view(**numbers, max_tokens=8)
    whole = neuron_view(**numbers)
    assert len(json.dumps(whole.parameters, separators=(",", ":"))) == pytest.approx(1.0e6, rel=0.1)


def test_a_causal_model_is_seen_to_be_one():
    causal = [np.tril(layer) / np.tril(layer).sum(-1, keepdims=True) for layer in random_attention()]
    vectors = random_vectors()
    for attentions, both_ways in [(causal, False), (random_attention(), True)]:
        view = neuron_view(tokens=TOKENS, attentions=attentions, queries=vectors, keys=vectors)
        assert view.parameters["bidirectional"] is both_ways


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.opened: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.opened.append(tag)
        self.attributes.setdefault(tag, dict(attrs))


def test_tokens_that_look_like_html_stay_text():
    view = head_view(tokens=NASTY, attentions=random_attention())
    plain = head_view(tokens=["a"] * 8, attentions=random_attention())
    assert Tags(view.page()).opened == Tags(plain.page()).opened
    frame = Tags(view._repr_html_())
    assert frame.opened == ["iframe"]
    assert frame.attributes["iframe"]["srcdoc"] == view.page()
    assert all(token in frame.attributes["iframe"]["title"] for token in NASTY)
    data = re.search(r"<script>window\.bertviz_params=(.*?);</script>", view.page())
    assert "<" not in data.group(1)
    assert json.loads(data.group(1))["attention"][0]["left_text"] == NASTY


def test_the_view_says_in_words_what_is_drawn():
    attentions = [np.full((2, 4, 4), 0.01) + 0.96 * np.eye(4)[[0, 2, 1, 3]] for _ in range(2)]
    attentions[0][:, 1], attentions[0][:, 2] = [0.1, 0.1, 0.7, 0.1], [0.25] * 4
    view = head_view(tokens=["[CLS]", "river", "bank", "[SEP]"], attentions=attentions)
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == str(view) == view.label
    assert "4 tokens, 2 layers, 2 heads: [CLS] river bank [SEP]." in view.label
    assert "Head 0.1: 2 of 4 tokens look most at themselves; strongest link: river to bank (0.70)." in view.label
    assert Tags(bundle["text/html"]).attributes["iframe"]["title"] == view.label


def test_each_head_that_is_shown_is_told_and_where_the_hole_looks():
    before, after = 0.9 * np.eye(4, k=-1) + 0.025, 0.9 * np.eye(4, k=1) + 0.025
    shares = np.stack([before, after, np.full((4, 4), 0.25)])
    layers, tokens = [shares / shares.sum(axis=-1, keepdims=True)], ["[CLS]", "then", "[MASK]", "[SEP]"]
    said = str(head_view(tokens=tokens, attentions=layers, heads=[0, 1])).splitlines()[1:]
    assert said == [
        "Head 0.0: 3 of 4 tokens look most at the one before; [CLS] most at [CLS] (0.25), [MASK] most at then (0.93).",
        "Head 0.1: 3 of 4 tokens look most at the next one; [CLS] most at then (0.93), [MASK] most at [SEP] (0.93).",
    ]
    assert [line.split(":")[0] for line in str(model_view(tokens=tokens, attentions=layers)).splitlines()[1:]] == [
        f"Head 0.{head}" for head in range(3)
    ]
    many = str(model_view(tokens=tokens, attentions=layers * 6)).splitlines()[1:]
    assert len(many) == 1
    assert "layer 0, heads averaged" in many[0]
    neuron = neuron_view(
        tokens=tokens, attentions=layers, queries=[np.ones((3, 4, 2))], keys=[np.ones((3, 4, 2))], head=1
    )
    assert [line[:8] for line in neuron.label.splitlines()[1:]] == ["Head 0.1"]


def test_a_view_is_saved_as_one_page(tmp_path):
    view = head_view(tokens=TOKENS, attentions=random_attention())
    saved = view.save(tmp_path / "view.html")
    assert saved.read_text(encoding="utf-8") == view.page()
    assert [path.name for path in tmp_path.iterdir()] == ["view.html"]
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", view.page())


def test_another_bertviz_is_an_error_that_names_both(monkeypatch):
    installed_js.bertviz_js.cache_clear()
    monkeypatch.setattr(installed_js, "package_version", lambda name: "1.5.0")
    with pytest.raises(ImportError, match=r"bertviz 1\.5\.0 is installed.*1\.4\.1.*pip install bertviz==1\.4\.1"):
        head_view(tokens=TOKENS, attentions=random_attention()).page()


@pytest.mark.parametrize("kind", ["head", "model", "neuron"])
def test_a_changed_script_is_an_error_not_a_blank(kind):
    script = installed_js.package_file("bertviz", f"{kind}_view.js")
    installed_js.check_bertviz_js(kind, script)
    for old, new in [
        ("requirejs(", "import("),
        ("params['attention']", "params.weights"),
        ("params = ", "p = "),
        ('.append("line")', '.append("path")'),
        ("{", ""),
    ]:
        assert old in script
        with pytest.raises(RuntimeError, match=f"{kind}_view.js of bertviz 1.4.1 is not that of 1.4.1"):
            installed_js.check_bertviz_js(kind, script.replace(old, new))


def test_missing_packages_and_another_d3_are_named(monkeypatch):
    with pytest.raises(ImportError, match="bertviz-of-tomorrow is not installed"):
        installed_js.package_version("bertviz-of-tomorrow")
    with pytest.raises(ImportError, match="no_such_package is not installed"):
        installed_js.package_file("no_such_package", "a.js")
    with pytest.raises(ImportError, match=r"mpld3 .* has no js/d3\.v9\.js"):
        installed_js.package_file("mpld3", "js/d3.v9.js")
    installed_js.d3_js.cache_clear()
    monkeypatch.setattr(installed_js, "package_file", lambda package, path: "// https://d3js.org v6.1.0 Copyright")
    with pytest.raises(RuntimeError, match=r"d3js.org v6.1.0.*d3 5\.7\.0 is needed"):
        installed_js.d3_js()


def test_importing_views_brings_in_nothing_heavy():
    code = (
        "import sys, bertlab.views as v; v.head_view(tokens=['a'], attentions=[[[[1.0]]]])._repr_html_();"
        "heavy = {'torch', 'bertviz', 'matplotlib', 'IPython', 'bertlab.model', 'bertlab.text'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_narrow_frame_shrinks_a_neuron_view_so_that_its_last_columns_stay():
    page = neuron_view(
        tokens=["a", "b"], attentions=[np.full((1, 2, 2), 0.5)],
        queries=[np.ones((1, 2, 4))], keys=[np.ones((1, 2, 4))],
    ).page()  # fmt: skip
    steps = [(int(width), float(zoom)) for width, zoom in re.findall(r"max-width:(\d+)px\)\{.*?zoom:([\d.]+)", page)]
    assert steps[0][0] == 1020
    assert all(1020 * wider <= narrower + 1 for (_, wider), (narrower, _) in pairwise([*steps, (561, 0)])), steps
