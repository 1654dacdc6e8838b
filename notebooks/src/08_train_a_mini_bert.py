# %% [markdown] tags=["core"]
# # 08 · Train a mini BERT
#
# Two readers fill holes in little stories. One has read millions of them, forgets nothing and never makes a mistake,
# but a card covers all that stands to the right of the hole. The other is a BERT that began to learn a minute ago.
# Who is better?
#
# In most courses nobody could say how good the first reader can become. Here we can compute it, and the second one
# you train yourself. After this lesson you can
#
# 1. say what stands in a batch, and which part of it the model is asked about,
# 2. write one training step, and say what each of its lines is for,
# 3. read a curve beside **limits**, and say what it takes to get below one,
# 4. save a model and load it again; and, in the second part, stop a run and go on with it.
#
# *From lesson 00, unaided:* what is the loss, in nats, of someone who throws a die with a hundred sides? Say how you
# would compute it before you open this. <details><summary>Answer</summary>log(100): the die in its disguise.</details>

# %%
import math

import numpy as np
import torch
from tqdm.auto import tqdm

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same

# %% [markdown]
# ## A world that can be computed
#
# These stories come from a small program, the **story world**. For each story it draws a hero, a place, a time and
# a few more things; then it writes sentences that fit. Its rules are two text files that you can read and change
# (`data/story/pocket`). We know the rules, so we can compute how sure one can be of a hidden word. The model is never
# told the rules. It gets the stories.

# %%
from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld

world = StoryWorld.load("pocket")
tokenizer = world.tokenizer
corpus = tokenize_corpus(([story.text] for story in world.documents(12_000)), tokenizer)
drawer = list(world.documents(80, part="validation"))
print(f"to read: {corpus}\nin the drawer, never read: {len(drawer)} stories. Two of them:\n")
print(f"{drawer[0].text}\n\n{drawer[1].text}")

# %% [markdown]
# ### The smallest world, by hand
#
# Four stories of three words, all equally likely. We hide the middle word and ask how well it can be guessed by someone
# who knows all four stories, and sees only a part of the one before her.

# %%
tiny = [line.split() for line in ("anna feeds cats", "anna feeds dogs", "ben feeds cats", "ben walks dogs")]


def least_loss(seen):
    """The mean loss at the middle word, in nats, of the best reader who sees these words of each story."""
    losses = []
    for story in tiny:
        fitting = [other for other in tiny if all(other[place] == story[place] for place in seen)]
        trust = sum(other[1] == story[1] for other in fitting) / len(fitting)
        losses.append(-math.log(trust))
    return sum(losses) / len(losses)


for seen in [(), (0,), (2,), (0, 2)]:
    print(f"sees the words {seen!s:7} {least_loss(seen):.4f} nats")

# %% [markdown]
# Without looking, one gives *feeds* a trust of three in four, and loses `0.5623` nats on average. The first word helps:
# after *anna* the answer is sure, after *ben* it is a coin. That makes `0.3466`. No cleverer reader gets below it, and
# no longer training: behind the card there is nothing else to go by. Such a line is set **by information, not by
# skill**; it is called a **limit**. Who sees both sides has another limit, here `0.0000`.
#
# ### The same for our world
#
# For three words a pencil is enough. For a whole story the package does it: for each hole it gives the exact
# probability of every piece, once for each kind of reader. The best reader gives each piece just that trust. Her mean
# loss is called the **entropy**, and it is the limit.

# %%
from bertlab.training import ask_world

questions = ask_world(world, drawer, masking=0.3)


def entropy(exact):
    """The mean loss, in nats, of whoever trusts each piece as much as one can. (places, vocab) -> a number"""
    logs = np.log(exact, where=exact > 0, out=np.zeros_like(exact))  # what cannot be adds nothing
    return -(exact * logs).sum(axis=1).mean()


limits = {f"{side} only, limit": entropy(questions.truth[side]) for side in ("left", "right")}
limits["both sides, limit"] = entropy(questions.truth["both"])
for name, loss in limits.items():
    print(f"{name:18} {loss:.2f} nats, a die with {math.exp(loss):.2f} sides")

