# %% [markdown] tags=["core", "slide"]
# # 09 · BERT against GPT, fairly
#
# *BERT sees both sides, so it understands more.* GPT is as sure at a second *throne*. Why not the first?

# %% [markdown]
# After this lesson you can
#
# 1. say where two open sides help, and where they do not,
# 2. distinguish what a reader *could* know and what it has learned,
# 3. separate the two differences between BERT and GPT, by four models,
# 4. name what GPT does by itself,
# 5. judge the table that every article prints.
#
# *From lesson 08, unaided:* a loss curve falls below the limit of the left side. What does this show?
# <details><summary>Answer</summary>The model uses something on the right. No reader of the left side alone can be
# there.</details>
#
# *From lesson 06, unaided:* a model without a card is asked for the *next* word. What does it learn?
# <details><summary>Answer</summary>To copy: the next word stands in sight. That is the leak.</details>
#
# Now the puzzle: a story with the same word twice. We hide one, then the other. `story-bert` and `story-gpt` have
# equally many parameters and have read the same stories.

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

opening = "Oscar was angry last Sunday. His friends put the bow near the throne."
story = f"{opening} The prince sat near the throne with the bow."
print(f"{opening}\n{story.removeprefix(opening).strip()}\n")
for name, place in {"the first throne": story.index("throne"), "the second throne": story.rindex("throne")}.items():
    print(name)
    for who, model in twins.items():
        answer = reader(model, tokenizer)(story, holes=[(0, place, place + 6)]).answers[0]
        print(f"    {who:5}", ", ".join(f"{each.piece} {each.probability:.0%}" for each in answer.guesses[:4]))

# %% [markdown]
# ## The table that every article prints
#
# | what | BERT | GPT |
# | --- | --- | --- |
# | structure | the Transformer's encoder | its decoder, without cross-attention |
# | context | both sides | the left side |
# | trained to say | hidden words | the next word |
# | good at | understanding | writing |
#
# The first three rows are true (lesson 05 showed how small the first difference is). The last is a claim. We make an
# experiment of it: stories with one hidden word each, and we choose where its clue stands.

# %%
from bertlab.corpora.story import StoryWorld, probe_set

world, clues = StoryWorld.load("full"), ["left", "right", "both", "nowhere"]
asked = {clue: [probe_set(world, what, clue, 25) for what in ("polysemy", "tense", "hero")] for clue in clues}
who_comes = probe_set(world, "companion", "left", 50)
print(f"{sum(map(len, asked['left']))} stories for each place of the clue")

# %% [markdown]
# We ask for a word of two senses, for a tense, or for a person. There are always two groups of answers, each equally
# likely. (In this world *Ruby* is a snake at the zoo, and a language in the lab.)
#
# | the clue stands | for example | hidden | the clue |
# | --- | --- | --- | --- |
# | left | *Today Sarah goes to the lab. Ruby is her favorite [MASK].* | language, not snake | lab |
# | right | *Emma [MASK] at the camp with her grandmother. Her grandmother said that the ground was soft.* | worked, not works | said, was |
# | on both sides | *On Friday Leo comes to the castle with [MASK] father. Gold makes Leo worried.* | his, not her | Leo |
# | nowhere | *Yesterday the library was full of pupils, and [MASK] sighed. The corner was tidy.* | a woman's name, or a man's | none |
#
# **Guess before you run.** Each twin is asked about such stories. Where is BERT more often correct than GPT?
#
# - (a) Everywhere, but most where the clue stands on both sides.
# - (b) Only where the clue stands to the right.
# - (c) Where it stands right or on both sides. To the left GPT is better, for there it was trained to look.

# %%
guess("09-clue")

# %% tags=["slide"]
from bertlab.training.probing import judge_model
from bertlab.views import plots, show

