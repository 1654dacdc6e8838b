# %% [markdown] tags=["core", "slide"]
# # 09 · BERT against GPT, fairly
#
# *BERT sees both sides, so it understands more.* Here GPT is as sure. Hide the word earlier: it is not.

# %% [markdown]
# You know both by now: the reader without a card and the reader with one. Here they meet. After this lesson you can
#
# 1. say where two open sides help, and where nothing is won by them,
# 2. tell what a reader *could* know from what it has learned,
# 3. take the two differences between BERT and GPT apart, by four models,
# 4. name what GPT can do and BERT cannot,
# 5. judge the table that every article prints.
#
# *From lesson 08, unaided:* a loss curve falls below the limit of the left side. What does this show?
# <details><summary>Answer</summary>That the model uses something that stands to the right. No reader of the left side
# alone can be there.</details>
#
# *From lesson 06, unaided:* a model without a card is asked for the *next* word. What does it learn?
# <details><summary>Answer</summary>To copy: the next word stands in sight. That is the leak.</details>
#
# Now the puzzle: one story, and twice the same word in it. We hide it at one place, then at the other. `story-bert` and
# `story-gpt` have equally many parameters and have read the same stories.

# %% tags=["slide"]
import math

import numpy as np
import torch

import bertlab
from bertlab.lessons import check, guess, quiz, reveal
from bertlab.pretrained import as_tensors
from bertlab.reader import reader

story_bert, tokenizer = bertlab.load("story-bert")
story_gpt, _ = bertlab.load("story-gpt")
twins = {"BERT": story_bert, "GPT": story_gpt}

story = (
    "Oscar was angry last Sunday. His friends put the bow near the throne. "
    "The prince sat near the throne with the bow."
)
places = {"the first throne": story.index("throne"), "the second throne": story.rindex("throne")}
for name, place in places.items():
    print(name)
    for who, model in twins.items():
        answer = reader(model, tokenizer)(story, holes=[(0, place, place + 6)]).answers[0]
        best = ", ".join(f"{each.piece} {each.probability:.0%}" for each in answer.guesses[:4])
        print(f"    {who:5} {best}")

# %% [markdown]
# ## The table that every article prints
#
# | | BERT | GPT |
# | --- | --- | --- |
# | structure | the Transformer's encoder | its decoder, without cross-attention |
# | context | both sides | the left side |
# | trained to say | hidden words | the next word |
# | good at | understanding | writing |
#
# The first three rows are true (lesson 05 showed how little is behind the first). The last is a claim. We make
# an experiment of it: stories with one hidden word each, and the clue to it stands in one place only. (In this world
# *Ruby* is a snake at the zoo, and a language in the lab.)
#
# | the clue stands | for example | hidden | the clue |
# | --- | --- | --- | --- |
# | left | *Today Sarah goes to the lab. Ruby is her favorite [MASK].* | language, not snake | lab |
# | right | *Maya [MASK] angry today. Maya dreams about Python, and her mother cries.* | is, not was | dreams |
# | on both sides | *On Friday Leo comes to the castle with [MASK] father. Gold makes Leo worried.* | his, not her | Leo |
# | nowhere | *Worried Lucy. The [MASK] seemed light.* | box, or room | none |
#
# **Guess before you run.** Each twin is asked about such stories. Where has BERT more right answers than GPT?
#
# - (a) Everywhere, but most where the clue stands on both sides.
# - (b) Only where the clue stands to the right.
# - (c) Where it stands right or on both sides. To the left GPT is better, for there it was trained to look.

# %%
guess("09-clue")

# %% tags=["slide"]
from bertlab.corpora.story import StoryWorld, probe_set
from bertlab.training.probing import judge_model
from bertlab.views import plots, show

