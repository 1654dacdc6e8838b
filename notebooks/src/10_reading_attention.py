# %% [markdown] tags=["core", "slide"]
# # 10 · Reading attention
#
# *Rosa laughed. Then* [MASK] *sister found the whistle.* BERT says *her*. Hardly any head looks from the hole at *Rosa*.
# Why *her*?

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
# 1. choose between BertViz's model view and head view,
# 2. find heads of a type by a score, and say what the control scores,
# 3. compare each head's picture with what is lost without the head,
# 4. say what a head's share tells, and what it does not.
#
# *From lesson 09, without looking back:* in which two things do our BERT and our GPT differ?
# <details><summary>Answer</summary>In the mask, and in what they are trained to say.</details>
#
# *From lesson 07, without looking back:* what is a shortcut?
# <details><summary>Answer</summary>What suffices to win a game in training, and fails when other questions are
# asked.</details>
#
# Here is the whole puzzle. Layers and heads count from 0; head 3.1 is head 1 of layer 3.

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
# ## Pictures
#
# BertViz (Vig 2019) draws the same shares in several ways. For a projector we take a shorter story.
#
# - The *model view* shows all heads as small pictures, a row for each layer. Use it to find heads. Click one to enlarge it,
#   and once more to close it. Find a head whose lines mostly go one step up: each word looks at the word before it.
# - The *head view* shows one layer. The squares are heads 0 to 3 from the left; a pale one is off. Use it to ask where
#   *this* word looks: point at `[MASK]`. Head 0.2 goes to *then*. From `[MASK]` nothing goes to *rosa*. Which token does
#   look at her? Remember it.

# %%
from bertlab.views import head_view, model_view

short = "Last Sunday Rosa laughed. Then [MASK] sister found the whistle."
model_view(encode, short)

# %%
head_view(encode, short, layer=0, heads=[1, 2])

# %% [markdown]
# But sixteen pictures of one story prove nothing yet.
#
# ## A score for a picture
#
# A **head type** is a group of heads that do the same thing, such as looking at the word before. To say that a head *is* of
# a type, we need a score. Each type has wanted places: for each query, the keys at which such a head would look. The score is
# the share that goes there, in the mean over queries. First by hand, with four words. One condition is left for you: the next word.

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
# The score is `0.7000`, and not `0.5250`. The first word has no word before it, so we do not count it.
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
# Two types in thirty new stories. Two controls: an untrained BERT, and heads that divide evenly.

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
for what in ("previous", "next"):
    best = sorted(heads, key=lambda head: -trained[what][head])[:2]
    two = ", ".join(f"head {layer}.{head}: {trained[what][layer, head]:.2f}" for layer, head in best)
    print(f"{what:9} {two}")
for what in ("previous", "next"):
    print(f"{what:9} untrained at most {control[what].max():.2f}, even {even[what].max():.2f}")

# %% [markdown]
# Head 0.2 is a previous-word head, and 1.2 a next-word head, far above both controls.
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

# %% tags=["slide"]
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


beside = ask_about_clues(world, "number, beside")  # 24 stories
print(beside)
whole, share = ask(story_bert, beside)
without = ask(story_bert, beside, off=[(0, 2)])[0]
print(f"0.2 gives the subject {share[0, 2]:.2f}")
print(f"margin {whole:.2f} nats, without 0.2 {without:.2f}")
reveal("10-clear", share=f"{share[0, 2]:.2f}", whole=f"{whole:.1f}", without=f"{without:.1f}")

# %% [markdown]
# A hole whose answer is known, made to ask one thing, is called a **probe**. Now all sixteen heads, and five kinds of
# probes. In each we know from the world's rules which words suffice as a clue. They need not be the only ones.
#
# | asked | hole | clue |
# | --- | --- | --- |
# | she or he | *her*, *Rosa*, *he* ... | the hero's name |
# | topic | a word of one of two topics | words of that topic |
# | tense | a verb, *likes* or *liked* | *today*, *now* ... (all are in the present) |
# | number, beside | *Three tailors* [MASK] | the subject |
# | number, across | *The cup near the guests* [MASK] | the subject, not the nearer noun |
#
# The figure has a point for each head and question. To the right: its share for the clue. Upwards: its *effect*, the part
# of the margin that is lost without it. If a large share were a reason, points further right would stand higher.