correct = {
    who: {clue: np.mean([judge_model(model, tokenizer, each)[0] for each in asked[clue]]) for clue in clues}
    for who, model in twins.items()
}
limits = {
    who: {clue: np.mean([each.best(side)[0] for each in asked[clue]]) for clue in clues}
    for who, side in {"BERT": "both", "GPT": "left"}.items()
}
title = f"Clue to the right: BERT {correct['BERT']['right']:.0%} correct, GPT {correct['GPT']['right']:.0%}"
show(plots.clue_bars(correct, limits, chance=0.5, title=title, by="where the clue stands"))
along = ", ".join(f"{who} {judge_model(model, tokenizer, who_comes)[0]:.0%}" for who, model in twins.items())
print(f"who comes along, clue to the left: {along}, the best possible {who_comes.best('left')[0]:.0%}")
reveal("09-clue", **{f"{who}_{clue}": f"{correct[who][clue]:.0%}" for who in twins for clue in clues})

# %% [markdown]
# Only the two groups are compared: to which did the model give more? So a coin is correct in half. The dashed line is
# the *limit*: the best average for a reader who sees what the model sees. The control: where the clue stands nowhere,
# nobody is better than the coin.
#
# GPT stands at its limits. (Of 75 coins a few more or less than half come out correct.) It has not failed. It sees less
# of each story. One kind of question is not in the figure: who comes along. *Yesterday Lucy and her aunt went to the
# castle. Lucy and her* [MASK] *smiled.* There GPT is better even with the clue to the left. BERT could know it, and has
# not learned it.
#
# Type a story of the table with its word for [MASK], and click that word. Then exchange its clue: *zoo* for *lab*, or
# *says* and *is* for *said* and *was*. Words that fall into pieces (*pe ##t ##s*) neither model has met.

# %%
from bertlab.views import AttentionLab

AttentionLab({who: reader(model, tokenizer) for who, model in twins.items()}, story, hide="throne")

# %% [markdown]
# ## A limit by hand
#
# How does one know the best possible? Take a world of four stories, each told equally often: *zoo snake waits, office
# language waits, today snake hisses, today language compiles*. The middle word is hidden. Whoever sees the same must
# guess the same. So group the stories by what is seen, and guess the most frequent word of the group.
#
# | seen on the left | hidden | correct, of all stories |
# | --- | --- | --- |
# | zoo | snake | 1/4 |
# | office | language | 1/4 |
# | today | snake, or language | 1/4: one of the two |
#
# Together 3/4. The story world does the same sum over all its stories.

# %%
groups = {"zoo": {"snake": 1 / 4}, "office": {"language": 1 / 4}, "today": {"snake": 1 / 4, "language": 1 / 4}}
for seen, words in groups.items():
    print(f"{seen:7} correct in {max(words.values()) / sum(words.values()):.2f} of its stories")
nats = sum(-p * math.log(p / sum(words.values())) for words in groups.values() for p in words.values())
print(f"all     correct in {sum(max(words.values()) for words in groups.values()):.2f}, loss {nats:.4f} nats")
print(f"ln 2 = {math.log(2):.4f}\n")

first, second = [at for at, piece in enumerate(tokenizer.tokenize(story)) if piece == "throne"]
for name, at in {"first": first, "second": second}.items():
    print(f"{name} throne, given its left side: {world.limit(story, [at], 'left')[0, tokenizer.vocab['throne']]:.3f}")
exact = world.limit(story, [first], "left")[0]
with torch.no_grad():
    said = story_gpt(**as_tensors(tokenizer(story))).prediction_logits[0, first].double().log_softmax(dim=-1).numpy()
fits = exact > 0
print(f"all {fits.sum()} words that fit: GPT loses {-(exact * said)[fits].sum():.2f} nats, ", end="")
print(f"the limit is {-(exact[fits] * np.log(exact[fits])).sum():.2f}\n")
for word in ("throne", "statue", "moat"):
    hole, told = [(0, story.index("throne"), story.index("throne") + len(word))], story.replace("throne", word)
    for who, model in twins.items():
        guessed = reader(model, tokenizer)(told, holes=hole).answers[0].guesses[0]
        print(f"{f'near the {word}':16} {who:5} {guessed.piece} {guessed.probability:.0%}")