world, clues = StoryWorld.load("full"), ["left", "right", "both", "nowhere"]
asked = {clue: [probe_set(world, what, clue, 25) for what in ("polysemy", "tense", "hero")] for clue in clues}
right = {
    who: {clue: np.mean([judge_model(model, tokenizer, each)[0] for each in asked[clue]]) for clue in clues}
    for who, model in twins.items()
}
limits = {
    who: {clue: np.mean([each.best(side)[0] for each in asked[clue]]) for clue in clues}
    for who, side in {"BERT": "both", "GPT": "left"}.items()
}
title = f"Clue to the right: BERT {right['BERT']['right']:.0%} correct, GPT {right['GPT']['right']:.0%}"
show(plots.clue_bars(right, limits, chance=0.5, title=title))
who_comes = probe_set(world, "companion", "left", 50)
along = {who: f"{judge_model(model, tokenizer, who_comes)[0]:.0%}" for who, model in twins.items()}
print("one kind more, who comes along, clue to the left:", along)
reveal("09-clue", **{f"{who}_{clue}": f"{right[who][clue]:.0%}" for who in twins for clue in clues})

# %% [markdown]
# Asked are words of two senses, tenses, and who is who: always one of two groups of words, each as likely as the other.
# So a coin is correct in half. The dashed line is the *limit*: the best that anybody could do, on average, who sees what
# the model sees. And the control: where the clue stands nowhere, nobody is better than the coin.
#
# GPT stands at its limits. (Where it tosses a coin, 75 times, luck may lift it a little over the line.) It has not
# failed. It was shown less of each story. And one kind of question is not in the figure: who comes along, *her uncle* or
# *her aunt*. There GPT is better even with the clue to the left. BERT could know it and has not learned it; its card
# says so. Try your own: type a story of this world, and click a word to hide it.

# %%
from bertlab.views import AttentionLab

AttentionLab({who: reader(model, tokenizer) for who, model in twins.items()}, story, hide="bow")

# %% [markdown]
# ## A limit by hand
#
# How does one know the best possible? Take a world of four stories, each told equally often. The middle word is
# hidden. Whoever sees the same must guess the same. So group the stories by what is seen. In each group the best guess
# is the most frequent word, and the best shares are the frequencies.

# %%
from collections import Counter, defaultdict

stories = {
    "zoo snake waits": 1 / 4,  # the clue stands left
    "office language waits": 1 / 4,
    "today snake hisses": 1 / 4,  # the clue stands right
    "today language compiles": 1 / 4,
}


def best(see):
    """How often the best reader is correct, and what she loses (nats). see: what of a story she sees"""
    groups = defaultdict(Counter)
    for told, chance in stories.items():
        groups[see(*told.split())][told.split()[1]] += chance
    right = sum(max(words.values()) for words in groups.values())
    nats = sum(-p * math.log(p / words.total()) for words in groups.values() for p in words.values())
    return right, nats


for side, see in {
    "left": lambda before, hidden, after: before,
    "both": lambda before, hidden, after: (before, after),
}.items():
    print(f"sees {side:5} correct {best(see)[0]:.2f}, loss {best(see)[1]:.4f} nats")
print(f"ln 2 = {math.log(2):.4f}")
for place in [at for at, piece in enumerate(tokenizer.tokenize(story)) if piece == "throne"]:
    exact = world.limit(story, [place], "left")[0, tokenizer.vocab["throne"]]
    print(f"p(throne), given the left side of place {place}: {exact:.3f}")

# %% [markdown]
# With *today* before the hole, the left side leaves two words, and each is as likely: a coin, and $\ln 2$ nats. That
# happens in half of the stories: `0.3466` is half of `0.6931`. The story world does the same sum over all its stories.
# So the puzzle is solved: before the first *throne* stands nothing that tells it from seven other words, `0.125`. Before
# the second stands the first, `1.000`.
#
# This is *information*: what the visible words tell. How much of it a model uses is *skill*. BERT wins at clues on the
# right by information. Between a model and its own limit lies its skill.
#
# ## Two differences, four models
#
# BERT and GPT differ in the mask, and in what they are asked for. Which of the two did it? Cross them.
#
# | | asked for hidden words | asked for the next word |
# | --- | --- | --- |
# | no mask: sees both sides | BERT | the leak of lesson 06 |
# | causal mask: sees the left | a **causal masked model** | GPT |
#
# A causal masked model is a BERT with a card: the same parameters at birth, the same stories and the same holes. BERT
# and the causal masked model differ in the mask alone. (So do GPT and the leak. But the leak copies, and what it copies
# tells nothing of masks.)
#
# ### Exercise, write it: the other question
#
# You know BERT's loss: at the holes only. Write GPT's. `logits[:, t]` is what the model says after it has read piece
# `t`. Nothing is hidden. The loss is the mean over all pieces that have a next one. Padding is no piece.


