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
# 4. say why a large share may do nothing, and a small one much.
#
# *From lesson 09, unaided:* in which two things do our BERT and our GPT differ?
# <details><summary>Answer</summary>In the mask, and in what they are trained to say.</details>
#
# *From lesson 07, unaided:* what is a shortcut?
# <details><summary>Answer</summary>What suffices to win a game in training, and fails when the same is asked in
# earnest.</details>
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
#   Find a head whose lines all go one step up: each word looks at the word before it.
# - The *head view* shows one layer; each colour is a head. It is for asking where *this* word looks: point at `[MASK]`.
# - The *neuron view* shows one head: how query and key make each share. Point at a word, then press the plus sign beside
#   it.

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
# Take a type's wanted places: for each query, the keys at which such a head would look. The score is the share that goes
# there, in the mean over queries. First by hand, with four words.

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

# %% [markdown]
# The score is `0.7000`, and not `0.5250`. The first word has no word before it, and cannot be blamed for it.
# (The blank: `apart == -1`.)
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
# a head spreads: the sides of its die (lesson 00), divided by the number of places. Two controls: an untrained BERT, and
# heads that divide evenly.

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
    two = ", ".join(f"{layer}.{head} {score[layer, head]:.2f}" for layer, head in best)
    at_most = f"untrained at most {control[what].max():.2f}, even {even[what].max():.2f}"
    print(f"{what:15} {two}; {at_most}")

# %% [markdown]
# Head 0.2 is a previous-word head, and 1.2 a next-word head, far above both controls. At the *same word*, or at `[CLS]` and
# `[SEP]`, no head here looks much, in the mean over all words. In BERT-Base it is otherwise: Clark et al. (2019, section
# 3.2) found over half of the attention of layers 6 to 10 on `[SEP]`. So do not carry one model's heads over to another. And
# *broad* proves nothing: the untrained heads are the broadest.
#
# ## A clear picture, and then?
#
# In *Three tailors* [MASK] the verb must agree with its subject: *talk*, not *talks*. The clue is *tailors*, right before
# the hole. To it head 0.2 gives nearly its whole attention from there.
#
# We switch head 0.2 off: what it has gathered becomes 0, at all places. (Lesson 05: an ablation.) And we measure the
# *margin*: log of BERT's trust in all right verbs together, over its trust in all wrong ones. At margin 0 it tosses a coin.
# A loss would not do. It is nearly 0 where BERT is sure, and cannot show that it is a little less sure.
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
    """The mean margin (nats), and how much each head gives the clue from the hole."""
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
# What would you like to see? If lines were reasons, the points would lie on a rising line.

# %% tags=["slide"]
from bertlab.lessons.instruments.head_types import rank_correlation
from bertlab.views import plots, show

found = {}
for kind, asked in questions.items():
    whole, share = ask(story_bert, asked)
    effect = [whole - ask(story_bert, asked, off=[head])[0] for head in heads]
    found[kind] = share.numpy(), np.reshape(effect, (4, 4))
shares, effects = np.array(list(found.values())).swapaxes(0, 1).reshape(2, -1)
title = "Where a head looks hardly tells what is lost without it"
show(plots.head_effects(found, title))
print(f"rank correlation of share and effect: {rank_correlation(shares, effects):.2f}")
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
# There are three kinds of points.
#
# - *Right and high:* 3.0 looks at words of the topic, and without it most of the margin is gone. Lessons 04 and 05 met this
#   head: it looked from the hole at *cave*, and at *crown*. There the line did show a reason. Head 3.2 does the same for
#   the tense.
# - *Right and low:* 0.2 and 2.3 look at the subject, and nothing is lost without them.
# - *Left and high:* to the hero 0.1 and 3.1 give less than even shares would. Without either, most of the margin is gone.
#
# All others lie low. (Michel et al. 2019, section 3.2, switched off single heads of larger models: of most, nothing was
# missed.)
#
# **Guess before you run.** From the hole head 3.1 gives nearly its whole attention to `[CLS]`, which is no word. What is
# that good for?
#
# - (a) Nothing. It is a place to rest for a head that has nothing to do.
# - (b) `[CLS]` has been told who the hero is, and hands it on.
# - (c) It marks the beginning: the head counts places from there.

# %%
guess("10-cls")

# %% tags=["slide"]
asked = questions["she or he"]
with torch.no_grad():
    looks = story_bert(
        asked.input_ids, attention_mask=asked.attention_mask, output_attentions=True
    ).attentions  # for each layer: (stories 24, heads 4, query, key)
hole_to_cls = looks[3][range(len(asked)), 1, asked.hole, 0].mean()
cls_to_hero = [(looks[0][:, head, 0] * asked.clues).sum(dim=-1).mean() for head in (0, 1)]
print(f"3.1 gives, from the hole, [CLS] a share of {hole_to_cls:.2f}")
for head, share in enumerate(cls_to_hero):
    print(f"0.{head} gives, from [CLS], the hero's names and pronouns {share:.2f}")
