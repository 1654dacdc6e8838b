# %% [markdown] tags=["core"]
# # 08 · Train a mini BERT
#
# Someone reads the same two hundred little stories more than a hundred times. In the end he can fill almost any hole
# you make in them. Has he learned the *language*, or has he learned the *stories*? How would you find out?
#
# In this lesson a BERT does just that, before your eyes, in about a minute. After it you can
#
# 1. say what stands in a batch, and which part of it the model is asked about,
# 2. write one training step, and say what each of its lines is for,
# 3. read two curves, one for text that was read and one for text that was not, beside a line for not reading at all,
# 4. save a model and load it again; and, in the second part, stop a run and go on with it.
#
# *From lesson 00, unaided:* what is the loss, in nats, of someone who throws a die with a hundred sides? Say how you
# would compute it before you open this. <details><summary>Answer</summary>log(100): the die in its disguise.</details>

# %%
import math

import torch
from tqdm.auto import tqdm

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same

# %% [markdown]
# ## The text
#
# Two hundred stories of one village, written for this course. To train on your own text instead, put the name of a
# folder with `.txt` files here, at least twenty documents with a blank line between them, and run all cells again.

# %%
from bertlab.corpora import read_documents, tokenize_corpus
from bertlab.paths import data_path

folder = data_path("text", "first_light")
documents = list(read_documents(folder))
print(f"{len(documents)} stories. Two of them:\n\n{documents[0][0]}\n\n{documents[-1][0]}")

# %% [markdown]
# ### Keep some of it back
#
# Every tenth story goes into a drawer. The model will never be trained on it. Whatever it can do with *these*, it
# cannot have learned by heart.

# %%
from bertlab.text import Tokenizer, train_wordpiece

held_out, stories = documents[9::10], [story for number, story in enumerate(documents, start=1) if number % 10]
pieces = train_wordpiece((paragraph for story in stories for paragraph in story), vocab_size=700).pieces
tokenizer = Tokenizer(pieces)
corpus, drawer = tokenize_corpus(stories, tokenizer), tokenize_corpus(held_out, tokenizer)
print(f"to read:       {corpus}\nin the drawer: {drawer}")

# %% [markdown]
# ## The batch
#
# A **batch** is what the model reads in one step: some rows of text of equal length. In each row some pieces were
# chosen, and the model is **asked** which they were. A **recipe** holds all that decides how the run goes.
# A row is a stretch of text, so it may begin in the middle of a sentence. `[CLS]` and `[SEP]` mark its two ends, and
# `##` means: joined to the piece before. A row that is too short is filled up with empty places; all others are *real*.

# %%
from bertlab.training import PretrainingBatches, Recipe, Stage

recipe = Recipe(
    steps=2400,
    batch_tokens=512,
    stages=(Stage(0.0, 8), Stage(0.2, 16), Stage(0.4, 32)),  # rows of 8 pieces first, of 32 in the end
    learning_rate=3e-3,
    masking=0.3,
    next_sentence=False,
)
batches = PretrainingBatches(corpus, tokenizer, recipe)
batch = batches.draw(32, seed=(4,))
print(batch.describe(tokenizer))

# %% [markdown]
# Read the first row aloud with its holes, and fill them. Then look at *asked*, and at the second row. Not each piece
# that is asked about is hidden behind `[MASK]`: some were replaced by another piece, and some were left as they are.
# Count them.

# %%
asked = batch.labels != -100  # (batch, seq); -100 says: nobody asks
hidden = batch.input_ids == tokenizer.mask_id
kept = asked & (batch.input_ids == batch.labels)
replaced = asked & ~hidden & ~kept
print(f"asked {asked.sum()} of {batch.num_tokens}: hidden {hidden.sum()}, replaced {replaced.sum()}, kept {kept.sum()}")

# %% [markdown]
# Eight in ten are hidden, one in ten is replaced, one in ten is kept: BERT's own shares. (What each of the three is for
# is the subject of lesson 06. BERT asked about 15% of the pieces. We ask about 30%, so that a short run is asked
# twice as much.)
#
# ## Not reading at all
#
# Before we call any loss good, we need a poor one to compare it with. Think of someone who never looks at the sentence,
# and only knows how common each word is. The smallest case, by hand: a text of four words.

# %%
words = "the bell the river".split()
shares = {word: words.count(word) / len(words) for word in words}
unigram = sum(-math.log(shares[word]) for word in words) / len(words)
print(shares)
print(f"{unigram:.4f} nats, a die with {math.exp(unigram):.4f} sides")