# %% [markdown]
# With *today* before the hole, the left side leaves two words: a coin, `0.50`, and $\ln 2$ nats. That happens in half
# of the stories: `0.3466` is half of `0.6931`. Who sees both sides is correct in all four.
#
# So the puzzle is solved. The left side of the first *throne* leaves eight words, `0.125` each. That of the second
# contains the first: `1.000`. BERT sees the other *throne* both times. GPT gave the first *throne* more than its share.
# That does not beat the limit: over all eight words it loses more. It reads the same left side in eight stories, and so
# must say the same. In one of eight it is correct.
#
# This is *information*: what the visible words tell. How much of it a model uses is *skill*. BERT wins at clues to the
# right by information. Between a model and its own limit lies the skill that it lacks.
#
# ### Exercise, predict: a reader from the right
#
# Take a reader who begins at the end of the story and goes to the left. At a hole she knows what stands to its right,
# and nothing else. How often is the *best* such reader correct, by where the clue stands? (Always one of two groups,
# equally likely.)


# %%
def my_limits():
    """A dictionary: how often she is correct, from 0 to 1, for "left", "right", "both" and "nowhere"."""
    ### BEGIN SOLUTION
    return {"left": 0.5, "right": 1.0, "both": 1.0, "nowhere": 0.5}
    ### END SOLUTION


# %%
check.my_limits(my_limits)

# %% [markdown]
# <details><summary>A hint</summary>
#
# GPT's limits stand in the figure above. Which two of them change places?
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
# ## Two differences, four models
#
# BERT and GPT differ in the mask, and in what they are asked for. Which of the two makes BERT better at clues to the
# right? We make all four combinations.
#
# | mask | asked for hidden words | asked for the next word |
# | --- | --- | --- |
# | none: sees both sides | BERT | the leak of lesson 06 |
# | causal: sees the left | a **causal masked model** | GPT |
#
# A causal masked model is a BERT with a card: the same parameters before training, the same stories, the same holes. So
# the two differ in the mask alone.
#
# **Guess before you run.** All four were trained with three seeds, in a smaller world than that of the figure. Then one
# word of a new story is hidden. The causal masked model's loss will be
#
# - (a) near BERT's: it was asked the same question.
# - (b) near GPT's: it sees the same side.
# - (c) about halfway between them.

# %%
guess("09-mask")

# %% tags=["slide"]
from bertlab.lessons.experiments import recorded

run = recorded("who_wins_where")
limit = {side: run.mean("nats", at="places", sees=side) for side in ("both", "left")}
nats = {name: run.mean("nats", at="places", model=name) for name in ("BERT", "causal masked model", "GPT")}
leak = f"leak {run.mean('nats', at='covered places', model='leak'):.2f}"  # else it would read the word where it stands


def above(name):
    """How far each seed lies above the limit of what it sees, in nats: each seed tells other stories."""
    limits = {(row["seed"], row["sees"]): row["nats"] for row in run.where(at="places") if "sees" in row}
    found = [row["nats"] - limits[row["seed"], row["limit"]] for row in run.where(at="places", model=name)]
    return f"{min(found):.3f} to {max(found):.3f}"


print(run, "\n\nloss in nats    limit   asked for hidden words     asked for the next word")
print(f"sees both sides  {limit['both']:.2f}   BERT {nats['BERT']:.2f}                  {leak} (word hidden)")
print("sees the left    {:.2f}   causal masked model {causal masked model:.2f}   GPT {GPT:.2f}".format(limit["left"], **nats))
print(f"BERT is below the limit of the left side by {limit['left'] - nats['BERT']:.2f}\n")
print("                    above its own limit   clue right   two senses, clue left")
for name in nats:
    right = run.mean("right", at="probes", model=name, clue="right")
    senses = run.mean("right", at="probes", model=name, of="polysemy", clue="left")
    print(f"{name:20}{above(name):22}{right:>4.0%} correct {senses:>4.0%} correct")
half = f"{(nats['BERT'] + nats['GPT']) / 2:.2f}"
reveal("09-mask", left=f"{limit['left']:.2f}", half=half, **{name.split()[0]: f"{nats[name]:.2f}" for name in nats})