margins = {"all heads on": ask(story_bert, asked)[0]}
for name, off, at in [("3.1 off", (3, 1), None), ("0.1 off", (0, 1), None),
                      ("0.1 off at [CLS] alone", (0, 1), [0]), ("0.0 off", (0, 0), None)]:  # fmt: skip
    margins[name] = ask(story_bert, asked, off=[off], at=at)[0]
for name, margin in margins.items():
    print(f"{name:24} margin {margin:5.2f} nats")
with heads_off(story_bert, [(0, 1)], at=[0]):
    two = fill_mask(story_bert, tokenizer, told)[0][:2]
print("puzzle, 0.1 off at [CLS]:", *(f"{each.piece} {each.probability:.0%}" for each in two))
reveal("10-cls", share=f"{hole_to_cls:.2f}", hero=f"{cls_to_hero[1]:.2f}",
       all=f"{margins['all heads on']:.1f}", there=f"{margins['0.1 off at [CLS] alone']:.1f}")  # fmt: skip

# %% [markdown]
# So that is how BERT knows: in two steps. In layer 0, `[CLS]` looks at *Rosa*. In layer 3, the hole looks at `[CLS]`. With
# the first step silenced, at this one place, BERT says *his*.
#
# Hardly a line goes from the hole to the name. And head 0.0 draws the first step just as sharply as 0.1: without it nothing
# is lost. Whether an explanation names what the model really used is its **faithfulness**. A picture cannot show it. An
# experiment can.
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
# ## More: a large share is not a large contribution
#
# What comes from a place is its share times its *value*, sent through the head's slice of `output`. A short vector times a
# large share is still short (Kobayashi et al. 2020, section 3).
#
# | in words | the paper | ours | shape |
# | --- | --- | --- | --- |
# | share of place j | $\alpha_{i,j}$ | `looks` | (texts, query, key) |
# | the length of what j hands over | $\lVert f(x_j)\rVert$ | `length` | (texts, key) |
# | the length of its contribution | $\lVert\alpha_{i,j} f(x_j)\rVert$ | `looks * length[:, None]` | (texts, query, key) |
#
# A place that gets much attention and hands over little is called an **attention sink**. (The name is later: Xiao et al.
# 2023.) In BERT-Base much goes to `[SEP]`. Clark et al. (2019, section 3.2) suspect that a head looks there where it has
# nothing to do. In `mini`, our BERT of novels, some heads look so at `[CLS]`.
#
# **Guess before you run.** From ordinary words, head 2.2 of `mini` gives `[CLS]` most of its attention. We silence it at
# all ordinary words. What becomes of the loss at the holes?
#
# - (a) It rises much: where so much attention goes, much information comes from.
# - (b) It hardly changes.
# - (c) It falls: `[CLS]` only disturbs.

# %%
guess("10-sink")

# %%
from bertlab.corpora.prose import passages
from bertlab.model import watching

mini, mini_tokenizer = bertlab.load("mini")
texts = [passage.text for passage in passages() if passage.sense == "plain"][:40]
ids = torch.tensor([mini_tokenizer(text).input_ids[:48] for text in texts])  # (40, seq 48)
holes, words = list(range(4, 48, 7)), [place for place in range(1, 48) if place % 7 != 4]
hidden = ids.clone()
hidden[:, holes] = mini_tokenizer.mask_id
with torch.no_grad(), watching(mini, "bert.layers.2.attention.value") as seen:
    looks = mini(hidden, output_attentions=True).attentions[2][:, 2]  # 2.2: (40, query, key)
values, matrix = seen["bert.layers.2.attention.value"], mini.bert.layers[2].attention.output.weight
length = (values[..., 128:192] @ matrix[:, 128:192].T).norm(dim=-1)  # (40, key): head 2's slice
ratio = (length[:, 0].mean() / length[:, words].mean()).item()


def loss(off=(), at=None):
    with torch.no_grad(), heads_off(mini, off, at=at):
        logits = mini(hidden).prediction_logits[:, holes]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, holes].flatten()).item()


silences = {"2.2, words": ((2, 2), words), "2.2, holes": ((2, 2), holes), "1.2, words": ((1, 2), words)}
lost = {what: f"{loss([head], at) - loss():+.2f}".replace("-0.00", "0.00") for what, (head, at) in silences.items()}
print("2.2 gives [CLS]", *(f"{looks[:, at, 0].mean():.2f}" for at in (words, holes)), "(from words, holes)")
print(f"what [CLS] hands over is {ratio:.2f} times as long as what a word does")
print("silenced at:", ", ".join(f"{what} {nats} nats" for what, nats in lost.items()))
reveal("10-sink", words=lost["2.2, words"], holes=lost["2.2, holes"], ratio=f"{ratio:.2f}",
       control=lost["1.2, words"])  # fmt: skip

# %% [markdown]
# From words 2.2 rests at `[CLS]`. From a hole it looks at neighbours, and there it is needed. In the story BERT 3.1 looks
# at `[CLS]` too, and that look carries the answer. Two heads, one picture: the lines cannot tell which is which.
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
# section 3). Of values and feed-forward it knows nothing. **Gradient × attention** multiplies each share by the slope of
# the margin for it: would more of it help? The *gradient* alone is how long that slope is for each word's vector.
#
# We hold them against *hiding*: put [MASK] over one more word, and see how far the margin moves. Does a way rank the words
# as hiding does? And is the word that it puts first the clue?