# %% [markdown]
# On *the* this person loses log 2, on *bell* and on *river* log 4; on average `1.0397` nats. That is the **unigram
# guess**. It is the dashed line in the figure below. A model above the line would do better to close its eyes. One far
# below it has used the row it read. (A little below can come from the pieces that were kept, and from the place.)
#
# ### A new model, before its first step
#
# **Guess before you run.** Our model will know 700 pieces. What is its loss before it has learned anything?
#
# - (a) About that of the unigram guess: that much any model knows.
# - (b) About log(700) nats: all pieces are alike to it.
# - (c) Almost endless: it is surely always wrong.

# %%
guess("08-new")

# %%
from bertlab.model import BertConfig
from bertlab.training import choose_device, evaluate, new_model

sizes = dict(hidden_size=96, num_hidden_layers=2, num_attention_heads=3, intermediate_size=384)
no_dropout = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **sizes, **no_dropout)
device = choose_device()
model = new_model(config, recipe).to(device)
print(f"{config}\n{sum(parameter.numel() for parameter in model.parameters()):,} parameters, on {device}")


def questions(text, row_length=32, how_many=6):
    """Always the same batches of questions about a text."""
    return [PretrainingBatches(text, tokenizer, recipe).draw(row_length, seed=(1, n)) for n in range(how_many)]


start = evaluate(model, questions(drawer), corpus)

# %%
even = math.log(len(tokenizer))
reveal("08-new", loss=f"{start.mlm_loss:.2f}", even=f"{even:.2f}", unigram=f"{start.unigram_loss:.2f}")

# %% [markdown]
# ## One step
#
# First the measuring. The model gives each piece of the vocabulary a score at each place. The loss is the mean, over
# the places that were *asked* about, of the lesson-00 loss: minus the logarithm of the trust in the right piece.
# PyTorch has one function for it, `cross_entropy`, which passes over the label -100 by itself. Is it the same?

# %%
from torch.nn.functional import cross_entropy

batch = batch.to(device)
logits = model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits  # (batch, seq, vocab)
trust = logits.softmax(dim=-1)
rows, places = (batch.labels != -100).nonzero(as_tuple=True)
by_hand = -trust[rows, places, batch.labels[rows, places]].log().mean()
print(tuple(logits.shape), f"{by_hand.item():.4f} nats")
loss = cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), ignore_index=-100)
same("loss", by_hand, loss)

# %% [markdown]
# ### Exercise: the step itself
#
# Now let the model learn from one batch. Compute the loss as above, but inside the function, from its own model
# and batch. Then you need three calls:
#
# - `optimizer.zero_grad()` clears the slopes of the last step,
# - `loss.backward()` finds, for each parameter, how the loss would change with it: the **gradient**, its slope,
# - `optimizer.step()` moves each parameter a little downhill.
#
# Which order? Give back the loss as a plain number, `loss.item()`.

# %%
def my_step(model, batch, optimizer):
    """One update of the parameters from one batch. Returns the loss in nats, as it was before the update."""
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
# Measure, clear, find the slope, move. `backward()` *adds* to the slopes that are there; `step()` uses whatever is
# there. So what must happen just before `backward()`, and what just after it?
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
# The whole run is that step, 2,400 times. `train` is the package's own loop; it gives you one step at a time, and
# what you do with it, such as drawing a curve, is the body of the `for`. Two more things happen inside: the size of the
# moves rises at first and then falls to 0 (*warm-up* and *decay*), and very long gradients are shortened.
#
# It takes about a minute on two processor cores. The square button **■** above stops it. What was learned until
# then stays in the model, and the cells below work with it.
#
# **Guess before you run.** The model will read each story more than a hundred times. What will happen to its loss on
# the stories in the drawer?
#
# - (a) It falls together with the loss on the stories that are read: it is the same language.
# - (b) It falls below the line of the unigram guess, but the other falls far lower, and the gap grows.
# - (c) It stays at the line: one cannot learn anything about stories that one does not read.

# %%
guess("08-overfit")

# %%
from bertlab.lessons.live import LiveCurve
from bertlab.training import polite_stop, train

curve = LiveCurve({"unigram guess": start.unigram_loss}, title="Two texts, one learner: read and never read")


def measure(step):
    """Ask about both texts, always the same questions, and put the losses on the curve."""
    on_both = [evaluate(model, questions(text), corpus) for text in (corpus, drawer)]
    curve.add(step.number, {"stories it reads": on_both[0].mlm_loss, "in the drawer": on_both[1].mlm_loss})
    return on_both