# %% [markdown]
# The reader with the card sees *every* word to the left. The reader of both sides has holes everywhere: 30% of the
# pieces of a story are hidden at once, because that is how BERT will be asked.
#
# ## The batch
#
# A **batch** is what the model reads in one step: here some whole stories, one a row. In each row some pieces are
# hidden behind `[MASK]`, and the model is **asked** which they were. `[CLS]` and `[SEP]` mark the two ends of a row; a
# short row is filled up with empty places, the others are *real*. A **recipe** holds all that decides how a run goes.

# %%
from bertlab.training import DocumentBatches, Stage
from bertlab.training.twins import story_config, story_recipe

recipe = story_recipe(
    "pocket",
    steps=3000,
    stages=(Stage(0.0, 20), Stage(0.15, 40), Stage(0.35, 128)),  # only stories of up to 20 pieces first, then of 40
    learning_rate=3e-3,
    masking=0.3,
)
batches = DocumentBatches(corpus, tokenizer, recipe)
batch = batches.draw(128, seed=(4,))
print(batch.describe(tokenizer, rows=2))
asked = (batch.labels != -100).sum()  # -100 says: nobody asks
print(f"\nasked about {asked} of {batch.num_tokens} real tokens")

# %% [markdown]
# Read the first row aloud with its holes, and fill them. Then look at *asked*.
#
# All pieces that are asked about are hidden, which is **plain masking**. BERT's own recipe asks about 15%, and leaves
# a tenth of those in sight and replaces a tenth (lesson 06). We ask about more, so that a short run is asked twice as
# much, and hide them all, because then the limits are exact.
#
# ### A new model, before its first step
#
# **Guess before you run.** What is the loss of our model before it has learned anything?
#
# - (a) About that of the **unigram guess**, who never looks and only knows how common each piece is.
# - (b) About the logarithm of the number of pieces: all are alike to it.
# - (c) Almost endless: it is surely always wrong.

# %%
guess("08-new")

# %%
from bertlab.training import beside_the_truth, choose_device, new_model

device = choose_device()
config = story_config("pocket", tokenizer).replace(intermediate_size=192)  # twice 96; BERT has four times
model = new_model(config, recipe).to(device)
start = beside_the_truth(model, tokenizer, questions, corpus)
unigram = start.unigram.cross_entropy
print(f"{config}\n{sum(parameter.numel() for parameter in model.parameters()):,} parameters, on {device}")

# %%
pieces = len(tokenizer)
reveal("08-new", loss=f"{start.model.cross_entropy:.2f}", even=f"{math.log(pieces):.2f}", unigram=f"{unigram:.2f}")

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
# The whole run is that step, 3,000 times. `train` is the package's own loop; it gives you one step at a time, and
# what you do with it, such as drawing a curve, is the body of the `for`. Two more things happen inside: the size of the
# moves rises at first and then falls to 0 (*warm-up* and *decay*), and very long gradients are shortened.
#
# It takes about a minute on two processor cores. **Stop** ends it, and so does the square button **■** above. What was
# learned until then stays in the model, and the cells below work with it.
#
# **Guess before you run.** Which of the three limits will our BERT get below, asked about stories from the drawer?
#
# - (a) None. A limit is what the best possible reader reaches, and one minute of training makes no such reader.
# - (b) That of the left side, but not that of both sides.
# - (c) All three: a limit is only how good somebody has been so far.

# %%
guess("08-cross")

# %%
from bertlab.training import train, watching
from bertlab.views import TrainingMonitor

watched = "Yesterday Anna [MASK] to the zoo. Anna fed the monkey. What a bad day!"
monitor = TrainingMonitor({"unigram guess": unigram, **limits}, watching(model, tokenizer, watched))
monitor

# %%
def measure(step):
    """Ask about the drawer, always at the same places, and put the loss on the curve."""
    now = beside_the_truth(step.model, tokenizer, questions, corpus).model
    monitor.measure(step.number, now.cross_entropy, now.expected_accuracy)
    return now


steps = train(model, batches, recipe)
for step in monitor.follow(steps):
    if step.number % 100 == 0:
        measure(step)
end = measure(step)
print(monitor)