# %%
def next_word_loss(logits, ids, real):
    """The mean loss, in nats. logits (batch, seq, vocab); ids, real (batch, seq), real is 1 at pieces, 0 at padding"""
    ### BEGIN SOLUTION
    said, true = logits[:, :-1], ids[:, 1:]
    losses = torch.nn.functional.cross_entropy(said.transpose(1, 2), true, reduction="none")
    there = real[:, 1:] == 1
    return losses[there].mean()
    ### END SOLUTION


# %%
check.next_word_loss(next_word_loss)

# %% [markdown]
# <details><summary>A hint</summary>
#
# A row of five pieces has four next ones. What is said at place 0 must be held against the piece at place 1.
# </details>
#
# <details><summary>A second hint</summary>
#
# `logits[:, :-1]` and `ids[:, 1:]` have the same length. A next piece that is padding does not count:
# `real[:, 1:] == 1`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# **Guess before you run.** All four were trained with three seeds in the pocket world. Then one word of a new story is
# hidden. The causal masked model's loss will be
#
# - (a) near BERT's: it was asked the same question.
# - (b) near GPT's: it sees the same side.
# - (c) about halfway between them.

# %%
guess("09-mask")

# %%
from bertlab.lessons.experiments import recorded

run = recorded("who_wins_where")
print(run, "\n")
four = {"BERT": "both", "causal masked model": "left", "GPT": "left", "leak": "both"}


def told(name, sees, at="places", number="nats"):
    """A model's mean loss, and how far each seed lies above its own limit."""
    limits = {row["seed"]: row["nats"] for row in run.where(at="places", sees=sees)}
    rows = run.where(at=at, model=name)
    above = [row[number] - limits[row["seed"]] for row in rows]
    return np.mean([row[number] for row in rows]), f"{min(above):.2f} to {max(above):.2f} above the limit of {sees}"


print("one hidden word, loss in nats   mean   each seed")
for name, side in four.items():  # the leak would read the word where it stands: from it the word is hidden
    print("{:30}{:6.2f}   {}".format(name, *told(name, side, "covered places" if name == "leak" else "places")))
print(f"{'leak, the word in sight':30}{told('leak', 'both', number='drawn')[0]:6.2f}   (of the word that stands there)")
nats = {name.split()[0]: told(name, side)[0] for name, side in four.items()}
left = run.mean("nats", at="places", sees="left")
two = {name: f"{run.mean('right', at='probes', model=name, of='polysemy', clue='left'):.0%}" for name in four}
print("words of two senses, clue to the left, correct:", {name: two[name] for name in list(four)[:3]})
print(f"limit of the left side {left:.2f}; BERT below it by {left - nats['BERT']:.2f}")
reveal("09-mask", left=f"{left:.2f}", **{name: f"{value:.2f}" for name, value in nats.items()})

# %% [markdown]
# Each seed tells other stories, and so has a limit of its own. Read the table in pairs.
#
# - *BERT and the causal masked model:* only the mask differs. Part of the difference is skill: the causal masked model is
#   still far above its own limit. The words of two senses it has not learned, not even with the clue to the left. But
#   what the last line says is no skill: no model with a card can get below the limit of the left side.
# - *The causal masked model and GPT:* both see the left. The question differs: GPT is asked at every piece, the other at
#   its holes. See “More: who learns from more”.
# - *The leak and BERT:* both see everything. Asked for the next word, the leak reads it where it stands; when it is
#   hidden, the leak does worse than a die that has all pieces for sides. Who takes the mask away needs holes.
#
# ## Is it attention?
#
# Before BERT there were readers without attention. An **LSTM** goes through the row word by word and keeps two vectors
# of memory, which gates open and close (Hochreiter and Schmidhuber 1997). A **GRU** keeps one (Cho et al. 2014).
# A **BiLSTM** is two of them: one comes from the left, one from the right. Neither knows of the other. Only the answer
# joins them. That was the idea of ELMo (Peters et al. 2018). LSTM and GRU are asked for the next piece, like GPT, the
# BiLSTM for every piece between its neighbours. All have about as many parameters as the others, read the same stories
# and took as many steps. (A few learning rates were tried, for BERT, GPT, LSTM and GRU.)

