# %% [markdown] tags=["core", "slide"]
# # 10 · Reading attention
#
# *Rosa laughed. Then* [MASK] *sister found the whistle.* BERT says *her*. From the hole hardly a head looks at *Rosa*. Why
# *her*?

# %%
import numpy as np
import torch

import bertlab
from bertlab.lessons import check, guess, quiz, reveal
from bertlab.training import fill_mask

# %% [markdown]
# Attention can be drawn, and a drawn line looks like a reason. Here you test whether it is one. After this lesson you
# can
#
# 1. choose among BertViz's three views,
# 2. find heads of a type by a score, and say what the control scores,
# 3. set beside each head's picture what is lost without it,
# 4. give a case in which a large share does nothing, and one in which a small share does much.
#
# *From lesson 09, unaided:* in which two things do our BERT and our GPT differ?
# <details><summary>Answer</summary>In the mask, and in what they are trained to say.</details>
#
# *From lesson 07, unaided:* what is a shortcut?
# <details><summary>Answer</summary>What suffices to win a game in training, and fails when other questions are
# asked.</details>
#
# Now the puzzle, whole. Layers and heads count from 0; head 3.1 is head 1 of layer 3.

# %%
from bertlab.pretrained import encoder

story_bert, tokenizer = bertlab.load("story-bert")
told = (
    "Last Sunday the stadium was full of referees, and Rosa laughed. "
    "She put her whistle near the scoreboard. "
    "Then [MASK] sister found the whistle."
)
first = fill_mask(story_bert, tokenizer, told)[0][0]
print(f"BERT says {first.piece}, with a trust of {first.probability:.3f}")
encode = encoder(story_bert, tokenizer)
tokens, layers = encode(told)
attentions = np.stack(layers)  # (layers 4, heads 4, query 30, key 30)
from_hole = attentions[:, :, tokens.index("[MASK]")]  # (layers 4, heads 4, key 30)
print(f"even shares would be {1 / len(tokens):.2f} for each of {len(tokens)} tokens")
for clue in ("rosa", "she", "her"):
    shares = from_hole[..., tokens.index(clue)]  # (layers 4, heads 4)
    layer, head = np.unravel_index(shares.argmax(), shares.shape)
    print(f"{clue:4} gets most from {layer}.{head}, a share of {shares.max():.2f}")

# %% [markdown]
# ## Three pictures
#
# BertViz (Vig 2019) draws the same shares in three ways. Each is good for one thing.
#
# - The *model view* shows all heads as small pictures, a row for each layer. It is for finding. Press one to enlarge it.
#   Find a head whose lines nearly all go one step up: each word looks at the word before it.
# - The *head view* shows one layer. The squares are heads 0 to 3 from the left; a pale one is off. It is for asking where
#   *this* word looks: point at `[MASK]`. Head 0.2 goes to *then*; nothing goes to *rosa*.
# - The *neuron view* shows one head: how query and key make each share. Point at a word, then press the plus sign beside
#   it. A band is a vector; a stripe's colour is the sign of its number. From the left: query, keys, products, sum, share.

# %%
from bertlab.views import head_view, model_view, neuron_view

model_view(encode, told)

# %%
head_view(encode, told, layer=0, heads=[1, 2])

# %%
with_queries = encoder(story_bert, tokenizer, queries_keys=True)
neuron_view(with_queries, told, layer=0, head=2)

# %% [markdown]
# In head 0.2 a query fits the key of the word before. But sixteen pictures of one story prove nothing yet.
#
# ## A score for a picture
#
# Heads that do one recognisable thing are called a **head type**. To say that a head *is* of a type, we need a score.
# Each type has wanted places: for each query, the keys at which such a head would look. The score is the share that goes
# there, in the mean over queries. First by hand, with four words. One condition is left for you: the next word.

