# %% [markdown] tags=["core"]
# # 08 · Train a mini BERT
#
# Two readers fill holes in little stories. One has read millions of them and never makes a mistake, but a card covers
# all that stands to the right of the hole. The other is a BERT that began to learn a minute ago. Who is better?
#
# After this lesson you can
#
# 1. write one training step, and say what each of its lines is for,
# 2. read a learning curve beside limits, and say what it takes to get below one,
# 3. save a model, and load it elsewhere; go on with a run that was stopped,
# 4. say why a curve can stay flat for long, and what ends that (in the second part).
#
# *From lesson 07, unaided:* a model tells real pairs from random ones almost every time. What else than order may it
# have learned? <details><summary>Answer</summary>That both speak of the same people and things: a shortcut. Hard
# negatives take it away.</details>
#
# *From lesson 05:* which part of a layer lets one place read another? <details><summary>Answer</summary>Attention, and
# nothing else. Feed-forward and LayerNorm work at each place alone.</details>

# %%
import math

import torch

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same

# %% [markdown]
# ## A world with known limits
#
# This is the small edition of the story world. We know its rules, so we can compute how sure one can be of a hidden
# piece: seeing only the left side, only the right side, or both. The mean loss of a reader who is just that sure is
# the *limit* for all who see no more.
#
# By pencil, with four stories: *anna feeds cats, anna feeds dogs, ben feeds cats, ben walks dogs*. Hide the middle.
# After *anna* one is sure, after *ben* it is a coin. So the left-only limit is (0 + 0 + log 2 + log 2) / 4 = `0.3466`.
#
# A hundred and twenty stories go into a drawer. No step reads them: they are **held-out**, and all questions come from
# there. In each, 15% of the pieces are hidden, as BERT was asked.

# %%
from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.training import ask_world

world = StoryWorld.load("pocket")
tokenizer = world.tokenizer
stories = ([story.text] for story in world.documents(12_000))
corpus = tokenize_corpus(stories, tokenizer)
drawer = list(world.documents(120, part="validation"))
questions = ask_world(world, drawer, masking=0.15)  # with the exact probabilities of every piece
print(f"to read: {corpus}\nin the drawer, one of {len(drawer)}: {drawer[0].text}\n")
print(f"by pencil: {2 * math.log(2) / 4:.4f} nats")
limits = {}
for side, name in [("left", "left only"), ("right", "right only"), ("both", "both sides")]:
    exact = torch.from_numpy(questions.truth[side])  # (places asked, vocab)
    entropy = torch.special.entr(exact).sum(dim=-1)  # entr(p) is -p log p
    limits[f"{name}, limit"] = loss = entropy.mean().item()
    print(f"{name}, limit: {loss:.2f} nats, a die with {math.exp(loss):.2f} sides")

# %% [markdown]
# ## What one step reads
#
# One **step** is one update of the parameters, made from one batch. A **recipe** holds all that decides how a run goes:
# how many steps, which rows, how much is hidden, how large the moves are. While it learns we hide 30%, twice as much as
# we ask about later; “More: how much to hide” shows why. And all that is asked about is hidden, without lesson 06's
# 80/10/10: so the limits are exact.

# %%
from bertlab.training import DocumentBatches, Stage
from bertlab.training.twins import story_config, story_recipe

recipe = story_recipe(
    "pocket",
    steps=2000,
    stages=(Stage(0.0, 20), Stage(0.05, 40), Stage(0.15, 128)),  # short stories first
    learning_rate=3e-3,
    masking=0.3,
)
batches = DocumentBatches(corpus, tokenizer, recipe)
batch = batches.draw(40, seed=(4,))
print(batch.describe(tokenizer, rows=2))
asked = (batch.labels != -100).sum()
print(f"\nasked about {asked} of {batch.num_tokens} real tokens")

# %% [markdown]
# ## One step, by pencil
#
# The smallest model has one parameter: the score of the right piece. The only other piece has the score 0. Its trust in
# the right piece is 1 / (1 + exp(-score)), and the slope of the loss is trust - 1 (lesson 00: which way is up, and how
# steep).
#
# $$\theta \leftarrow \theta - \eta \, \frac{\partial L}{\partial \theta}$$
#
# *Move the parameter against the slope.* θ is `score`, of shape (); η is `rate`, the **learning rate**, a number.
#
# Say what the loss of the first line will be. Two pieces, nothing known: which die is that?