# %% [markdown]
# Read it in pairs.
#
# - *BERT and the causal masked model:* only the mask differs. With the card, clues to the right are lost: a coin. Part
#   of the difference in loss is skill: the causal masked model has not learned the words of two senses, not even with
#   the clue to the left. But BERT is below the limit of the left side, and no skill brings a model with a card there.
# - *The causal masked model and GPT:* both see the left. GPT is asked at every piece, and reads no holes. See “More:
#   who learns from more”.
# - *The leak and BERT:* both see everything. The leak has learned to copy. When the word is hidden, it knows nothing. A
#   BERT without a mask needs holes: in its layers each word comes back to its own place. (“More: is it attention?”
#   shows another way.)
#
# ## What GPT can do
#
# GPT says the next word. So it can go on, word by word: draw one from its shares, append it, ask again, here for `30`
# pieces. Let BERT try, with one `[MASK]` at the end, then with one for each piece to come.

# %% tags=["slide"]
import textwrap

never = [tokenizer.vocab[piece] for piece in ("[PAD]", "[UNK]", "[CLS]", "[MASK]")]


@torch.no_grad()
def write_on(model, text, holes, generator, pieces=30):
    """Draw piece after piece, each from what the model says. holes: [MASK]s where the next ones will be, at most"""
    ids = tokenizer(text).input_ids[:-1]  # without [SEP]
    for to_come in range(pieces, 0, -1):
        hidden = [tokenizer.mask_id] * min(holes, to_come)
        row = [*ids, *hidden, tokenizer.sep_id] if holes else ids
        logits = model(torch.tensor([row])).prediction_logits[0, len(ids) if holes else -1]
        logits[never] = -math.inf
        ids.append(int(torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)))
        if ids[-1] == tokenizer.sep_id:
            break
    return tokenizer.decode(ids[1:])


for who, holes in (("GPT", 0), ("BERT", 1), ("BERT", 30)):
    text = write_on(twins[who], "Yesterday Emma", holes, torch.Generator().manual_seed(0))
    print(textwrap.fill(f"{who}, holes: {holes}. {text}", 72, subsequent_indent="    "))

# %% [markdown]
# GPT tells a story of its world. BERT with one hole does not: right before the end of a row it has met nothing but the
# last mark of a story. Given room it writes sentences as well, but one must tell it how much.
#
# Multiply GPT's answers, and you have the *probability of the whole text*. And BERT? Hide two words, `a` and `b`. Say
# `a` first and then `b` knowing it, or the other way round.

# %% tags=["slide"]
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
orders = {"first a, then b": shares(a).T * b_if_a, "first b, then a": (shares(b).T * a_if_b).T}  # (a, b)
for order, p in orders.items():
    twice = [f"{name} twice {p[tokenizer.vocab[name], tokenizer.vocab[name]]:.4f}" for name in ("irene", "ben")]
    print(f"{order}: {', '.join(twice)}; sum over all pairs {p.sum():.1f}")
print(f"each knowing the other: sum over all pairs {(b_if_a * a_if_b.T).sum():.1f}")

# %% [markdown]
# In a fixed order BERT's answers make a probability: they sum to 1. But which of the two stories is more probable, with
# *Irene* or with *Ben*? The two orders disagree, and BERT was trained for neither. GPT has one order, and was trained
# for it.
#
# What people do: ask for each word with the other in sight, and multiply. This **pseudo-likelihood** (Salazar et al.
# 2020) ranks sentences usefully, but it is no probability: here it sums to far more than 1. The world has 32 names, and
# each is nearly sure once the other is read.
#
# So what of the table? Where a clue stands to the right, *context* decides. Of the four models only GPT was trained to
# say what comes next from the left alone: so it writes. *Good at understanding* remains a claim: our experiments
# measured context and the question, not understanding.
#
# ## What this does not show
#
# - Who is better at English. In our world a clue is a word or two, and the groups are two. The *limits* hold for every
#   reader, the distances to them for these small models only.
# - That BERT *understands*. It uses clues on both sides, in a world of a thousand words.
# - That either is better at real tasks. Lesson 11 trains both on tasks.

# %%
quiz("09")