# %%
shares = np.array([  # (query 4, key 4): one head; each row sums to 1
    [0.7, 0.1, 0.1, 0.1],
    [0.8, 0.1, 0.05, 0.05],
    [0.1, 0.7, 0.1, 0.1],
    [0.1, 0.2, 0.6, 0.1],
])  # fmt: skip
at = np.arange(4)
apart = at[:, None] - at  # (query 4, key 4): how far left the key stands
wanted = apart == 1  # the previous word
on_wanted = (shares * wanted).sum(axis=-1)  # (query 4)
print("wanted\n", wanted.astype(int))
print("each query gives", on_wanted)
print(f"mean of the last three {on_wanted[1:].mean():.4f}, of all four {on_wanted.mean():.4f}")
wanted_next = ...  # half worked: the condition for the next word
if wanted_next is not ...:
    print("each query gives the next", (shares * wanted_next).sum(axis=-1))
else:
    print("One blank is to be filled: wanted_next.")

# %% [markdown]
# The score is `0.7000`, and not `0.5250`. The first word has no word before it, and cannot be blamed for it.
# <details><summary>The blank</summary><code>apart == -1</code>: the next word gets 0.1, 0.05, 0.1 and 0.</details>
#
# ### Exercise, write it: the score of a head type
#
# Now for all heads at once. `wanted` may be any pattern, and in some rows nothing is wanted.

# %%
def my_pattern_share(attentions, wanted):
    """The share on wanted places, in the mean over the queries that want any.

    attentions: (layers, heads, query, key); wanted: (query, key). Out: (layers, heads)
    """
    ### BEGIN SOLUTION
    asking = wanted.any(axis=-1)
    on_wanted = (attentions * wanted).sum(axis=-1)
    return on_wanted[..., asking].mean(axis=-1)
    ### END SOLUTION


# %%
check.pattern_share(my_pattern_share)

# %% [markdown]
# <details><summary>A hint</summary>
#
# `attentions * wanted` keeps what lies on wanted places. Then sum over keys: the last axis.
# </details>
#
# <details><summary>A second hint</summary>
#
# `wanted.any(axis=-1)` says which queries want a place. Keep those with `[..., asking]`, then take the mean over queries.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# Five types in thirty new stories. The fifth, *broad*, has no wanted places. Its score says over which part of all places
# a head spreads: exp of the mean of -log over its own shares (equal shares on 3 places give 3), divided by the number of
# places. Two controls: an untrained BERT, and heads that divide evenly.

# %%
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.head_types import mean_scores
from bertlab.model import BertForPreTraining

torch.manual_seed(0)
untrained = BertForPreTraining(story_bert.config).eval()
world, heads = StoryWorld.load("full"), list(np.ndindex(4, 4))
texts = [story.text for story in world.documents(30, seed=10, part="validation")]
trained = mean_scores(encode, texts)
control = mean_scores(encoder(untrained, tokenizer), texts)
even = mean_scores(encode, texts, evenly=True)
for what, score in trained.items():
    best = sorted(heads, key=lambda head: -score[head])[:2]
    two = ", ".join(f"head {layer}.{head}: {score[layer, head]:.2f}" for layer, head in best)
    at_most = f"untrained at most {control[what].max():.2f}, even {even[what].max():.2f}"
    print(f"{what:15} {two}; {at_most}")

# %% [markdown]
# Head 0.2 is a previous-word head, and 1.2 a next-word head, far above both controls. At the *same word*, or at `[CLS]` and
# `[SEP]`, no head here looks much, in the mean over all words. With `[SEP]` it is otherwise in BERT-Base: Clark et al.
# (2019, section 3.2) found over half of the attention of layers 6 to 10 there (they count from 1). So do not carry one model's
# heads over to another. And *broad* proves nothing: the untrained heads are the broadest.
#
# ## A clear picture, and then?
#
# In *Three tailors* [MASK] the verb must agree with its subject: *talk*, not *talks*. The clue is *tailors*, right before
# the hole. From the hole, head 0.2 gives *tailors* nearly its whole attention.
#
# We switch head 0.2 off: what it has gathered becomes 0, at all places. (Lesson 05: an ablation.) And we measure the
# *margin*: $\log$ (trust in all right verbs / trust in all wrong ones). At 0 BERT tosses a coin. At 1 the right ones have
# 2.7 times as much trust, at 10 it is 22,000 times. A loss would not do. It mixes in *which* verb it is, and that is not
# asked here.
#
# **Guess before you run.** What does BERT lose?
#
# - (a) Most of the margin: this head brings the subject to the verb.
# - (b) About half: other heads look at the subject too.
# - (c) None of the margin.