# %% tags=["slide"]
from bertlab.views import plots, show

questions = {kind: ask_about_clues(world, kind) for kind in KINDS}
found = {}
for kind, asked in questions.items():
    whole, share = ask(story_bert, asked)
    effect = [whole - ask(story_bert, asked, off=[head])[0] for head in heads]
    found[kind] = share.numpy(), np.reshape(effect, (4, 4))
shares, effects = np.array(list(found.values())).swapaxes(0, 1)  # (kinds 5, layers 4, heads 4) each
title = "A head may look and not be needed, or be needed and not look"
show(plots.head_effects(found, title))
far, high = shares > 0.5, effects > 2
counts = far.sum(), (far & high).sum(), (~far).sum(), (~far & high).sum()
print("of the {} points right of 0.5, {} stand higher than 2 nats; of the other {}, {}".format(*counts))
print(f"1.2, the clear next-word head: effect at most {effects[:, 1, 2].max():.1f} nats")
evenly = [(asked.clues.sum(dim=1) / asked.attention_mask.sum(dim=1)).mean() for asked in questions.values()]
print(f"even shares would give the clue {min(evenly):.2f} to {max(evenly):.2f}")
asked = questions["topic"]
whole = ask(untrained, asked)[0]
largest = max(abs(whole - ask(untrained, asked, off=[head])[0]) for head in heads)
print(f"control, untrained, topic: margin {whole:.2f}, largest effect {largest:.2f} nats")

# %% tags=["slide"]
from dataclasses import replace

from bertlab.model import lines_off

asked_too = dict(questions)
for kind, words in {"she or he": "she he her his him", "tense": "is are go goes"}.items():
    asked = questions[kind]
    told_too = torch.isin(asked.input_ids, torch.tensor([tokenizer.vocab[word] for word in words.split()]))
    asked_too[f"{kind}, all"] = replace(asked, clues=asked.clues | told_too)
# hidden: [MASK] stands over the clue. Cut: from the hole no head may
# look at it. Control: from the hole none may look at the word after it.
print("margin in nats   whole   clue hidden   lines to it cut   control")
for kind, asked in asked_too.items():
    margins = [ask(story_bert, each)[0] for each in (asked, asked.hiding(asked.clues))]
    next_words = asked.clues.roll(1, dims=1) & ~asked.clues
    for places in (asked.clues, next_words):
        with lines_off(story_bert, asked.lines_to(places)):
            margins.append(ask(story_bert, asked)[0])
    print("{:15}{:7.1f}{:14.1f}{:18.1f}{:10.1f}".format(kind, *margins))

# %% [markdown]
# The figure asks for heads. The table asks for words and lines. (When lines are cut, the other shares still sum to 1.) A
# hidden clue may be told by other words: pronouns; *is* and *go*. The rows *all* take these, too.
#
# - *Right and high:* 3.0 looks at words of the topic. Without it most of the margin is gone, and without these lines it is
#   gone, too. The same holds for 3.2 and the tense. Here the picture shows a reason.
# - *Right and low:* 0.2 and 2.3 look at the subject beside the hole, and nothing is lost without them. Nothing is lost
#   without the subject, either: what follows the hole also tells the number. A head may look at a word that nobody needs.
# - *Left and high:* heads 0.1 and 3.1 give the hero's name less than even shares would. Switch off one of the two, and most
#   of the margin is gone. Hide name and pronouns, and it is all gone. But cut the hole's lines to them, and nothing is lost.
#   Head 0.2 in *number, across* lies here, too: *near* hears of *cup* through it. So there the control loses more than the
#   clue.
#
# Of the points with a large share, a larger part stands high. A large share is a hint, and no proof.
#
# **Guess before you run.** Heads 0.1 and 3.1 hardly look at the hero; from the hole, 3.1 looks at `[CLS]`, which is no word.
# Why is the margin gone without these heads?
#
# - (a) They bring no news. But zeros in place of what these heads gave disturb the layers above.
# - (b) `[CLS]` has been told who the hero is, and passes this on.
# - (c) The hero comes to the hole along the residual connection, and these heads make it stronger.