# %% [markdown] tags=["more"]
# ## More: who learns from more
#
# GPT is asked at every piece of a row. BERT is asked at the holes only: 15 of 100 pieces, here 30.
#
# ### Exercise, write it: the other question
#
# You know BERT's loss. Write GPT's. `logits[:, t]` is what the model says after it has read piece `t`. Nothing is
# hidden. The loss is the mean over all pieces that have a next one. Padding is no piece.


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
# A row of five pieces has four next ones. What is said at place 0 must be compared with the piece at place 1.
# </details>
#
# <details><summary>A second hint</summary>
#
# `logits[:, :-1]` and `ids[:, 1:]` have the same length. `cross_entropy` wants the vocabulary second:
# `said.transpose(1, 2)`; with `reduction="none"` it gives a loss for each piece. Keep those with `real[:, 1:] == 1`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# What is being asked more often worth? The causal masked model sees what GPT sees, and is asked at the holes. (It also
# reads holes, which GPT never does.)

# %% tags=["slide"]
names = {"GPT": "GPT, asked at every piece", "causal masked model": "masked model with a card, asked at 30%"}
steps = [500, *range(1000, 6001, 1000)]
curves = {
    name: [(step, run.mean("nats", at="learning", model=model, step=step)) for step in steps]
    for model, name in names.items()
}
title = "Both see the left side: who is asked more often learns sooner"
show(plots.measured_curve(curves, "steps", "loss at one hidden word, nats", title))
early, late = (dict(curves[name])[step] for name, step in zip(names.values(), (1000, 6000), strict=True))
print(f"GPT after 1000 steps {early:.2f}, causal masked model after 6000 {late:.2f}")

# %% [markdown]
# More questions a row seem to be worth much, or holes among what one reads cost much. ELECTRA was built to be asked at
# every piece: was this one exchanged (Clark et al. 2020)?
#
# ## More: is it attention?
#
# Readers before BERT had no attention. An **LSTM** goes through the row word by word and keeps two memory vectors.
# Gates, numbers from 0 to 1, say how much is kept and how much is new (Hochreiter and Schmidhuber 1997). A **GRU**
# keeps one vector (Cho et al. 2014). Both are asked for the next piece, like GPT.
#
# A **BiLSTM** is two LSTMs, one from the left, one from the right. Ours are joined only for the answer (as in Melamud
# et al. 2016). They are asked for every piece between its neighbours. Neither has read that piece, so it need not be
# hidden.
#
# BERT's authors call such a model *not deeply bidirectional* (Devlin et al. 2019, section 2.1): in BERT both sides meet
# in every layer. The BiLSTM stays farther above its limit than BERT. Is this why? Our control is *two GPTs*, one from
# the left and one from the right, joined and asked like the BiLSTM's two.
#
# **Guess before you run.** At one hidden word, two GPTs will be
#
# - (a) as far above the limit as the BiLSTM: in both, the sides meet too late.
# - (b) halfway between the BiLSTM and BERT.
# - (c) about as near the limit as BERT.

# %%
guess("09-two-gpts")

# %% tags=["slide"]
six = {"LSTM": "left", "GRU": "left", "GPT": "left", "BiLSTM": "both", "two GPTs": "both", "BERT": "both"}
print(f"limit of the left side {limit['left']:.2f} nats, of both sides {limit['both']:.2f}\n")
print("one hidden word  parameters  sees    loss  above its own limit")
for name, sees in six.items():
    size, loss = (run.mean(number, at="places", model=name) for number in ("parameters", "nats"))
    print(f"{name:16}{size:>11,.0f}  {sees:6}{loss:6.2f}  {above(name)}")
print("\nprobes: correct, nats  " + "".join(f"{clue:13}" for clue in clues))
whose = {name: {"model": name} for name in six} | {f"limit, sees {side}": {"sees": side} for side in limit}
for name, who in whose.items():
    of = {number: [run.mean(number, at="probes", clue=clue, **who) for clue in clues] for number in ("right", "nats")}
    print(f"{name:18}" + "".join(f"{one:6.0%} {nats:.3f} " for one, nats in zip(of["right"], of["nats"])))