# %%
guess("10-clear")

# %%
from bertlab.lessons.instruments.clue_questions import KINDS, ask_about_clues
from bertlab.model import heads_off


@torch.no_grad()
def ask(bert, asked, off=(), at=None):
    """The mean margin (nats), and how much each head gives the clue from the hole (layers, heads)."""
    with heads_off(bert, off, at=at):
        out = bert(asked.input_ids, attention_mask=asked.attention_mask,
                   positions=asked.positions, output_attentions=True)  # fmt: skip
    shares = torch.stack(out.attentions, dim=1)  # (stories, layers, heads, query, key)
    from_hole = shares[range(len(asked)), :, :, asked.hole]  # (stories, layers, heads, key)
    to_clue = (from_hole * asked.clues[:, None, None]).sum(dim=-1)
    return asked.margin(out.prediction_logits).mean().item(), to_clue.mean(dim=0)


questions = {kind: ask_about_clues(world, kind) for kind in KINDS}  # 24 stories each
beside = questions["number, beside"]
print(beside)
whole, share = ask(story_bert, beside)
without = ask(story_bert, beside, off=[(0, 2)])[0]
print(f"0.2 gives the subject {share[0, 2]:.2f}")
print(f"margin {whole:.2f} nats, without 0.2 {without:.2f}")
reveal("10-clear", share=f"{share[0, 2]:.2f}", whole=f"{whole:.1f}", without=f"{without:.1f}")

# %% [markdown]
# A hole whose answer is known, made to ask one thing, is called a **probe**. Now all sixteen heads, and five kinds of
# probes. In each we know from the world's rules which words are the clue:
#
# | asked | hole | clue |
# | --- | --- | --- |
# | she or he | *her*, *Rosa*, *he* ... | names and pronouns of the hero |
# | topic | a word of one of two topics | words of that topic |
# | tense | a verb, *likes* or *liked* | *today*, *yesterday* ... |
# | number, beside | *Three tailors* [MASK] | the subject |
# | number, across | *The cup near the guests* [MASK] | the subject, not the nearer noun |
#
# The figure has a point for each head and question: to the right, its share for the clue; upwards, its *effect*, what is
# lost of the margin without it. If a large share were a reason, points further right would stand higher.

# %% tags=["slide"]
from bertlab.views import plots, show

found = {}
for kind, asked in questions.items():
    whole, share = ask(story_bert, asked)
    effect = [whole - ask(story_bert, asked, off=[head])[0] for head in heads]
    found[kind] = share.numpy(), np.reshape(effect, (4, 4))
shares, effects = np.array(list(found.values())).swapaxes(0, 1).reshape(2, -1)
title = "A head may look and not be needed, or be needed and not look"
show(plots.head_effects(found, title))
for what, these in [("over half", shares > 0.5), ("less", shares <= 0.5)]:
    print(f"of {these.sum()} points that give the clue {what}, {(effects[these] > 2).sum()} have an effect over 2 nats")
evenly = [(asked.clues.sum(dim=1) / asked.attention_mask.sum(dim=1)).mean() for asked in questions.values()]
print(f"even shares would give the clue {min(evenly):.2f} to {max(evenly):.2f}")
asked = questions["topic"]
whole = ask(untrained, asked)[0]
largest = max(abs(whole - ask(untrained, asked, off=[head])[0]) for head in heads)
print(f"control, untrained, topic: margin {whole:.2f}, largest effect {largest:.2f} nats")
for line, right in [("Yesterday Ivan went to the [MASK]. He put his bat near the cave.", "zoo"),
                    ("Today Julia is happy. For her birthday she gets an odd crown. "
                     "Julia hopes to see the [MASK] again.", "castle")]:  # fmt: skip
    trusts = []
    for off in ([], [(3, 0)]):
        with heads_off(story_bert, off):
            trusts.append(dict(fill_mask(story_bert, tokenizer, line)[0]).get(right, 0))
    print(f"{right}: a trust of {trusts[0]:.0%}, without 3.0 {trusts[1]:.0%}")