# %% tags=["slide"]
five = {"LSTM": "left", "GRU": "left", "GPT": "left", "BiLSTM": "both", "BERT": "both"}
right = {name: {clue: run.mean("right", at="probes", model=name, clue=clue) for clue in clues} for name in five}
limits = {
    name: {clue: run.mean("right", at="probes", sees=side, clue=clue) for clue in clues} for name, side in five.items()
}
shut, open_ = ([right[name]["right"] for name in five if five[name] == side] for side in ("left", "both"))
seen, unseen = f"{min(open_):.0%}", f"{min(shut):.0%} to {max(shut):.0%}"
title = f"Clue to the right: {seen} correct for who sees it, {unseen} for who does not"
show(plots.clue_bars(right, limits, chance=0.5, title=title))
print("one hidden word  parameters  loss, nats   each seed")
for name, side in five.items():
    size = f"{run.where(at='places', model=name)[0]['parameters']:,}"
    print("{:16}{:>11}{:12.2f}   {}".format(name, size, *told(name, side)))

# %% [markdown]
# At clues to the right all who see them are correct, with attention or without. All who do not see them toss a coin,
# with attention or without. So here it is not attention that decides, but what is seen.
#
# The last column is skill. The BiLSTM sees as much as BERT, and stays farther above the limit. In BERT both sides meet in
# every layer, in a BiLSTM only in the answer; so BERT's authors call ELMo *not deeply bidirectional* (section 2.1). But the
# two differ in attention as well. Our table cannot say which of the two it is.
#
# ## What GPT can do
#
# GPT says the next word. So it can go on, word by word: draw one from its shares, append it, ask again. Let BERT try,
# with a `[MASK]` at the end.

# %% tags=["slide"]
never = [tokenizer.vocab[piece] for piece in ("[PAD]", "[UNK]", "[CLS]", "[MASK]")]


@torch.no_grad()
def write_on(model, text, generator, hole):
    """Draw piece after piece, each from what the model says; at most 40. hole: put a [MASK] where the next will be"""
    ids = tokenizer(text).input_ids[:-1]  # without [SEP]
    while len(ids) < 40:
        row = [*ids, tokenizer.mask_id, tokenizer.sep_id] if hole else ids
        logits = model(torch.tensor([row])).prediction_logits[0, len(ids) if hole else -1]
        logits[never] = -math.inf
        ids.append(int(torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)))
        if ids[-1] == tokenizer.sep_id:
            break
    return tokenizer.decode(ids[1:])


for who, model in twins.items():
    for seed in range(2):
        print(f"{who:5}", write_on(model, "Yesterday Emma", torch.Generator().manual_seed(seed), hole=who == "BERT"))

# %% [markdown]
# GPT tells a story of its world. BERT, asked like this, does not. In the stories that it read, a full stop stood before the
# end, and it was not trained to go on.
#
# There is more. Multiply GPT's answers, and you have the *probability of the whole story*. Over all stories these have
# the sum 1. And BERT? Hide two words, `a` and `b`. Say `a` first and then `b` knowing it, or the other way round.

# %%
two = tokenizer("Yesterday [MASK] went to the market. At last [MASK] smiled.")
a, b = [place for place, piece in enumerate(two.tokens) if piece == "[MASK]"]
words = torch.arange(len(tokenizer))


@torch.no_grad()
def shares(place, known=None):
    """p(word at a place), (1, vocab); with `known`, for every word that may stand there, (vocab, vocab)."""
    rows = torch.tensor(two.input_ids).repeat(1 if known is None else len(words), 1)
    if known is not None:
        rows[:, known] = words
    said = torch.cat([story_bert(part).prediction_logits[:, place] for part in rows.split(256)])
    said[:, tokenizer.special_ids] = -math.inf
    return said.softmax(dim=-1)