# %%
guess("10-cls")

# %% tags=["slide"]
asked = questions["she or he"]
with torch.no_grad():
    out = story_bert(asked.input_ids, attention_mask=asked.attention_mask, output_attentions=True)
looks = out.attentions  # for each layer (stories 24, heads 4, query, key)
to_cls = looks[3][range(len(asked)), 1, asked.hole, 0].mean()
to_hero = [(looks[0][:, head, 0] * asked.clues).sum(dim=-1).mean() for head in (0, 1)]
print(f"from the hole, head 3.1 gives [CLS] {to_cls:.2f}")
print(f"[CLS] gives the hero {to_hero[0]:.2f} in head 0.0, {to_hero[1]:.2f} in head 0.1")
both, rest = [(0, 0), (0, 1)], range(1, asked.input_ids.shape[1])
cases = {"all heads on": ([], None), "3.1 off": ([(3, 1)], None), "0.1 off elsewhere": ([(0, 1)], rest),
         "0.1 off at [CLS]": ([(0, 1)], [0]), "0.0 off there": ([(0, 0)], [0]),
         "both off there": (both, [0])}  # fmt: skip
margins = {f"she or he, {name}": ask(story_bert, asked, *each)[0] for name, each in cases.items()}
margins["control: topic, both off there"] = ask(story_bert, questions["topic"], both, [0])[0]
for name, margin in margins.items():
    print(f"{name:32} margin {margin:5.2f} nats")
he, nobody = (told.replace("She put her", other) for other in ("He put his", "[MASK] put [MASK]"))
print("trust in her   all on   0.1 off at [CLS]   both off there")
for hero, text in {"Rosa": told, "Julia": told, "Omar": he, "[MASK]": nobody}.items():
    trusts = []
    for off in ([], [(0, 1)], both):
        with heads_off(story_bert, off, at=[0]):
            trusts.append(dict(fill_mask(story_bert, tokenizer, text.replace("Rosa", hero))[-1]).get("her", 0))
    print("{:12}{:9.0%}{:19.0%}{:17.0%}".format(hero, *trusts))
reveal("10-cls", share=to_cls, hero=to_hero[1], margins=list(margins.values()))

# %% [markdown]
# So news goes in two steps. In layer 0, `[CLS]` looks at the hero's name. In layer 3, the hole looks at `[CLS]`. Silence 0.1
# at this one place, and most of the margin is gone. Silence it at all other places, and hardly any is lost. The topic goes
# another way. (See both lines in a head view: layer 0, heads 0 and 1, from `[CLS]`; layer 3, head 1, from `[MASK]`.)
#
# Head 0.0 draws the same first step. If only 0.0 is silent, hardly anything is lost. But when 0.1 is silent, 0.0 does part of
# its work: for some heroes, such as Julia, BERT still says *her* until both are silent. Then Rosa and Omar get nearly the
# same answer. It is near the one that BERT gives when no hero is told, the last row.
#
# An explanation is said to have **faithfulness** if it names what the model really used. A picture cannot show faithfulness.
# An experiment can.
#
# ## What this does not show
#
# - That a head without effect is useless. It may be needed elsewhere, as 0.2 is in *number, across*. Or others do its work
#   when it is silent, as 0.0 does.
# - What a head is *for*. Lesson 05: a trained model depends on parts that it could have done without.
# - That BERT-Base works in this way. These are the heads of one small model. *More: another seed* shows three others.

# %%
quiz("10")

# %% [markdown] tags=["more"]
# ## More: how query and key make a share
#
# The *neuron view* shows one head: how query and key make each share. Point at a word, then press the plus sign beside it. A
# band is a vector; a stripe's colour is the sign of its number. From the left: query, keys, products, sum, share.