with polite_stop() as stop:
    for step in tqdm(train(model, batches, recipe), total=recipe.steps, unit="step"):
        if step.number % 120 == 0:
            measure(step)
        if stop:
            break
on_stories, on_drawer = measure(step)
curve.draw()

# %%
drawn = [batches(number) for number in range(0, step.number, 40)]
words_read = sum(each.num_tokens - 2 * len(each.input_ids) for each in drawn) / len(drawn)  # no [CLS], no [SEP]
times = step.number * words_read / len(corpus.ids)
print(f"Each piece was read about {times:.0f} times on average. Of those asked about (a tenth stand in plain sight)")
print("it now gets right:")
print(f"  {on_stories.mlm_accuracy:.0%} in the stories it reads, a die with {math.exp(on_stories.mlm_loss):.0f} sides")
print(f"  {on_drawer.mlm_accuracy:.0%} in the drawer, a die with {math.exp(on_drawer.mlm_loss):.0f} sides")
print(f"  {start.unigram_accuracy:.0%} without looking, a die with {math.exp(start.unigram_loss):.0f} sides")

lowest = min(loss for _, loss in curve.history["in the drawer"])
measured = dict(unigram=start.unigram_loss, drawer=on_drawer.mlm_loss, lowest=lowest, stories=on_stories.mlm_loss)
reveal("08-overfit", **{name: f"{loss:.2f}" for name, loss in measured.items()})

# %% [markdown]
# In its first fifth the curve does not fall. Until then the rows that are read have 8 pieces, but it is always asked in
# rows of 32, about places that it has not met yet.
#
# ### Did it learn order, or only which words go together?
#
# A model could do well by noting that *oven* comes with *bread*, wherever the two stand. The control: the same
# questions about the drawer, the same words in each row, but the words that nobody asks about have changed places.

# %%
from bertlab.lessons.live import shuffle_words

dice = torch.Generator().manual_seed(0)
shuffled = [shuffle_words(batch, dice) for batch in questions(drawer)]
without_order = evaluate(model, shuffled, corpus)
print(f"in the drawer, in order:  {on_drawer.mlm_loss:.2f} nats, {on_drawer.mlm_accuracy:.0%} right")
print(f"the same words, shuffled: {without_order.mlm_loss:.2f} nats, {without_order.mlm_accuracy:.0%} right")
print(f"without looking:          {start.unigram_loss:.2f} nats, {start.unigram_accuracy:.0%} right")

# %% [markdown]
# Compare the second line with the third. Words in the wrong order are worse for it than none. It has never seen such
# rows, trusts what it reads, and so is surely wrong: it depends on *where* a word stands. This does not show that it
# learned nothing of which words go together; for that one would train a second model on shuffled stories. (And part of
# the harm is that shuffling tears the pieces of one word apart.)
#
# ### Ask it
#
# Sentences about the village that stand in no story. Beside each answer, what the same network said before its first
# step.

# %%
from bertlab.training import fill_mask

newborn = new_model(config, recipe)
for line in ["Jack put the [MASK] into the fire.", "Peter sold his [MASK] in the square.", "She went to the [MASK]."]:
    said, before = [", ".join(guess.piece for guess in fill_mask(m, tokenizer, line)[0]) for m in (model, newborn)]
    print(f"{line}\n    trained: {said}\n    newborn: {before}")

# %% [markdown]
# ## Keep it
#
# A trained model is a folder: its sizes, its numbers, its vocabulary. This one lies beside the notebook.

# %%
bertlab.save(model, tokenizer, "my_first_bert")
again, its_tokenizer = bertlab.load("my_first_bert")
for told in fill_mask(again, its_tokenizer, "The [MASK] of the mill turned all day.")[0]:
    print(f"{told.piece:10} {told.probability:.1%}")

# %% [markdown]
# So: *has it learned the language, or the stories?* Both. The drawer lies below the dashed line: something it learned
# holds for stories it never saw, and that is the village's language. The gap between the two curves holds only for the
# stories it read. It is no exact share of each: what was learned by heart can also do harm in the drawer.
#
# ## What this does not show
#
# - That it *understands* bread and rivers. It fills holes in two hundred stories by one author.
# - What more text would do. Here the same words come round and round. The model of lesson 00 read novels, about half of
#   its text at all, and most of that once.
# - That the lowest point of the drawer's curve is the best possible. What the best possible is can be computed only for
#   a text whose rules we know. A later lesson brings one.
# - That one run speaks for all. Change the seed in the recipe, `seed=1`, and run again.