shown, sides = [name for name in six if name != "GRU"], ["left", "right"]
correct = {name: {clue: run.mean("right", at="probes", model=name, clue=clue) for clue in sides} for name in shown}
limits = {name: {clue: run.mean("right", at="probes", sees=six[name], clue=clue) for clue in sides} for name in shown}
shut, open_ = ([correct[name]["right"] for name in shown if six[name] == side] for side in ("left", "both"))
title = f"Clue to the right: at least {min(open_):.0%} correct for those who see it, {max(shut):.0%} at most for others"
show(plots.clue_bars(correct, limits, chance=0.5, title=title, by="where the clue stands"))
reveal("09-two-gpts", **{name.replace(" ", "_"): above(name) for name in ("BiLSTM", "two GPTs", "BERT")})

# %% [markdown]
# At clues to the right all who see them are correct, and all others toss a coin, with attention or without. So what is
# seen decides what one can know.
#
# *Above its own limit* is the skill that is missing. Among those who see the same, readers with attention are nearer to the
# limit. Two GPTs are as near as BERT, though their sides meet only in the answer. So here the BiLSTM lacks attention,
# and not the early meeting. Nor are holes needed: the BiLSTM and two GPTs never met one, and are below the limit of the
# left side.
#
# Devlin et al. (section 5.1) argue that two models joined like this are less powerful than BERT. They did not measure
# it. We did, in our world alone:
#
# - A clue here is a word or two. Where the left must be read in the light of the right, an early meeting may pay.
# - Two GPTs are asked at every piece and read no holes. BERT is asked at 30 of 100, reads holes, and has longer
#   vectors.
# - Twice its learning rate helped the BiLSTM a little (one seed).
#
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
# GPT's `[CLS]` has `0.0000`: it comes first and has read nothing but itself. Only the last place has read all. So a
# text is judged by GPT at its last piece: Radford et al. 2018 (section 3.3) put an extra token there.
#
# ## More: tasks without an order
#
# *Do these two sentences say the same?* When A and B change places, the answer should stay. But with a card A is read
# without knowing B. We change one word of the second sentence, then of the first. Does the *other* sentence notice?

# %%
pairs = [["Emma fed the bear. Emma was at the zoo.", "Emma fed the bear. Emma was at the lab."],
         ["Emma was at the zoo. Emma fed the bear.", "Emma was at the lab. Emma fed the bear."]]  # fmt: skip
for who, model in twins.items():
    ahead, behind = ((vectors(model, one) - vectors(model, other)).abs() for one, other in pairs)
    moved = f"a later word changed: {ahead[1:6].max():.4f}, an earlier word changed: {behind[-6:-1].max():.4f}"
    print(f"{who:5} largest change in the five pieces of *Emma fed the bear.*: {moved}")

# %% [markdown]
# So the makers of GPT let it read A B and also B A, and added the two final vectors (Radford et al. 2018, section 3.3).
# BERT reads each sentence with the other in sight.
#
# ### Exercise, find the bug: a word gives itself away
#
# A pseudo-likelihood asks for each piece with all others in sight. For a word of several pieces that goes wrong (Kauf
# and Ivanova 2023). `mini` scores four words in one sentence, and the telegram comes first. Between *tele* and *##gram*
# hardly anything is left to guess: each gives the other away. Correct the function: ask from left to right, as one says
# a word.

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
    """Words of one piece, and one of two, in the same sentence: the best first."""
    found = {}
    for word in ("dinner", "bread", "meat", "telegram"):
        pieces, row = mini_tokenizer.tokenize(word), mini_tokenizer(f"He was hungry, and ate the {word}.")
        places = list(range(8, 8 + len(pieces)))
        found[" ".join(pieces)] = float(score(say, list(row.input_ids), places, mini_tokenizer.mask_id))
    for pieces in sorted(found, key=found.get, reverse=True):
        print(f"{pieces:14} {found[pieces]:7.2f}")


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
# Print the row for the first piece of *telegram*. What stands right after the `[MASK]`?
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
# - Run `compare(word_score)`. Where is the telegram now? Find another word that wins wrongly before, and not after.
# - Give `two` another text: *Yesterday [MASK] went to the [MASK].* Why is the last sum near 1 now?
# - `bertlab train-story pocket --out my_bert` and `... --causal --out my_gpt` train twins of your own.
#
# **Next:** in lesson 00 you saw lines between words, and in lesson 04 where they come from. Do they tell *why* a word
# was guessed? Lesson 10 takes heads away and looks.