# %%
from bertlab.views import neuron_view

with_queries = encoder(story_bert, tokenizer, queries_keys=True)
neuron_view(with_queries, short, layer=0, head=2)

# %% [markdown]
# ## More: half goes to `[CLS]`
#
# Now `mini`, our BERT of novels. From words, its head 1.3 gives `[CLS]` half of its attention. We do not
# change where it looks. We make the value at `[CLS]` 0 in this head: there is nothing to fetch. The control does the
# same at all words. We score BERT's answers at words that it sees (lesson 06) and at holes.
#
# **Guess before you run.** What becomes of the loss at words without what 1.3 fetches at `[CLS]`?
#
# - (a) It rises much, more than in the control: half of the attention goes there.
# - (b) It hardly changes.
# - (c) It falls: `[CLS]` only disturbs.

# %%
guess("10-sink")

# %%
from bertlab.corpora.prose import passages
from bertlab.lessons.instruments.handed_over import handed_over

mini, mini_tokenizer = bertlab.load("mini")
ids = torch.tensor([mini_tokenizer(each.text).input_ids[:48] for each in passages() if each.sense == "plain"])
holes, words = list(range(4, 48, 7)), [place for place in range(1, 48) if place % 7 != 4]
hidden = ids.index_fill(1, torch.tensor(holes), mini_tokenizer.mask_id)  # (96, seq 48)


def losses(silent=()):  # the loss at words and at holes, if in head 1.3 there is nothing to fetch at these places
    kept = torch.ones(48, 256)  # (seq, hidden)
    kept[silent, 192:256] = 0  # the slice of head 3
    with torch.no_grad(), mini.bert.layers[1].attention.value.register_forward_hook(lambda _, __, gives: gives * kept):
        logits = mini(hidden).prediction_logits.transpose(1, 2)  # (96, vocab, seq 48)
    return [torch.nn.functional.cross_entropy(logits[..., at], ids[:, at]).item() for at in (words, holes)]


looks, length = handed_over(mini, 1, 3, hidden)  # (96, query, key), (96, key)
print(f"1.3 gives [CLS] {looks[:, words, 0].mean():.2f} from words, {looks[:, holes, 0].mean():.2f} from holes")
ahead = (looks * torch.ones(48, 48).triu(1).tril(3)).sum(dim=-1)  # (96, query)
for word in ("the", "a", ",", "and"):
    here = hidden == mini_tokenizer.vocab[word]  # (96, seq 48)
    print(f"from {word:3} {looks[here][:, 0].mean():.2f} to [CLS], {ahead[here].mean():.2f} to the next three places")
lost = [[round(new - old, 3) + 0.0 for new, old in zip(losses(silent), losses())] for silent in ([0], words)]
print("nothing to fetch at [CLS]: loss at words {:+.3f}, at holes {:+.3f} nats".format(*lost[0]))
print("nothing to fetch at words: loss at words {:+.3f}, at holes {:+.3f} nats".format(*lost[1]))
other = handed_over(story_bert, 3, 1, questions["she or he"].input_ids, questions["she or he"].attention_mask)[1]
ratios = [each[:, 0].mean() / each[:, 1:20].mean() for each in (length, other)]
print(f"length handed over by [CLS]: {ratios[0]:.2f} times a word's; in 3.1 of the story BERT {ratios[1]:.2f}")
reveal("10-sink", cls=lost[0], words=lost[1])