# %%
quiz("08")

# %% [markdown] tags=["more"]
# ## More: why the rows are short at first
#
# The recipe began with rows of 8 pieces. Why not with whole stories at once? Try it: everything else is as before, for
# the first half of the run.
#
# **Guess before you run.** Rows of 32 from the start. After the same number of steps its loss on the drawer will be
#
# - (a) lower: each question comes with more context;
# - (b) about the same: it reads as many pieces a step;
# - (c) higher: something has to be learned first that is easier in a short row.

# %%
guess("08-rows")

# %%
from dataclasses import replace
from itertools import islice

full_rows = replace(recipe, stages=(Stage(0.0, 32),))
patient = new_model(config, full_rows).to(device)
half_a_run = islice(train(patient, PretrainingBatches(corpus, tokenizer, full_rows), full_rows), recipe.steps // 2)
for each in tqdm(half_a_run, total=recipe.steps // 2):
    pass
full = evaluate(patient, questions(drawer), corpus)

# %%
short_rows = dict(curve.history["in the drawer"]).get(each.number, float("nan"))
print(f"In the drawer after {each.number} steps:")
print(f"  rows of 32 from the start: {full.mlm_loss:.2f} nats")
print(f"  short rows first:          {short_rows:.2f} nats")
print(f"  without looking:           {start.unigram_loss:.2f} nats")
reveal("08-rows", full=f"{full.mlm_loss:.2f}", short=f"{short_rows:.2f}", unigram=f"{start.unigram_loss:.2f}")

# %% [markdown]
# ## More: stop, and go on
#
# Long runs are interrupted. A **checkpoint** holds all that the next step depends on: parameters, optimiser, step
# number, random state. The test of a good one: ten steps at one go, and ten steps with a stop after five, must end with
# *the same* parameters. Not about the same.

# %%
from pathlib import Path

from bertlab.training import load_checkpoint, new_optimizer, save_checkpoint

file = Path("my_checkpoint.pt")
short = Recipe(steps=10, batch_tokens=512, stages=(Stage(0.0, 32),), next_sentence=False)
small_batches = PretrainingBatches(corpus, tokenizer, short)
at_one_go, stopped, resumed = (new_model(config, short) for _ in range(3))
for _ in train(at_one_go, small_batches, short):
    pass
for each in train(stopped, small_batches, short):
    if each.number == 5:
        save_checkpoint(file, each, short)
        break

optimizer = new_optimizer(resumed, short)
first = load_checkpoint(file, resumed, optimizer, short)
for _ in train(resumed, small_batches, short, optimizer=optimizer, first_step=first):
    pass
flat = [torch.cat([p.flatten() for p in m.parameters()]) for m in (at_one_go, resumed)]
same(f"resumed after step {first}", *flat)

# %% [markdown]
# ## More: what more text does
#
# The model of lesson 00 was made in the same way, and with next sentence prediction besides, from novels instead of two
# hundred stories. Its run was written down while it went on. Here *text it reads* is each batch before the step on it,
# mostly text not read before. So a small gap is what one must expect; look instead at how far both fall below the line.
# (In the beginning its rows are shorter than those of the text it never read: there the two cannot be compared.)

# %%
from bertlab.lessons.live import show_recorded

show_recorded("mini")

# %% [markdown]
# ## More: it is the real thing
#
# The folder you saved is one that Hugging Face's `transformers` reads, without any of our code. Do the two agree?

# %%
from importlib.util import find_spec

from bertlab.pretrained import as_tensors

reading = as_tensors(tokenizer("Anna took the [MASK] out of the oven."))
if find_spec("transformers"):
    from transformers import AutoModelForPreTraining

    theirs = AutoModelForPreTraining.from_pretrained("my_first_bert").eval()
    with torch.no_grad():
        same("transformers", theirs(**reading).prediction_logits, again(**reading).prediction_logits)
else:
    print("transformers is not installed here. To see it: pip install 'bertlab[hub]'")

# %% [markdown] tags=["homework"]
# ## Homework: your own text
#
# Put some text of your own into a folder, name the folder in the second cell of this lesson, and run all. Before you
# do, write down what you expect of the two curves, and why: how much text is there, how often do its words come back?
#
# A second question, for the same text or this one: the recipe asks about 30% of the pieces. Try 10% and 60%. With which
# does the drawer's curve fall lowest in the same number of steps, and what does the model lack with the other two?
#
# **Next:** the lessons between 00 and this one are being written: what a piece is, what attention does, why holes.