left, right, both = limits.values()
names = {"left": f"{left:.2f}", "right": f"{right:.2f}", "both": f"{both:.2f}"}
where = f"{abs(left - end.cross_entropy):.2f} nats {'below' if end.cross_entropy < left else 'above'} it"
print(f"best guess right: {end.expected_accuracy:.0%}; of the unigram guess {start.unigram.expected_accuracy:.0%}")
reveal("08-cross", steps=f"{step.number:,}", bert=f"{end.cross_entropy:.2f}", where=where, **names)

# %% [markdown]
# Each loss here is an **expected** one: not whether the piece that happened to be drawn was guessed, but the mean over
# all pieces that could have been drawn, each with its exact probability. So no lucky guess is in the curve, and a line
# is crossed only by someone who *sees more*.
#
# In its first part the curve says little: until then only short stories are read, and it is always asked about all.
#
# The way from the curve down to *both sides* is what is left to learn. That way is skill: more steps or a
# larger model shorten it. The way from *left only* down to *both sides* is what the right side is worth, holes and all.
# That is information, and no training gives it to a reader with a card.
#
# ### Take the information away and leave the skill
#
# If that is true, our BERT must lose its lead when it gets the card: the same model, the same places, but now the piece
# asked for and *all* to its right are hidden.

# %%
from bertlab.lessons.instruments.training import with_card

covered = with_card(model, tokenizer, questions)
print(f"sees both sides, with holes:  {end.cross_entropy:.2f} nats")
print(f"the same BERT with the card:  {covered.cross_entropy:.2f} nats")
print(f"limit for anyone with a card: {left:.2f} nats")

# %% [markdown]
# It did not become more stupid between the two lines. (It never practised with the card either, and part of what it
# loses is that. One that does practise is GPT: lesson 09.)
#
# ### What it can do, and what it still lacks
#
# A story of this world, with two words hidden in turn: *she*, in its last sentence, and *bass*, in its second. One can be
# sure of both. Is our BERT? Where it is not, you see a piece of the way that is left to the lowest line. (Below: what
# the same network said before its first step.)

# %%
from bertlab.lessons.instruments.first_wonder import chances, hide, two_columns

story = "Yesterday Maya went to the river. She put her bass near the tree. Then she found her bass near the tree."
for word, which in [("she", 2), ("bass", 1)]:
    two_columns(chances(model, world, story, word, which), hide(story, word, which))
newborn = new_model(config, recipe)
print("newborn:", ", ".join(f"{each.piece} {each.guessed:.2%}" for each in chances(newborn, world, story, "bass")))

# %% [markdown]
# ## Keep it
#
# A trained model is a folder: its sizes, its numbers, its vocabulary. This one lies beside the notebook.

# %%
from bertlab.training import fill_mask

bertlab.save(model, tokenizer, "my_first_bert")
again, its_tokenizer = bertlab.load("my_first_bert")
for told in fill_mask(again, its_tokenizer, "Today Paul goes to the [MASK]. He is happy.")[0]:
    print(f"{told.piece:10} {told.probability:.1%}")

# %% [markdown]
# So, who is better? The cell under the curve has said it: after one minute of practice our beginner is ahead of the best
# reader with the card whom there will ever be. Not because it is clever. It was allowed to look.
#
# ## What this does not show
#
# - That reading both ways is *better*. Whoever writes the next word has no right side to look at: there the card is no
#   handicap, it is the task.
# - How far a BERT is from the limit of English. Nobody knows the rules of English, so nobody can draw that line.
# - That it *understands* bass and rivers. It fills holes in stories from two text files.
# - That one run speaks for all. Change the seed in the recipe, `seed=1`, and run again.

# %%
quiz("08")

# %% [markdown] tags=["more"]
# ## More: below the last line
#
# No reader of both sides can be below the lowest line. Now train a second model on ten stories, again and again,
# and ask it about *these very ten*.
#
# **Guess before you run.** Asked about the ten stories that it reads, will it get below *both sides, limit*?
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
for _ in tqdm(train(parrot, DocumentBatches(few, tokenizer, by_heart), by_heart), total=by_heart.steps):
    pass