# %%
score, rate = 0.0, 1.0
for _ in range(3):
    trust = 1 / (1 + math.exp(-score))
    slope = trust - 1
    loss = -math.log(trust)
    print(f"score {score:.4f}  trust {trust:.4f}  loss {loss:.4f}  slope {slope:.4f}")
    score = score - rate * slope

theta = torch.zeros((), requires_grad=True)  # now PyTorch finds the slope
for _ in range(2):
    (-torch.sigmoid(theta).log()).backward()
    print(f"after backward(): {theta.grad:.4f}")

# %% [markdown]
# A coin, `0.6931`. Each move makes the loss smaller, and each slope is less steep than the one before.
#
# Look at the last line. Nothing has moved, and yet the slope has doubled to `-1.0000`: `backward()` *adds* to what is
# there.
#
# ### Exercise, write it: one step
#
# Now the whole BERT. An **optimizer** holds its parameters and moves all of them. Its `zero_grad()` clears the slopes,
# its `step()` moves. Which order, together with `loss.backward()`?
#
# `model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits` has the shape
# (batch, seq, vocab); `batch.labels` (batch, seq), with -100 where nobody asks.

# %%
from torch.nn.functional import cross_entropy


def my_step(model, batch, optimizer):
    """One update of the parameters from one batch. Gives back the loss before it, in nats."""
    ### BEGIN SOLUTION
    logits = model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits
    loss = cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), ignore_index=-100)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %%
check.step(my_step)

# %% [markdown]
# <details><summary>A hint</summary>
#
# The loss is lesson 06's: `cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), ignore_index=-100)`.
# </details>
#
# <details><summary>A second hint</summary>
#
# Measure, clear, find the slopes, move. Give back the loss as a plain number: `loss.item()`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ## The run
#
# `train` repeats that step and hands out each one. Its optimizer, AdamW, gives every parameter moves of its own size.
# The learning rate rises for the first steps, the **warm-up**: the slopes of a new model say little, and large moves
# would spoil it. Then it falls to 0, the **decay**, so that the last moves are fine. *Stop* ends the run; what was
# learned stays.
#
# **Guess before you run.** Which of the three limits will our BERT get below, asked about the drawer?
#
# - (a) None. A limit is what the best possible reader reaches, and a minute of training makes no such reader.
# - (b) That of the left side, but not that of both sides.
# - (c) All three: a limit is only how good somebody has been so far.

# %% tags=["slide"]
guess("08-cross")

from bertlab.training import beside_the_truth, choose_device, new_model, train, watching
from bertlab.views import TrainingMonitor

device = choose_device()
config = story_config("pocket", tokenizer).replace(intermediate_size=192)  # 2 x hidden
model, newborn = (new_model(config, recipe).to(device) for _ in range(2))
start = beside_the_truth(model, tokenizer, questions, corpus)
watched = "Yesterday Anna [MASK] to the zoo. Anna fed the monkey. What a bad day!"
lines = {"unigram guess": start.unigram.cross_entropy, **limits}
monitor = TrainingMonitor(lines, watching(model, tokenizer, watched))
monitor.measure(0, start.model.cross_entropy, start.model.expected_accuracy)
monitor


# %% tags=["slide"]
def measure(step):
    """Ask about the drawer, always at the same places, and put the loss on the curve."""
    now = beside_the_truth(step.model, tokenizer, questions, corpus).model
    monitor.measure(step.number, now.cross_entropy, now.expected_accuracy)
    return now


for step in monitor.follow(train(model, batches, recipe)):
    if step.number % 100 == 0:
        end = measure(step)
end = measure(step)
print(monitor)

# %%
left, right, both = (f"{limit:.2f}" for limit in limits.values())
distance = limits["left only, limit"] - end.cross_entropy
where = f"{abs(distance):.2f} nats {'below' if distance > 0 else 'above'} it"
facts = {"steps": f"{step.number:,}", "bert": f"{end.cross_entropy:.2f}", "where": where}
reveal("08-cross", **facts, left=left, right=right, both=both)

# %% [markdown]
# From the curve down to *both sides* is what is left to learn: *skill*. From *left only* down to *both sides* is what
# the right side is worth: *information*. No training gives it to a reader with a card.
#
# ### Take the information away and leave the skill
#
# If that is true, our BERT must lose its lead when it gets the card: the piece asked for and all to its right hidden.
# And if it learned to *look*, some head must look from the hole to the word that gives its tense away. The control is
# the same network before its first step.

# %%
from bertlab.lessons.instruments.training import with_card
from bertlab.pretrained import encoder