# %% [markdown]
# At `[CLS]` 1.3 rests: what it fetches there is not needed. A place that gets much attention, and of which nothing is
# missed, is called an **attention sink**. (The name: Xiao et al. 2023.) In BERT-Base many heads look at `[SEP]`.
# Clark et al. (2019, section 3.2) suspect that a head looks there where it has nothing to do. So it seems here: from *the*
# and *a* 1.3 looks ahead, from a comma or *and* it rests.
#
# But 3.1 of the story BERT looks at `[CLS]` too, and fetches the answer there. The share does not tell a rest from an answer. The
# length differs. What comes from a place is its share times its *value*, sent through the head's slice of `output` (Kobayashi
# et al. 2020, section 3). Only a test tells whether the model needs it.
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
# section 3). It does not use values or feed-forward. **Gradient × attention** multiplies each share from the hole by the slope
# of the margin for it: would more of it help? The *gradient* alone is the length of the slope for each word's vector.
#
# We compare these methods with *hiding*: put [MASK] over one more word, and see how far the margin moves. Is the word that a
# method puts first the clue? And how far does the margin move when this word is hidden? We take the ten shortest stories of
# each kind.

# %%
from bertlab.lessons.instruments.head_types import rollout
from bertlab.model import watching


def point(bert, asked):
    """{method: a number for each word (words)} in one story, and where the clue stands (words)."""
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
    with torch.no_grad():
        logits = bert(hidden, positions=at + seq * torch.arange(len(words))).prediction_logits
    points = {
        "attention": looks.mean(dim=(0, 1))[at],
        "rollout": torch.from_numpy(rollout(looks.mean(dim=1).numpy()))[at],
        "gradient × attention": (looks * slope).sum(dim=(0, 1))[at].abs(),
        "gradient": slopes[-1][0].norm(dim=-1),
    }
    of_words = {method: each[words].numpy() for method, each in points.items()}
    return of_words | {"hiding": (margin - asked.margin(logits)).abs().detach().numpy()}, asked.clues[0, words]

# %% tags=["slide"]
rows = []
for name, bert in {"BERT": story_bert, "untrained": untrained}.items():
    for kind, asked in questions.items():
        for row in asked.attention_mask.sum(dim=1).argsort()[:10].tolist():  # the shortest
            points, clue = point(bert, asked.only([row]))
            moved = points["hiding"]
            rows.append((name, kind, "any word", clue.float().mean().item(), moved.mean()))
            for method, each in points.items():
                rows.append((name, kind, method, clue[each.argmax()].item(), moved[each.argmax()]))


def mean(column, *of):
    """The mean of one column over the rows of this model, kind or method."""
    return np.mean([row[column] for row in rows if set(of) <= set(row[:3])])


hits = {name: {method: mean(3, name, method) for method in points} for name in ("BERT", "untrained")}
one, two = (f"{method} {hits['BERT'][method]:.0%}" for method in ("attention", "gradient"))
title = f"The first word is the clue: mean {one}, guessing {mean(3, 'any word'):.0%}, {two}"
show(plots.clue_bars(hits, chance=mean(3, "any word"), title=title, by="method", up="first word is the clue"))
print(f"{'first: clue, nats':20} she or he     topic     tense    beside    across")
for method in ["any word", *points]:
    told_of = [f"{mean(3, 'BERT', kind, method):5.0%}{mean(4, 'BERT', kind, method):5.1f}" for kind in KINDS]
    print(f"{method:20}{''.join(told_of)}")

# %% [markdown]
# Each row has two numbers for a kind: how often the method's first word is the clue, and how far the margin moves without
# this word. In *she or he*, *topic* and *tense*, mean attention and rollout hardly ever put the clue first. And the word they
# put first matters far less than the clue. So the mean over heads does not show what the model as a whole uses.
#
# *Gradient × attention* finds the clue in *topic* and *tense*: there a needed head looks at it from the hole. In *she or he* it
# does not. It takes the hole's row alone, and so it cannot see a step through `[CLS]`. None of the methods is the truth, not
# even hiding: it makes a text that BERT seldom meets. (Abnar and Zuidema compare the order of all words. There rollout comes
# nearer to hiding than raw attention.)
#
# ### Exercise, find the bug: shares that do not sum to 1
#
# Some programs drop small shares first, for a cleaner picture. Here is how a widely used one then makes rows sum to 1
# again, rewritten in our words (jacobgil/vit-explain, issue 16, 2022). The symptom: rows do not sum to 1.

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
# First a picture that is often drawn, *bank looks at river*: the mean over all heads, in `mini` and in twenty BERTs that
# have learned nothing.
#
# Our cut lines are a test: other shares, the same model. In *topic* and *tense* the answer was gone. In *number, beside*
# nothing was lost, but the subject was not needed. So we hide all that follows the hole: then it is.