# %% [markdown]
# A large share is a hint: of those points more stand high, in proportion. It is no proof.
#
# - *Right and high:* 3.0 looks at words of the topic, and without it most of the margin is gone. Lesson 04 met this head, and
#   lesson 05 in *More*: it looked from the hole at *cave*, and at *crown*. There the line did show a reason. Head 3.2 does
#   the same for the tense.
# - *Right and low:* 0.2 and 2.3 look at the subject beside the hole, and nothing is lost without them.
# - *Left and high:* heads 0.1 and 3.1 give the hero less than even shares would. Switch off one of the two, and most of the
#   margin is gone. Heads 0.2 in *number, across* and 0.0 in *tense* lie here too, about half as high or lower. So 0.2 is
#   needed where it does not look at the clue.
#
# Most other points lie near 0. (Michel et al. 2019, section 3.2, switched off single heads of larger models: for most heads
# nothing was lost.)
#
# **Guess before you run.** Heads 0.1 and 3.1 hardly look at the hero; from the hole, 3.1 looks at `[CLS]`, which is no word.
# Why is the margin gone without them?
#
# - (a) They bring no news. But zeros in place of what they gave disturb the layers above.
# - (b) `[CLS]` has been told who the hero is, and hands it on.
# - (c) Their small shares suffice: from the hole they fetch a little of a long value.

# %%
guess("10-cls")

# %% tags=["slide"]
asked = questions["she or he"]
with torch.no_grad():
    out = story_bert(asked.input_ids, attention_mask=asked.attention_mask, output_attentions=True)
looks = out.attentions  # for each layer: (stories 24, heads 4, query, key)
hole_to_cls = looks[3][range(len(asked)), 1, asked.hole, 0].mean()
to_hero = [(looks[0][:, head, 0] * asked.clues).sum(dim=-1).mean() for head in (0, 1)]
print(f"hole to [CLS]: 3.1 {hole_to_cls:.2f}; [CLS] to the hero: 0.0 {to_hero[0]:.2f}, 0.1 {to_hero[1]:.2f}")
both, elsewhere, margins = [(0, 0), (0, 1)], range(1, asked.input_ids.shape[1]), {}
for name, off, at in [("all heads on", [], None), ("3.1 off", [(3, 1)], None),
                      ("0.1 off, not at [CLS]", [(0, 1)], elsewhere), ("0.1 off at [CLS]", [(0, 1)], [0]),
                      ("0.0 off at [CLS]", [(0, 0)], [0]), ("both off at [CLS]", both, [0])]:  # fmt: skip
    margins[name] = ask(story_bert, asked, off=off, at=at)[0]
    print(f"{name:22} margin {margins[name]:5.2f} nats")
control = ask(story_bert, questions["topic"], off=both, at=[0])[0]
print(f"control, topic, both off at [CLS]: margin {control:.2f} nats")
he = told.replace("She put her", "He put his")
for hero, text in {"Rosa": told, "Lucy": told, "Julia": told, "Omar": he, "Ivan": he}.items():
    trusts = []
    for off in ([], [(0, 1)], both):
        with heads_off(story_bert, off, at=[0]):
            trusts.append(dict(fill_mask(story_bert, tokenizer, text.replace("Rosa", hero))[0]).get("her", 0))
    print(f"{hero:5} trust in her {trusts[0]:4.0%}, 0.1 off at [CLS] {trusts[1]:4.0%}, both off there {trusts[2]:4.0%}")
reveal("10-cls", share=f"{hole_to_cls:.2f}", hero=f"{to_hero[1]:.2f}", **{
    key: f"{margins[name]:.1f}" for key, name in [("all", "all heads on"), ("there", "0.1 off at [CLS]"),
                                                  ("rest", "0.1 off, not at [CLS]")]})  # fmt: skip

# %% [markdown]
# So news goes in two steps. In layer 0, `[CLS]` looks at the hero's name. In layer 3, the hole looks at `[CLS]`. Silence 0.1
# at this one place, and most of the margin is gone; at all other places, hardly any. The topic goes another way.
#
# Head 0.0 draws the same first step. Without it alone hardly anything is lost. But it stands in for 0.1: some heroes hold
# out until both are silent. Then Rosa and Omar get nearly the same answer, a coin that leans to *his*: BERT has not heard
# who it is.
#
# Hardly a line goes from the hole to the name. An explanation is said to have **faithfulness** if it names what the model
# really used. A picture cannot show it. An experiment can.
#
# ## What this does not show
#
# - That a head without effect is useless. It may be needed elsewhere, as 0.2 is in *number, across*. Or others stand in
#   for it: see *More: is attention an explanation?*.
# - What a head is *for*. Lesson 05: a trained model leans on parts that it could have done without.
# - That BERT-Base works so. These are the heads of one small model. *More: another seed* shows three others.