covered = with_card(model, tokenizer, questions).cross_entropy
print(f"before its first step:        {start.model.cross_entropy:.2f} nats")
print(f"sees both sides, with holes:  {end.cross_entropy:.2f} nats")
print(f"the same BERT with the card:  {covered:.2f} nats")
print(f"limit for anyone with a card: {left} nats")


def strongest_look(network):
    """The largest share that any head gives from the hole to *yesterday* or *fed*."""
    tokens, attentions = encoder(network, tokenizer)(watched)
    hole, clues = tokens.index("[MASK]"), [tokens.index("yesterday"), tokens.index("fed")]
    return max(layer[..., hole, clues].max() for layer in attentions)


looks = [f"{strongest_look(network):.2f}" for network in (model, newborn)]
print(f"strongest look at a clue: trained {looks[0]}, newborn {looks[1]}")

# %% [markdown]
# With the card it is behind again. (It never practised with one, and part of the loss is that. Who does practise is
# GPT: lesson 09.)
#
# ## Keep it
#
# A trained model is a folder: sizes, parameters, vocabulary. Hugging Face's `transformers` reads the same folder with
# none of our code. Do the three agree?

# %%
from importlib.util import find_spec

from bertlab.pretrained import as_tensors
from bertlab.training import fill_mask

bertlab.save(model, tokenizer, "my_first_bert")
again, its_tokenizer = bertlab.load("my_first_bert")
asked = "Today Paul goes to the [MASK]. He is happy."
for told in fill_mask(again, its_tokenizer, asked, top=3)[0]:
    print(f"{told.piece} {told.probability:.0%}")
reading = as_tensors(its_tokenizer(asked))
logits = again(**reading).prediction_logits  # (1, seq, vocab)
same("saved and loaded", model.cpu().eval()(**reading).prediction_logits, logits)
if find_spec("transformers"):
    from transformers import AutoModelForPreTraining

    theirs = AutoModelForPreTraining.from_pretrained("my_first_bert").eval()
    same("transformers", theirs(**reading).prediction_logits, logits)
else:
    print("transformers is not installed here: pip install 'bertlab[hub]'")

# %% [markdown]
# So, who is better? After a minute of practice the beginner is ahead of the best reader with the card whom there will
# ever be. The four lines above say by how much. It is not cleverer. It was allowed to look.
#
# ## What this does not show
#
# - That reading both ways is *better*. Who writes the next word has no right side: there the card is the task.
# - How far a BERT is from the limit of English. Nobody knows its rules, so nobody can draw that line.
# - That it *understands*. It fills holes in stories from two text files.
# - That one run speaks for all. Put `seed=1` into the recipe, and run again.
#
# **Next:** GPT never takes the card off. Where is that no handicap at all? Lesson 09 measures who wins where.

# %%
quiz("08")

# %% [markdown] tags=["more"]
# ## More: a curve that stays flat
#
# On the story world the curve falls soon. On novels it takes longer. Two runs were recorded: the same model, text, seed
# and rate, as many tokens in each batch. One read full rows of 128 pieces throughout. The other read *short rows first*:
# 8, 16, 32, 64, then 128, as does `bertlab train`. Both were asked about the same unread text, in rows of 128. One of
# them stays near the unigram guess for long. Such a flat stretch is a **plateau**.
#
# **Guess before you run.** A BERT on the plateau: what does it not know yet?
#
# - (a) Which words are common, and which are rare.
# - (b) Where things stand: it cannot yet say "the word before".
# - (c) Nothing more fits into it: a model of this size is full.

# %%
guess("08-plateau")

# %% tags=["slide"]
from bertlab.lessons.instruments.training import draw_order, draw_side_by_side, recorded_run

full, short = (recorded_run("plateau", f"{rows}_rows.jsonl") for rows in ("full", "short"))
draw_side_by_side(full, short)
facts = full.figures("full", early=1000) | short.figures("short", early=1000)
reveal("08-plateau", unigram=f"{full.unigram:.2f}", **facts)
draw_order(full, short)

# %% [markdown]
# ## More: how much to hide
#
# BERT hides 15%. Hide more, and each step asks more questions, with less to go by. Three models that differ in nothing
# but this, each with three seeds, were asked *the same* questions while they learned. (The same, because the limit
# moves too: the more is hidden, the less can be known.)

# %% tags=["slide"]
from bertlab.lessons.experiments import recorded
from bertlab.lessons.instruments.training import draw_masking_rates

draw_masking_rates(recorded("masking_rate"), asked=0.3)