# %%
on_read, on_drawer = [
    beside_the_truth(parrot, tokenizer, asked, few) for asked in (ask_world(world, ten), questions)
]
for name, found in [("the ten", on_read), ("the drawer", on_drawer)]:
    print(f"asked about {name}: {found.model.nats:.2f} nats; both sides, limit: {found.limits['both'].nats:.2f} nats")
reveal("08-heart", read=f"{on_read.model.nats:.2f}", limit=f"{on_read.limits['both'].nats:.2f}",
       drawer=f"{on_drawer.model.nats:.2f}", unigram=f"{on_drawer.unigram.nats:.2f}")  # fmt: skip

# %% [markdown]
# ## More: text of your own
#
# The same run on any text. Put the name of a folder with `.txt` files here, at least twenty documents with a blank line
# between them. (There are two hundred stories of one village, written for this course.) Now nobody knows the rules, so
# **no limit can be drawn**; what remains is the unigram guess, and a drawer of unread text. Rows are stretches of text
# of equal length, and short rows come first.

# %%
from bertlab.corpora import read_documents
from bertlab.paths import data_path
from bertlab.text import Tokenizer, train_wordpiece
from bertlab.training import PretrainingBatches, Recipe, evaluate

folder = data_path("text", "first_light")
documents = list(read_documents(folder))
read, unread = [text for at, text in enumerate(documents) if at % 10 != 9], documents[9::10]
own_words = Tokenizer(train_wordpiece((part for text in read for part in text), vocab_size=700).pieces)
own_texts = {"text it reads": tokenize_corpus(read, own_words), "never read": tokenize_corpus(unread, own_words)}
rows_grow = (Stage(0.0, 8), Stage(0.2, 16), Stage(0.4, 32))
own = Recipe(steps=600, batch_tokens=512, stages=rows_grow, learning_rate=3e-3, masking=0.3, next_sentence=False)
own_batches = {name: PretrainingBatches(text, own_words, own) for name, text in own_texts.items()}
mine = new_model(story_config("pocket", own_words), own).to(device)
for _ in tqdm(train(mine, own_batches["text it reads"], own), total=own.steps):
    pass
for name, its_batches in own_batches.items():
    held = [its_batches.held_out(number) for number in range(8)]
    print(f"{name:14} {evaluate(mine, held, own_texts['text it reads'])}")

# %% [markdown]
# With `steps=2400` one can watch the two part: what is learned by heart helps with the text it reads and with nothing
# else. The model of lesson 00 was made in the same way, and with next sentence prediction besides, from novels. Its run
# was written down while it went on. (In the beginning its rows are shorter than those of the text it never read: there
# the two cannot be compared.)

# %%
from bertlab.lessons.instruments.training import show_recorded

show_recorded("mini")

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
short = story_recipe("pocket", steps=10, batch_tokens=512)
small_batches = DocumentBatches(corpus, tokenizer, short)
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
# ## More: it is the real thing
#
# The folder you saved is one that Hugging Face's `transformers` reads, without any of our code. Do the two agree?

# %%
from importlib.util import find_spec

from bertlab.pretrained import as_tensors

reading = as_tensors(tokenizer("Yesterday Maya went to the [MASK]. She was lucky."))
if find_spec("transformers"):
    from transformers import AutoModelForPreTraining

    theirs = AutoModelForPreTraining.from_pretrained("my_first_bert").eval()
    with torch.no_grad():
        same("transformers", theirs(**reading).prediction_logits, again(**reading).prediction_logits)
else:
    print("transformers is not installed here. To see it: pip install 'bertlab[hub]'")

# %% [markdown] tags=["homework"]
# ## Homework: one change, one prediction
#
# Change one thing in the recipe of the run, write down beforehand what will happen to the curve and to each of the four
# lines, and why. Then run.
#
# - `masking=0.15`, as in BERT, or 0.6. (Change it in `ask_world` too, and one of the limits moves far more than the
#   others. Which, and why?)
# - All stories from the start: `stages=(Stage(0.0, 128),)`. What is easier to learn in a short story?
# - Half the steps, or twice as many. Does the curve end where you would have drawn it?
#
# **Next:** the lessons between 00 and this one are being written: what a piece is, what attention does, why holes.