# %%
quiz("10")

# %% [markdown] tags=["more"]
# ## More: nearly everything to `[CLS]`
#
# Now `mini`, our BERT of novels. From ordinary words, its head 2.2 gives `[CLS]` most of its attention. The rest goes to
# words. We let it look where it likes, and make the value at `[CLS]` 0 in this head: there is nothing to fetch. The control
# does the same at all words.
#
# **Guess before you run.** What becomes of the loss at the holes without what 2.2 fetches at `[CLS]`?
#
# - (a) It rises much, and more than in the control: most of the attention goes there.
# - (b) It hardly changes.
# - (c) It falls: `[CLS]` only disturbs.

# %%
guess("10-sink")

# %%
from bertlab.corpora.prose import passages
from bertlab.lessons.instruments.handed_over import handed_over

mini, mini_tokenizer = bertlab.load("mini")
texts = [passage.text for passage in passages() if passage.sense == "plain"][:40]
ids = torch.tensor([mini_tokenizer(text).input_ids[:48] for text in texts])  # (40, seq 48)
holes, words = list(range(4, 48, 7)), [place for place in range(1, 48) if place % 7 != 4]
hidden = ids.index_fill(1, torch.tensor(holes), mini_tokenizer.mask_id)


def loss(silent=()):
    """The loss at the holes, if in head 2.2 there is nothing to fetch at these places."""
    kept = torch.ones(48, 256)  # (seq, hidden)
    kept[silent, 128:192] = 0  # the slice of head 2
    value = mini.bert.layers[2].attention.value
    with torch.no_grad(), value.register_forward_hook(lambda part, given, gives: gives * kept):
        logits = mini(hidden).prediction_logits[:, holes]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, holes].flatten()).item()


looks, length = handed_over(mini, 2, 2, hidden)  # (40, query, key), (40, key)
before = looks[:, holes, [hole - 1 for hole in holes]].mean()
print(f"2.2 gives [CLS] {looks[:, words, 0].mean():.2f} from words, {looks[:, holes, 0].mean():.2f} from holes; "
      f"a hole gives the word before it {before:.2f}")  # fmt: skip
lost = [f"{round(loss(at) - loss(), 3) + 0:+.3f}" for at in ([0], words)]
print(f"nothing to fetch at [CLS]: loss {lost[0]} nats; at all words: {lost[1]} nats")
other = handed_over(story_bert, 3, 1, asked.input_ids, asked.attention_mask)[1]
ratios = [each[:, 0].mean() / each[:, 1:20].mean() for each in (length, other)]
print(f"[CLS] hands over {ratios[0]:.2f} times what words do; in 3.1 of the story BERT {ratios[1]:.2f} times")
reveal("10-sink", cls=lost[0], words=lost[1])

# %% [markdown]
# From words 2.2 rests at `[CLS]`: nothing is missed of what it fetches there. A place that gets much attention, and of which
# nothing is missed, is called an **attention sink**. (The name is later: Xiao et al. 2023.) In BERT-Base much goes to
# `[SEP]`. Clark et al. (2019, section 3.2) suspect that a head looks there where it has nothing to do.
#
# But 3.1 of the story BERT looks at `[CLS]` too, and fetches the answer there. The share does not tell which is which. The
# length differs: what comes from a place is its share times its *value*, sent through the head's slice of `output` (Kobayashi
# et al. 2020, section 3). Whether anybody needs it, only a test tells.
#
# | in words | the paper | ours | shape |
# | --- | --- | --- | --- |
# | share of place j | $\alpha_{i,j}$ | `looks` | (texts, query, key) |
# | the length of what j hands over | $\lVert f(x_j)\rVert$ | `length` | (texts, key) |
# | the length of its contribution | $\lVert\alpha_{i,j} f(x_j)\rVert$ | `looks * length[:, None]` | (texts, query, key) |
#
# ### Exercise, predict: what arrives?
#
# From a hole a head gives `[SEP]` a share of 0.90, *rosa* 0.08 and *the* 0.02. What they hand over has the lengths 0.5, 10
# and 5. Which part of all contributions comes from each? Three numbers that sum to 1.