# %% [markdown]
# With 30% it learns faster than with 15%, with every seed and whatever it is asked. With 60% it begins faster than with
# 15%, too. But on average it ends ahead of 30% only where 60% are asked for: too little was left to go by. Write
# `asked=0.15` and `asked=0.6`, and see. In print: Wettig et al. (2023) found 40% better than 15% for a model of
# BERT-Large's size.
#
# ## More: long runs, recorded
#
# First the BERT of lesson 00, on novels: short rows first, and the next sentence when rows can hold two. Then a small
# BERT on stories, in moments. Slide to step 0, and forward. When does the first sentence get its verb right? When do
# two senses of *bat* part? What comes late?

# %%
from bertlab.lessons.instruments.training import show_recorded
from bertlab.paths import data_path
from bertlab.training.recording import Recording
from bertlab.views import Replay

show_recorded("mini")
Replay(Recording.load(data_path("runs", "story")))

# %% [markdown]
# ## More: below the last line
#
# No reader of both sides can be below the lowest limit. Now train a second model on ten stories, again and again, and
# ask it about *these very ten*.
#
# **Guess before you run.** Will it get below *both sides, limit*?
#
# - (a) No: nobody can, that is what a limit is.
# - (b) Yes: it can know the answers by heart.
# - (c) No, and it will do about as well on the stories of the drawer.

# %%
guess("08-heart")

# %%
ten = list(world.documents(10, seed=1))
few = tokenize_corpus(([story.text] for story in ten), tokenizer)
by_heart = story_recipe("pocket", steps=500, batch_tokens=512, learning_rate=3e-3)
parrot = new_model(config, by_heart).to(device)
for _ in train(parrot, DocumentBatches(few, tokenizer, by_heart), by_heart):
    pass

asked_about = {"the ten": ask_world(world, ten), "the drawer": questions}
found = {name: beside_the_truth(parrot, tokenizer, asked, few) for name, asked in asked_about.items()}
facts = {}
for name, score in found.items():
    nats, limit = f"{score.model.nats:.2f}", f"{score.limits['both'].nats:.2f}"
    print(f"asked about {name}: {nats} nats; both sides, limit: {limit} nats")
    facts |= {name.split()[-1]: nats, f"limit_{name.split()[-1]}": limit}
reveal("08-heart", **facts, unigram=f"{score.unigram.nats:.2f}")

# %% [markdown]
# What is learned by heart helps with the text it was learned from, and with nothing else: **overfitting**. Only
# held-out text shows it.
#
# ## More: text of your own
#
# Put the name of a folder with `.txt` files here: twenty documents or more, a blank line between two. (There are two
# hundred stories of one village, written for this course.) Nobody knows their rules, so no limit can be drawn.
#
# With a GPU, these cells use it: `choose_device` finds it. How much faster it is has not been measured for this course
# yet, so there is no figure here. To measure it: `bertlab train --corpus my_texts/ --preset mini --out my_bert` says
# its tokens a second while it runs, here and there.

# %%
from bertlab.corpora import read_documents
from bertlab.text import Tokenizer, train_wordpiece
from bertlab.training import PretrainingBatches, Recipe, evaluate

folder = data_path("text", "first_light")  # or a folder of yours: Path("my_texts")
documents = list(read_documents(folder))
unread = documents[9::10]
to_read = [text for at, text in enumerate(documents) if at % 10 != 9]
learned = train_wordpiece((part for text in to_read for part in text), vocab_size=700)
own_words = Tokenizer(learned.pieces)
own_texts = {"text it reads": tokenize_corpus(to_read, own_words)}
own_texts["never read"] = tokenize_corpus(unread, own_words)
rows_grow = (Stage(0.0, 8), Stage(0.2, 16), Stage(0.4, 32))
own = Recipe(steps=600, batch_tokens=512, stages=rows_grow, learning_rate=3e-3, masking=0.3,
             next_sentence=False)  # fmt: skip
own_batches = {name: PretrainingBatches(text, own_words, own) for name, text in own_texts.items()}
mine = new_model(story_config("pocket", own_words), own).to(device)
for _ in train(mine, own_batches["text it reads"], own):
    pass
for name, its_batches in own_batches.items():
    held = [its_batches.held_out(number) for number in range(8)]
    print(f"{name:14} {evaluate(mine, held, own_texts['text it reads'])}")

# %% [markdown]
# ## More: stop, and go on
#
# Long runs are interrupted. A **checkpoint** holds all that the next step depends on: parameters, optimizer, step
# number, random state. The test of a good one: ten steps at one go, and ten with a stop after five, end with *the same*
# parameters. Not about the same. The control: parameters alone, and a new optimizer.