# %%
from bertlab.lessons.instruments.head_types import rollout


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
hits, ranks, chance = {}, {}, []
for name, bert in {"BERT": story_bert, "untrained": untrained}.items():
    rows = []
    for asked in questions.values():
        for row in asked.attention_mask.sum(dim=1).argsort()[:10].tolist():  # the shortest
            ways, clue = ways_of_pointing(bert, asked.only([row]))
            chance.append(clue.float().mean())
            rows.append({way: (clue[each.argmax()], rank_correlation(each, ways["hiding"]))
                         for way, each in ways.items()})  # fmt: skip
    hits[name] = {way: np.mean([row[way][0] for row in rows]) for way in ways}
    ranks[name] = {way: np.mean([row[way][1] for row in rows]) for way in ways}
of_bert = hits["BERT"]
title = f"First word is the clue: mean attention {of_bert['attention']:.0%}, gradient {of_bert['gradient']:.0%}"
show(plots.clue_bars(hits, chance=np.mean(chance), title=title, by="way of pointing"))
print("ranks words as hiding does (rank correlation):")
for way in list(ways)[:-1]:
    print(f"{way:21} BERT {ranks['BERT'][way]:.2f}, untrained {ranks['untrained'][way]:5.2f}")

# %% [markdown]
# Rollout ranks words more as hiding does than mean attention; so Abnar and Zuidema found, too. But the word that it puts
# first is no more often the clue than in an untrained BERT: the mean drowns the one head that matters. Ways that use the
# slope of *this* answer are better at that. None of them is the truth. Hiding, too, makes a text that BERT seldom meets.
#
# ### Exercise, find the bug: shares that are none
#
# Some programs drop small shares first, for a cleaner picture. Here is how a widely read one then makes rows sum to 1
# again, retold (jacobgil/vit-explain, issue 16, 2022). Another had forgotten the residual (google-research/
# vision_transformer, issue 18, 2020). The symptom: rows do not sum to 1.

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
# Two tests of ours, in that spirit. First we switch off those heads that look most at the clue, and as many by lot. Then
# in one layer each share goes to another word's value, by lot.

# %%
share, draw = found["number, beside"][0], np.random.default_rng(0)
order = sorted(heads, key=lambda head: -share[head])
print(f"number, beside: margin {ask(story_bert, beside)[0]:.1f}")
for count in (1, 2, 4, 6):
    most = ask(story_bert, beside, off=order[:count])[0]
    lots = [draw.permutation(heads)[:count].tolist() for _ in range(5)]
    by_lot = np.mean([ask(story_bert, beside, off=off)[0] for off in lots])
    print(f"{count} off: those that look most {most:.1f}, by lot {by_lot:.1f}")


def shuffled(asked, layer, seed):
    """The margin when the values of one layer change places."""
    lots = torch.rand(asked.input_ids.shape, generator=torch.Generator().manual_seed(seed))
    order = (lots + 2 * (asked.attention_mask == 0)).argsort(dim=-1)  # padding stays last
    move = lambda part, given, gives: torch.take_along_dim(gives, order[..., None], dim=1)
    with story_bert.bert.layers[layer].attention.value.register_forward_hook(move):
        return ask(story_bert, asked)[0]


for kind, asked in questions.items():
    by_layer = [np.mean([shuffled(asked, layer, seed) for seed in (0, 1)]) for layer in range(4)]
    print(f"{kind:15} values shuffled in layer 0, 1, 2, 3:", *(f"{each:5.1f}" for each in by_layer))

# %% [markdown]
# So BERT knows the number without the heads that look most at the subject. By which road, we have not found. And shuffling
# one layer may do nothing, or take the whole answer: compare layer 3 in *number* and in *topic*. Neither slogan holds for a
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
# Each looks at *something* most, and in a picture the colours are stretched until one sees it. Whoever searches among the
# models, layers and sentences will find *river*. Only many questions with a known clue, beside the control, tell whether it
# means anything. The figure above asked them: mean attention points at the clue no more often than guessing does.
#
# ## More: another seed
#
# Three small BERTs of the pocket world, which differ in their seed alone. For each question: the head that is needed most,
# and the head that looks most at the clue. Read the rows of one question.
#
# Which number a head has is chance: it lies in the random beginning. But the road differs, too. In *she or he* a head of
# layer 2 looks straight at the hero, and is needed: a line that is a reason. In the larger BERT the answer goes through
# `[CLS]`. And of *number, beside* the head that looks most at the subject can be spared, in all three. (*Topic* these small
# ones have hardly learned.)

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
# sentences in which it should matter, and ten in which it should not. Switch it off in both. Report both numbers, whatever
# they are.
#
# **Next:** lesson 11. So far BERT has filled holes. Now it shall say to which of several kinds a whole text belongs. How
# much of it must be trained anew for that?