b_if_a, a_if_b = shares(b, known=a), shares(a, known=b)  # (a, b) and (b, a)
one_order = shares(a).T * b_if_a  # p(a) p(b | a), (a, b)
emma = tokenizer.vocab["emma"]
print(f"Emma twice, first a, then b: {one_order[emma, emma]:.4f}")
print(f"Emma twice, first b, then a: {shares(b)[0, emma] * a_if_b[emma, emma]:.4f}")
print(f"one order, over all pairs: sum {one_order.sum():.1f}")
print(f"each knowing the other, over all pairs: sum {(b_if_a * a_if_b.T).sum():.1f}")

# %% [markdown]
# In a fixed order BERT's answers do make a probability: they sum to 1. But another order makes another one, and BERT was
# trained for none of them. GPT has one order, and was trained for it. The usual way out: ask for each word with the
# other in sight, and multiply. That is the **pseudo-likelihood** (Salazar et al. 2020). It ranks sentences usefully, but
# it is no probability: it sums to far more than 1.
#
# So what of the table that every article prints? *Context* decides, where a clue stands to the right. *Trained to say*
# decides who can write. *Good at understanding* is no third thing beside these: it was never measured.
#
# ## What this does not show
#
# - Who is better at English. In our world a clue is one word and the groups are two. The *limits* hold for every reader,
#   the distances to them for these small models only.
# - That BERT *understands*. It uses clues on both sides, in a world of a thousand words.
# - That either is better at real tasks. Lesson 11 trains both on tasks.

# %%
quiz("09")

# %% [markdown] tags=["more"]
# ## More: who learns from more
#
# GPT is asked at every piece of a row. BERT is asked at the holes only: 15 of 100 pieces, here 30. So each row teaches
# GPT more. How much is that worth? BERT and GPT differ in too much to tell. But the causal masked model sees what GPT
# sees, and is asked at the holes. (It also meets holes among the words it reads, which GPT never does.)

# %% tags=["slide"]
asked_at = {"GPT, asked at every piece": "GPT", "asked at 30% of the pieces": "causal masked model"}
steps = sorted({row["step"] for row in run.where(at="learning", model="GPT")})
curves = {
    name: [(step, run.mean("nats", at="learning", model=model, step=step)) for step in steps]
    for name, model in asked_at.items()
}
at_once = {name: next((step for step, loss in curve if loss < 1.2), None) for name, curve in curves.items()}
title = "Both see the left side: who is asked more often learns sooner"
levels = {"limit, left": left}
show(plots.measured_curve(curves, "steps", "loss at one hidden word, nats", title, levels=levels))
print("first look below 1.2 nats, after steps:", at_once)

# %% [markdown]
# So more questions a row seem to be worth much (or holes among what one reads cost much: here both differ). ELECTRA was built for it: it sees both sides
# and is asked at every piece, whether it was exchanged (Clark et al. 2020). Why not hide more, then? Because each hole is
# also a word less to read: lesson 08, “More: how much to hide”.
#
# ### Exercise, predict: a reader from the right
#
# Take a reader who begins at the end of the story and goes to the left. At a hole she knows what stands to its right,
# and nothing else. How often is the *best* such reader right, by where the clue stands? (Always one of two groups,
# equally likely.)


# %%
def my_limits():
    """The share right, from 0 to 1, for "left", "right", "both" and "nowhere"."""
    ### BEGIN SOLUTION
    return {"left": 0.5, "right": 1.0, "both": 1.0, "nowhere": 0.5}
    ### END SOLUTION


# %%
check.my_limits(my_limits)

# %% [markdown]
# <details><summary>A hint</summary>
#
# GPT's limits stand in the figure of the core. Which two of them change places?
# </details>
#
# <details><summary>A second hint</summary>
#
# Where she sees no clue she guesses one of two groups. A clue on both sides is two clues, and each suffices.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ## More: at which place does GPT know the text?
#
# BERT's answer about a whole text is taken at `[CLS]`, which stands first. Change one late word. At which places does
# the vector change?

# %%
def vectors(model, text):
    return model.bert(**as_tensors(tokenizer(text))).last_hidden_state[0]  # (seq, hidden)


print("      ", *(f"{piece:>7}" for piece in tokenizer("Today Emma feeds the bear.").tokens))
for who, model in twins.items():
    change = vectors(model, "Today Emma feeds the bear.") - vectors(model, "Today Emma feeds the lion.")
    print(f"{who:6}", *(f"{most:7.4f}" for most in change.abs().amax(dim=-1)))