# %%
from pathlib import Path

from bertlab.training import load_checkpoint, new_optimizer, save_checkpoint

few_steps = story_recipe("pocket", steps=10, batch_tokens=512)
small_batches = DocumentBatches(corpus, tokenizer, few_steps)
at_one_go, stopped, resumed = (new_model(config, few_steps) for _ in range(3))
for step in train(at_one_go, small_batches, few_steps):
    pass
for step in train(stopped, small_batches, few_steps):
    if step.number == 5:
        save_checkpoint(Path("my_checkpoint.pt"), step, few_steps)
        break

optimizer = new_optimizer(resumed, few_steps)
first = load_checkpoint(Path("my_checkpoint.pt"), resumed, optimizer, few_steps)
runs = {f"resumed after step {first}": (resumed, optimizer), "parameters alone": (stopped, None)}
for name, (network, its_own) in runs.items():
    for _ in train(network, small_batches, few_steps, optimizer=its_own, first_step=first):
        pass
    both_ends = [torch.cat([p.flatten() for p in m.parameters()]) for m in (at_one_go, network)]
    same(name, *both_ends)

# %% [markdown]
# ## More: a batch in parts
#
# A batch too large for the memory comes in parts: their slopes add up, then one move. It should be the same as with one
# large batch. In the trainer of a widely used library it was not, until October 2024 (`transformers`, pull request
# 34191). Here is the mistake, in our own words.
#
# ### Exercise, find the bug: the same batch, in two parts
#
# Eight short stories, eight long ones. In parts they lose something else than as one batch. Mend it.

# %%
from bertlab.lessons.instruments.parts_of_a_batch import as_one, first_rows
from bertlab.training import ask


def accumulate(model, parts, optimizer):
    """One update from several parts of a batch. Gives back the loss of the whole batch."""
    optimizer.zero_grad()
    total = 0.0
    for part in parts:
        loss = ask(model, part).mlm_loss / len(parts)  # ask: the mean over part.positions
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


two_parts = [first_rows(batches.draw(length, seed=(8,)).to(device), 8) for length in (20, 128)]
whole = [as_one(two_parts, tokenizer.pad_id)]
for name, parts in [("as one", whole), ("in parts", two_parts)]:
    network = new_model(config, recipe).to(device)
    network.load_state_dict(model.state_dict())
    lost = accumulate(network, parts, new_optimizer(network, recipe))
    print(f"{name:8} {lost:.4f} nats")


# %%
def my_accumulate(model, parts, optimizer):
    """One update from several parts of a batch, as if from one. Gives back the whole loss."""
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    asked = sum(len(part.positions) for part in parts)
    total = 0.0
    for part in parts:
        loss = ask(model, part).mlm_loss * len(part.positions) / asked
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
    ### END SOLUTION


# %%
check.accumulate(my_accumulate)

# %% [markdown]
# <details><summary>A hint</summary>
#
# How many places are asked about in each part? Whose questions count more?
# </details>
#
# <details><summary>A second hint</summary>
#
# The loss of the whole is a mean over all places: each part's mean, times its places, divided by the places of all
# parts.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown] tags=["homework"]
# ## Homework: one change, one prediction
#
# Change one thing in the recipe of the run. Write down beforehand what will happen to the curve, and why. Then run.
#
# - `masking=0.6` in `ask_world`: which of the three limits moves, and why only that one?
# - All stories from the start: `stages=(Stage(0.0, 128),)`. What is easier to learn in a short story?
# - A rate ten times as high: `learning_rate=0.03`.
#
# ### Exercise, predict: the learning rate
#
# A recipe has 13 steps, counted from 0. Its highest rate is 0.4. The warm-up rises in four equal parts: step 0 has one
# part, step 3 all four. Then the rate falls by equal parts at each step, so that a step 13, which is never made,
# would have 0. Predict the rates of the steps 0, 1, 3, 8 and 12.


# %%
def my_rates():
    """Five learning rates, as a list: of the steps 0, 1, 3, 8 and 12."""
    ### BEGIN SOLUTION
    return [0.1, 0.2, 0.4, 0.2, 0.04]
    ### END SOLUTION


# %%
check.rates(my_rates)

# %% [markdown]
# <details><summary>A hint</summary>
#
# One part of the warm-up is a quarter of 0.4.
# </details>
#
# <details><summary>A second hint</summary>
#
# From step 3 to step 13 there are ten equal parts. How many are left at step 8?
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