# %%
def my_prediction():
    """The parts of [SEP], rosa and the, in this order."""
    ### BEGIN SOLUTION
    contributions = [0.90 * 0.5, 0.08 * 10, 0.02 * 5]
    return [each / sum(contributions) for each in contributions]
    ### END SOLUTION


# %%
check.contributions(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# A contribution is share times length.
# </details>
#
# <details><summary>A second hint</summary>
#
# 0.45, 0.80 and 0.10. Divide each by their sum.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: one number for each word
#
# A model has layers, and news travels in steps. **Rollout** multiplies the shares of all layers. In each layer half of a
# place is kept: the residual connection. The other half is mixed by the mean of all heads' shares (Abnar and Zuidema 2020,
# section 3). Of values and feed-forward it knows nothing. **Gradient × attention** multiplies each share from the hole by the
# slope of the margin for it: would more of it help? The *gradient* alone is the length of the slope for each word's vector.
#
# We compare them with *hiding*: put [MASK] over one more word, and see how far the margin moves. Is a way's top word the
# clue? And do all words have the order that hiding gives them? (*Rank correlation*: 1 is the same order, 0 unrelated, -1
# reversed.) We take the ten shortest stories of each kind.

# %%
from bertlab.lessons.instruments.head_types import rank_correlation, rollout
from bertlab.model import watching


def ways_of_pointing(bert, asked):
    """{way: a number for each word (words)} in one story, and where the clue stands (words)."""
    ids, hole = asked.input_ids, asked.hole
    with watching(bert, "bert.embeddings") as seen:
        out = bert(ids, positions=hole, output_attentions=True)
    margin = asked.margin(out.prediction_logits).sum()
    slopes = torch.autograd.grad(margin, [*out.attentions, seen["bert.embeddings"]])
    looks, slope = (torch.stack(each)[:, 0].detach() for each in (out.attentions, slopes[:-1]))
    at, seq = hole.item(), ids.shape[1]
    words = [place for place in range(1, seq - 1) if place != at]
    hidden = ids.repeat(len(words), 1)
    hidden[range(len(words)), words] = tokenizer.mask_id
    at_holes = at + seq * torch.arange(len(words))
    with torch.no_grad():
        changed = asked.margin(bert(hidden, positions=at_holes).prediction_logits)
    points = {
        "attention": looks.mean(dim=(0, 1))[at],
        "rollout": torch.from_numpy(rollout(looks.mean(dim=1).numpy()))[at],
        "gradient × attention": (looks * slope).sum(dim=(0, 1))[at].abs(),
        "gradient": slopes[-1][0].norm(dim=-1),
    }
    found = {way: each[words].numpy() for way, each in points.items()}
    return found | {"hiding": (margin - changed).abs().detach().numpy()}, asked.clues[0, words]

# %% tags=["slide"]
hits, ranks, chance, rows = {}, {}, [], {"BERT": [], "untrained": []}
for name, bert in {"BERT": story_bert, "untrained": untrained}.items():
    for kind, asked in questions.items():
        for row in asked.attention_mask.sum(dim=1).argsort()[:10].tolist():  # the shortest
            ways, clue = ways_of_pointing(bert, asked.only([row]))
            chance.append(clue.float().mean())
            rows[name].append({"kind": kind} | {
                way: (clue[each.argmax()], rank_correlation(each, ways["hiding"])) for way, each in ways.items()
            })  # fmt: skip
    hits[name] = {way: np.mean([row[way][0] for row in rows[name]]) for way in ways}
    ranks[name] = {way: np.mean([row[way][1] for row in rows[name]]) for way in ways}
one, two = (f"{way} {hits['BERT'][way]:.0%}" for way in ("attention", "gradient"))
title = f"The top word is the clue: mean {one}, guessing {np.mean(chance):.0%}, {two}"
show(plots.clue_bars(hits, chance=np.mean(chance), title=title, by="way of pointing"))
print("gradient × attention, by question:")
for kind in KINDS:
    right = np.mean([row["gradient × attention"][0] for row in rows["BERT"] if row["kind"] == kind])
    print(f"    {kind:15} {right:4.0%}")
print("ranks words as hiding does (rank correlation):")
for way in list(ways)[:-1]:
    print(f"{way:21} BERT {ranks['BERT'][way]:.2f}, untrained {ranks['untrained'][way]:5.2f}")

# %% [markdown]
# Rollout ranks words more as hiding does than mean attention; Abnar and Zuidema saw it do so more than raw attention. But
# its top word is no more often the clue than in an untrained BERT. *Gradient × attention* finds the clue where a head that is
# needed looks at it from the hole, in *topic* and *tense*, and seldom in the other three: it takes the hole's row alone, so
# a step through `[CLS]` stays unseen. None of them is the truth, not even hiding: it makes a text that BERT seldom meets.
#
# ### Exercise, find the bug: shares that do not sum to 1
#
# Some programs drop small shares first, for a cleaner picture. Here is how a widely read one then makes rows sum to 1
# again, retold (jacobgil/vit-explain, issue 16, 2022). Another (vit-keras; told in google-research/
# vision_transformer, issue 18, 2020) had forgotten the residual. The symptom: rows do not sum to 1.

# %%
def their_rollout(layers):
    """layers: (layers, seq, seq), heads averaged. Out: (seq, seq)"""
    flow = torch.eye(layers.shape[-1])
    for shares in layers:
        dropped = torch.where(shares < shares.median(), 0.0, shares)
        mixed = (dropped + torch.eye(layers.shape[-1])) / 2
        mixed = mixed / mixed.sum(dim=-1)
        flow = mixed @ flow
    return flow


averaged = torch.tensor(attentions.mean(axis=1), dtype=torch.float32)  # (layers 4, seq, seq)
print("rows sum to", *(f"{each:.4f}" for each in their_rollout(averaged).sum(dim=-1)[:6]))

# %%
def my_rollout(layers):
    """layers: (layers, seq, seq), heads averaged. Out: (seq, seq), each row sums to 1."""
    ### BEGIN SOLUTION
    flow = torch.eye(layers.shape[-1])
    for shares in layers:
        dropped = torch.where(shares < shares.median(), 0.0, shares)
        mixed = (dropped + torch.eye(layers.shape[-1])) / 2
        mixed = mixed / mixed.sum(dim=-1, keepdim=True)
        flow = mixed @ flow
    return flow
    ### END SOLUTION


# %%
check.mended_rollout(my_rollout)

# %% [markdown]
# <details><summary>A hint</summary>
#
# `mixed.sum(dim=-1)` has the shape (seq). Divided into (seq, seq), it meets which axis: rows or columns?
# </details>
#
# <details><summary>A second hint</summary>
#
# Shapes are compared from the right (lesson 00, *Practice 2*). Keep the summed axis, with length 1.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: is attention an explanation?
#
# Jain and Wallace (2019, section 4.2.1) shuffled the attention of trained classifiers (LSTMs with one layer of attention),
# and often the answer hardly changed. If other shares do as well, they argue, these shares explain nothing. Wiegreffe and
# Pinter (2019) answer: that depends on what one calls an explanation. *An* explanation need not be the only one. And shares
# must be tested together with the model that made them.
#
# Two tests of ours, in that spirit. First we switch off those heads that look most at the clue, and as many at random.
# Then, in one head of layer 3, each share goes to another word's value, drawn at random.

# %%
share, draw = found["number, beside"][0], np.random.default_rng(0)
order = sorted(heads, key=lambda head: -share[head])
print(f"number, beside: margin {ask(story_bert, beside)[0]:.1f}")
for count in (1, 2, 4, 6):
    most = ask(story_bert, beside, off=order[:count])[0]
    drawn = [draw.permutation(heads)[:count].tolist() for _ in range(5)]
    at_random = np.mean([ask(story_bert, beside, off=off)[0] for off in drawn])
    print(f"{count} off: those that look most {most:.1f}, at random {at_random:.1f}")


def shuffled(asked, head, seed):
    """The margin when the values of one head of layer 3 change places."""
    drawn = torch.rand(asked.input_ids.shape, generator=torch.Generator().manual_seed(seed))
    order = (drawn + 2 * (asked.attention_mask == 0)).argsort(dim=-1)  # padding stays last

    def move(part, given, gives):
        parts = list(gives.split(32, dim=-1))  # one for each head
        parts[head] = torch.take_along_dim(parts[head], order[..., None], dim=1)
        return torch.cat(parts, dim=-1)

    with story_bert.bert.layers[3].attention.value.register_forward_hook(move):
        return ask(story_bert, asked)[0]


for kind, asked in questions.items():
    by_head = [np.mean([shuffled(asked, head, seed) for seed in (0, 1)]) for head in range(4)]
    told_of = " ".join(f"{each:4.1f}" for each in by_head)
    print(f"{kind:15} margin {ask(story_bert, asked)[0]:4.1f}; with values shuffled in 3.0, 3.1, 3.2, 3.3: {told_of}")

# %% [markdown]
# So BERT knows the number without the heads that look most at the subject. By which road, we have not found. And shuffled
# values take the answer where one head carries it: 3.1 for the hero, 3.0 for the topic, 3.2 for the tense. In the heads
# beside it, and in *number*, little is lost. Neither *attention explains* nor *attention is not explanation* holds for a
# whole model. Ask it of one head and one question.
#
# ## More: bank looks at river
#
# Many pictures show the mean over all heads. At what does *bank* look most, in `mini` and in three BERTs that have learned
# nothing?

# %%
line = "They sat down on the bank of the river and looked at the water."
readers = {"mini": mini}
for seed in range(3):
    torch.manual_seed(seed)
    readers[f"untrained {seed}"] = BertForPreTraining(mini.config).eval()
for name, bert in readers.items():
    pieces, layers = encoder(bert, mini_tokenizer)(line)
    mean = np.mean(layers, axis=(0, 1))[pieces.index("bank"), 1:-1]
    most = [f"{pieces[1 + i]} {mean[i]:.3f}" for i in mean.argsort()[::-1][:4]]
    print(f"{name:12} {', '.join(most)}; even {1 / len(pieces):.3f}")

# %% [markdown]
# Each looks at *something* most, and in a picture the colours are stretched until one sees it. Whoever tries enough
# models, layers and sentences may find *river*: one untrained BERT has it second, at an even share. Only many questions with a known clue, beside the control, tell whether it
# means anything. The figure above asked them: mean attention points at the clue no more often than guessing does.
#
# ## More: another seed
#
# Three small BERTs of the pocket world, which differ in their seed alone. For each question: the head that is needed most,
# and the head that looks most at the clue. Read the rows of one question.
#
# Which number a head has is chance: it lies in the random beginning. But the road differs, too. In *she or he* a head of
# layer 2 looks straight at the hero, and is needed: a line that is a reason. In the larger BERT the answer goes through
# `[CLS]`. And of *number, beside* the head that looks most at the subject is never the one that is needed most. Yet in
# other rows one head is both. (*Topic* these small ones have hardly learned.)

# %%
from bertlab.lessons.experiments import recorded

jobs = recorded("head_jobs")
print(jobs)
print(f"{'':24}margin   needed most            looks most")
for seed in range(3):
    for kind in KINDS:
        rows = jobs.where(seed=seed, kind=kind)
        two = [max(rows, key=lambda row: row[what]) for what in ("effect", "share")]
        told_of = [f"{row['layer']}.{row['head']} effect {row['effect']:4.1f} share {row['share']:.2f}" for row in two]
        print(f"seed {seed} {kind:15}{rows[0]['whole']:6.1f}   {'   '.join(told_of)}")

# %% [markdown] tags=["homework"]
# ## Homework: a head of your own
#
# Choose a head of `mini` by its picture in a `model_view`. Write down what you think it does, and for which holes. Write ten
# sentences in which it should matter, and ten in which it should not. Switch it off (`heads_off`) in both. Report the mean
# loss of the hidden word, with the head and without, in both lists, whatever it is.
#
# **Next:** lesson 11. So far BERT has filled holes. Now it shall say to which of several kinds a whole text belongs. How
# much of it must be trained anew for that?