# %% [markdown]
# At GPT's `[CLS]` stands `0.0000`: it comes first and has read nothing but itself. Only the last place has read all. So
# a text is judged by GPT at its last piece: Radford et al. 2018 (section 3.3) put an extra token there.
#
# ## More: tasks without an order
#
# *Do these two sentences say the same?* A and B may change places, and the answer stays. For a reader with a card they
# may not: A is read without knowing B. We change one word of the second sentence, and then of the first. Does the
# *other* sentence notice?

# %%
pairs = [["Emma fed the bear. Emma was at the zoo.", "Emma fed the bear. Emma was at the lab."],
         ["Emma was at the zoo. Emma fed the bear.", "Emma was at the lab. Emma fed the bear."]]  # fmt: skip
for who, model in twins.items():
    ahead, behind = ((vectors(model, one) - vectors(model, other)).abs() for one, other in pairs)
    moved = f"a later word changed: {ahead[1:6].max():.4f}, an earlier word changed: {behind[-6:-1].max():.4f}"
    print(f"{who:5} largest change in the five pieces of *Emma fed the bear.*: {moved}")

# %% [markdown]
# So the makers of GPT let it read both orders, A B and B A, and added up what it made of them (Radford et al. 2018,
# section 3.3). With BERT each sentence is read with the other in sight, whichever comes first.
#
# ### Exercise, find the bug: a word gives itself away
#
# A pseudo-likelihood asks for each piece with all others in sight. For a word of several pieces that goes wrong, as Kauf
# and Ivanova (2023) found: its other pieces give a piece away. `mini` scores four words in one sentence. *telegraph* has
# three pieces. It comes out nearly as well as *watchman*, for what is left to guess between *tele* and *##ph*? Mend it:
# ask from left to right, as one says a word. In a word of one piece nothing changes.

# %%
mini, mini_tokenizer = bertlab.load("mini")


@torch.no_grad()
def say(row, place):
    """What mini says at a place: the log of each piece's share, (vocab,)."""
    return mini(torch.tensor([row])).prediction_logits[0, place].log_softmax(dim=-1)


def their_score(say, ids, places, mask_id):
    """The sum of log p of the pieces at these places, each asked for by itself."""
    total = 0.0
    for place in places:
        row = [mask_id if at == place else piece for at, piece in enumerate(ids)]
        total += say(row, place)[ids[place]]
    return total


def compare(score):
    """Words of one to four pieces in the same sentence."""
    for word in ("lantern", "watchman", "telegraph", "telescope"):
        row = mini_tokenizer(f"He took the {word} from the table and looked at it.")
        pieces = mini_tokenizer.tokenize(word)
        places = range(4, 4 + len(pieces))
        found = score(say, list(row.input_ids), list(places), mini_tokenizer.mask_id)
        print(f"{' '.join(pieces):22} {found:7.2f}")


compare(their_score)


# %%
def word_score(say, ids, places, mask_id):
    """The sum of log p of a word's pieces. say(row, place) gives log shares; ids: the row; places: of the word"""
    ### BEGIN SOLUTION
    total = 0.0
    for place in places:
        row = [mask_id if at in places and at >= place else piece for at, piece in enumerate(ids)]
        total += say(row, place)[ids[place]]
    return total
    ### END SOLUTION


# %%
check.word_score(word_score)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Print the row for the first piece of *telegraph*. What stands behind the `[MASK]`?
# </details>
#
# <details><summary>A second hint</summary>
#
# Ask from left to right. What has not been said yet stays hidden, but only within the word.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown] tags=["homework"]
# ## Homework
#
# - Run `compare(word_score)`. Which words lose most? Why does *lantern* lose nothing?
# - Find a story of your own in which the first of two equal words is a riddle to GPT and the second is not. Then one in
#   which GPT is as good at both.
# - `bertlab train-story pocket --out my_bert` and `... --causal --out my_gpt` train twins of your own, some minutes each.
#
# **Next:** in lesson 00 you saw lines between words, and in lesson 04 where they come from. Do they tell *why* a word was
# guessed? Lesson 10 takes heads away and looks.