# %%
line = "They sat down on the bank of the river and looked at the water."


def place_of_river(bert):
    """Its place among the words at which *bank* looks, in the mean over all heads."""
    pieces, layers = encoder(bert, mini_tokenizer)(line)
    mean, river = np.mean(layers, axis=(0, 1))[pieces.index("bank")], pieces.index("river")
    return 1 + sum(mean[at] > mean[river] for at in range(1, len(pieces) - 1) if pieces[at] != "bank")


found = []
for seed in range(20):
    torch.manual_seed(seed)
    found.append(place_of_river(BertForPreTraining(mini.config).eval()))
print(f"river is word {place_of_river(mini)} of 14 in mini, in untrained BERTs", *sorted(found))

place = torch.arange(beside.input_ids.shape[1])
after = (place > beside.hole[:, None]) & (beside.input_ids != tokenizer.sep_id)
alone = beside.hiding(after)
whole, share = ask(story_bert, alone)
unseen = ask(story_bert, alone.hiding(alone.clues))[0]
with lines_off(story_bert, alone.lines_to(alone.clues)):
    cut = ask(story_bert, alone)[0]
print(f"what follows the hole is hidden: margin {whole:.1f} nats")
print(f"the subject hidden, too: {unseen:.1f}; lines to it cut: {cut:.1f}")
effect = {head: whole - ask(story_bert, alone, off=[head])[0] for head in heads}
for head in sorted(heads, key=lambda head: -effect[head])[:3]:
    print(f"head {head[0]}.{head[1]}: effect {effect[head]:.1f} nats, share for the subject {share[head]:.2f}")

# %% [markdown]
# Draw enough networks, and *river* is among the first three in some, though they have learned nothing.
#
# Now the lines to the subject are a reason. They need not be the only one: a head that does not look at the subject is needed
# most. Neither *attention explains* nor *attention is not explanation* holds for a whole model. Ask whether it holds for one head
# and one question.
#
# ## More: another seed
#
# Three small BERTs of the pocket world, which differ in their seed alone. For each question: the head that is needed most,
# and the head that looks most at the clue. Read the rows of one question.
#
# Which number a head has is chance: it depends on the random starting parameters. But the road differs, too. In *she or
# he* a head of layer 2 looks straight at the hero's name or pronouns, and is needed. In the larger BERT the answer goes
# through `[CLS]`. And of *number, beside* the head that looks most at the subject is never the one that is needed most.
# Yet in other rows one head is both. (*Topic* these small ones have hardly learned.) So do not expect one model's heads
# in another.

# %%
from bertlab.lessons.experiments import recorded

jobs = recorded("head_jobs")
print(jobs)
print("margin | needed most: effect, share | looks most: effect, share")
for kind in KINDS:
    for seed in range(3):
        rows = jobs.where(seed=seed, kind=kind)
        two = [max(rows, key=lambda row: row[what]) for what in ("effect", "share")]
        told_of = [f"{row['layer']}.{row['head']}: {row['effect']:4.1f}, {row['share']:.2f}" for row in two]
        print(f"{kind:14} seed {seed} {rows[0]['whole']:5.1f} | {' | '.join(told_of)}")

# %% [markdown] tags=["homework"]
# ## Homework: a head of your own
#
# Choose a head of `mini` by its picture in a `model_view`, or by `mean_scores`, which knows two more types. Write down what you
# think the head does, and for which holes. Write ten sentences in which it should matter, and ten in which it should not.
# Switch it off (`heads_off`) in both. Report the mean loss of the hidden word, with the head and without, in both lists,
# also if you were wrong.
#
# **Next:** lesson 11. So far BERT has filled holes. Now it must say to which of several kinds a whole text belongs. How
# much of it must be trained anew for that?
