# %% [markdown] tags=["core"]
# # 03 · Embeddings: what a place knows before it looks around
#
# *Anna saw Ben. Ben saw Anna.* The same pieces, the same ids. How does BERT know who saw whom?
#
# A text is now a list of ids (lesson 02). An id is only a number in a list: piece 381 is not larger than piece 280 in any
# way that matters. In this lesson each id becomes a row of numbers that can be learned.
#
# After it you can
#
# 1. add the three rows of numbers that make a place's first vector, and say what each of them knows,
# 2. show what is left of a sentence when its positions are taken away,
# 3. write `[CLS] A [SEP] B [SEP]` with its segments, its padding and its attention mask,
# 4. say what happens when the attention mask is forgotten.
#
# *From lesson 02, without looking:* what do the two signs in `##ing` say? <details><summary>Answer</summary>That the piece goes
# on with a word: no space stands before it.</details>
#
# *From lesson 00, without looking:* a network that was never trained knows 2,000 pieces. About what does it lose at a hole?
# <details><summary>Answer</summary>log(2000) nats, about 7.6: a die with 2,000 sides.</details>

# %%
import torch

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same

model, tokenizer = bertlab.load("story-bert")
print(tokenizer("Anna saw Ben."), tokenizer("Ben saw Anna."), sep="\n\n")

# %% [markdown]
# ## One row for each piece
#
# (Above, *characters* says where in your text a piece stood. `[CLS]`, `[SEP]`, *segment* and *real* are explained below.)
#
# The smallest case, for a pencil: three pieces, two numbers for each. We chose them; nothing is trained. A table has one
# row for each piece that there is, and the id says which row to take. Such a table is an **embedding**.
#
# A place is one slot of the text, counted from 0; its number is its position. A second table has one row for each place.
# We look up both rows, and add.
#
# (In the shapes, *seq* is how many places a text has, and *hidden* how many numbers stand at each place.)

# %%
token = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])  # (vocab 3, hidden 2)
position = torch.tensor([[0.0, 0.5], [0.5, 0.5], [0.0, -1.5]])  # (places 3, hidden 2)
first = torch.tensor([0, 1, 2])  # (seq 3,): anna saw ben
second = torch.tensor([2, 1, 0])  # (seq 3,): ben saw anna

print("anna, token row alone: ", token[first][0].tolist(), token[second][2].tolist())
added = [token[ids] + position for ids in (first, second)]  # (seq 3, hidden 2) each
print("anna, with its place:  ", added[0][0].tolist(), added[1][2].tolist())
one_hot = torch.eye(3)[first]  # (seq 3, vocab 3): a single 1 in each row
same("a row looked up, and a matrix product", token[first], one_hot @ token)

# %% [markdown]
# The token row of *anna* is the same in both sentences. With its place added, the second number is `0.5` in one sentence
# and `-1.5` in the other. Now the two sentences differ.
#
# The last line says the same in the language of matrices. Write each id as a row of zeros with a single 1, and multiply
# by the table: that gives the looked-up rows. In a long row nearly all numbers are zeros, so one mostly looks up. (BERT's
# published code multiplies for its smallest table: google-research/bert, `modeling.py`.) But it shows that the table is a
# matrix like any other, and can be learned like any other.
#
# ## Three rows
#
# BERT reads one text, or two as a pair. Each of them is called a **segment**, and a third table has two rows: one for the
# first segment, A, and one for the second, B. So three rows are added at each place:
#
# | what the row says | figure 2 of Devlin et al. 2019 | our tensor | its shape |
# | --- | --- | --- | --- |
# | what the piece is: the **token embedding** | $E_{\text{anna}}$ | `table.token.weight` | (vocab, hidden) |
# | which segment it belongs to | $E_A$ or $E_B$ | `table.segment.weight` | (2, hidden) |
# | where it stands: the **position embedding** | $E_0, E_1, \dots$ | `table.position.weight` | (places, hidden) |
#
# The paper says *token* for piece; published code says `token_type_ids` for the segments.
#
# Here the three tables are in a trained BERT, the one of lesson 00 that has read stories:

# %% tags=["slide"]
from bertlab.pretrained import as_tensors
from bertlab.views import plots, show

torch.set_grad_enabled(False)  # nothing is trained in this lesson
table = model.bert.embeddings
reading = tokenizer("Anna saw Ben.", "Ben smiled.")
given = as_tensors(reading)
ids, segments = given["input_ids"], given["token_type_ids"]  # (1, seq 10) each: one pair
parts = {
    "token": table.token(ids)[0],  # (seq, hidden)
    "segment": table.segment(segments)[0],  # (seq, hidden)
    "position": table.position.weight[: len(reading)],  # (seq, hidden)
}
total = parts["token"] + parts["segment"] + parts["position"]
for name in parts:
    print(f"table.{name}.weight", tuple(getattr(table, name).weight.shape))
title = "Three rows for each place, and their sum"
show(plots.embedding_sum(parts, reading.tokens, title=title, dimensions=8))

# %% [markdown]
# In the strip *segment* there are only two kinds of rows. In the strip *token* the two rows of *ben* are the same. In the
# strip *position* no two are. (This model has read single texts only. So its row for segment B still points where it was
# started, as *More* shows. It is only shorter: each training step shrank all rows a little. Lesson 07 trains on pairs.)
#
# ## Is the sum what the first layer gets?
#
# The figure in the paper ends with the sum. The published code does one thing more, and so does ours: **LayerNorm** (Ba,
# Kiros and Hinton 2016). From each vector by itself it subtracts the mean, and divides by the standard deviation. Then it
# multiplies each number by a learned scale, `table.norm.weight`, and adds a learned shift, `table.norm.bias`. What this is
# for, you see in the lengths of the vectors (their norms) before and after it.

# %%
import inspect

centred = total - total.mean(dim=-1, keepdim=True)  # (seq, hidden): each vector has mean 0
deviation = centred.pow(2).mean(dim=-1, keepdim=True).sqrt()  # (seq, 1)
normed = centred / deviation * table.norm.weight + table.norm.bias  # (seq, hidden)

real = table(ids, segments)[0]  # (seq, hidden): what the first layer gets
same("the sum alone", total, real)
same("the sum after LayerNorm", normed, real)
for name, vectors in {"sum": total, "after LayerNorm": normed}.items():
    lengths = vectors.norm(dim=1)  # (seq,)
    print(f"{name:15} lengths from {lengths.min():.2f} to {lengths.max():.2f}")
print(inspect.getsource(type(table).forward))

# %% [markdown]
# After it all vectors have nearly the same length, whatever was added. The last lines are the package's own. (`Int[...]`
# and `Float[...]` only name shapes. `dropout` does something only while a model is trained.)
#
# ## Add them yourself
#
# Type one text or two. Choose a piece by a click, or with the arrow keys, and read its sum from top to bottom. Switch
# LayerNorm off: the sentence below says how far the sum is from what the first layer gets. If the same piece stands at
# another place too, that sentence compares the two vectors. Put a word into both texts, and watch. (The cosine is 1 where
# two vectors point the same way, and 0 where they stand at right angles, whatever their lengths.)

# %% tags=["slide"]
from bertlab.lessons.instruments.adding_rows import AddingRows

AddingRows(model, tokenizer, "Anna saw Ben.", "Anna smiled.")


# %%
def vector(word, place, segment=0):
    """What the first layer gets for a word at a place, in a text of only this word. (hidden,)"""
    text = torch.full((1, place + 1), tokenizer.vocab[word])
    return table(text, torch.full_like(text, segment))[0, place]


def last_layer(network, text):
    """What comes out of the last layer. (seq, hidden)"""
    return network.bert(as_tensors(tokenizer(text))["input_ids"]).last_hidden_state[0]


start = vector("anna", 3)  # anna at place 3 of segment A
changed = {
    "segment B": vector("anna", 3, segment=1),
    "place 7": vector("anna", 7),
    "another word, ben": vector("ben", 3),
}
for what, other in changed.items():
    cosine = torch.cosine_similarity(start, other, dim=0)
    print(f"{what:18} distance {(start - other).norm():5.2f}, cosine {cosine:.2f}")

bats = ["A bat near the cave.", "A bat near the goal."]
rows = [as_tensors(tokenizer(text)) for text in bats]
firsts = [table(row["input_ids"], row["token_type_ids"])[0, 2] for row in rows]
lasts = [last_layer(model, text)[2] for text in bats]  # bat is at place 2
for when, (one, other) in {"first vector": firsts, "after the last layer": lasts}.items():
    print(f"bat near the cave, bat near the goal, {when}: {(one - other).norm():.2f} apart")

# %% [markdown]
# One word has many vectors now, one for each place and segment. (Which step is larger on average, *More* asks.) But no
# word *around* it was asked: the first vector of *bat* is the same near a cave and near a goal. A place knows its piece,
# its segment and its position, and nothing of its neighbours. Only the layers change that.
#
# ## Take the positions away
#
# Four layers follow, and there the places look at one another. Take a copy of the trained model and set its position
# table to zeros. Let it read *Anna saw Ben* and *Ben saw Anna*, and compare what comes out of the *last* layer for *anna*.
# Do the same for *saw*, which stands at the same place in both.
#
# Two controls have no positions either: an untrained BERT, and the *GPT twin* of our BERT. The twin has the same size and
# has read the same stories, but under the card of lesson 00: it may not look to the right. BERT may look everywhere.
#
# **Guess before you run.** How far apart are the two vectors of *anna* in the copy without positions?
#
# - (a) Far: a network reads from left to right, so it knows the order anyway.
# - (b) A little: something of the order comes through.
# - (c) Not at all, apart from rounding.

# %%
guess("03-order")

# %% tags=["slide"]
from copy import deepcopy

from bertlab.training import new_model
from bertlab.training.twins import story_recipe


def no_positions(network):
    """A copy with a position table of zeros."""
    copy = deepcopy(network)
    copy.bert.embeddings.position.weight.zero_()
    return copy


gpt, _ = bertlab.load("story-gpt")
untrained = new_model(model.config, story_recipe("full")).eval()
anna, order = {}, [0, 3, 2, 1, 4, 5]  # "Ben saw Anna." by places of "Anna saw Ben."
networks = {
    "BERT": model,
    "no positions": no_positions(model),
    "untrained, no positions": no_positions(untrained),
    "GPT, no positions": no_positions(gpt),
}
print("Anna saw Ben. Ben saw Anna. The last layer's vectors in both:")
for name, network in networks.items():
    one, other = last_layer(network, "Anna saw Ben."), last_layer(network, "Ben saw Anna.")
    anna[name] = f"{(one[1] - other[3]).norm():.2g}"
    print(f"{name}: anna {anna[name]} apart, saw {(one[2] - other[2]).norm():.2g} apart")
    same("    each piece", one[order], other)
reveal("03-order", with_them=anna["BERT"], without=anna["no positions"],
       untrained=anna["untrained, no positions"], card=anna["GPT, no positions"])  # fmt: skip

# %% [markdown]
# ## Two texts, and texts of unequal length
#
# Each text ends with **`[SEP]`**, a piece that says *here it ends*. **`[CLS]`** stands first; it stands for no word. Its
# vector can be used for a question about the whole text, as in lesson 07. In the table below, look at the segment of the
# first `[SEP]`: it belongs to the text that it ends.
#
# Several texts that are read at once are a **batch**. In one tensor all of them must have the same length. So a short
# text is filled up with a piece called `[PAD]`: this is **padding**. The **attention mask** says with 1 and 0 which pieces
# are real; where it has a 0, no place may look. In the table it is the column *real*.

# %%
by_hand = [tokenizer.cls_id, *tokenizer.encode_ids("Anna saw Ben."), tokenizer.sep_id]
print("one text, by hand the same ids:", by_hand == tokenizer("Anna saw Ben.").input_ids)
print(tokenizer("Anna saw Ben.", "Ben smiled."), "\n\ntwo texts in one batch:")
for name, numbers in as_tensors(tokenizer.batch(["Anna saw Ben.", "Ben smiled."])).items():
    print(f"{name:15}", *numbers.tolist())

# %% [markdown]
# The second text has one `[PAD]`, and one 0 in its mask. The texts of a batch never look at one another: the next cell
# tests that too. It reads a short text in one batch with a long one, with the mask and without.
#
# **Guess before you run.** We forget the attention mask. What becomes of the vectors of the short text?
#
# - (a) Nothing: `[PAD]` is empty, there is nothing to look at.
# - (b) They change: a padded place has a vector like any other, and is looked at.
# - (c) There is an error: without a mask the model refuses to read.

# %%
guess("03-padding")

# %%
short = "Yesterday Ben went to the zoo. He fed the monkey. Then he went home."
long = " ".join(["Anna saw Ben."] * 16)
both = as_tensors(tokenizer.batch([short, long]))  # (batch 2, seq 66) each
alone = [last_layer(model, short), last_layer(model, long)]
together = {  # (batch 2, seq 66, hidden) each
    "with the mask": model.bert(**both).last_hidden_state,
    "mask forgotten": model.bert(both["input_ids"]).last_hidden_state,
}
for name, vectors in together.items():
    same(f"{name}, short text", vectors[0, : len(alone[0])], alone[0])
    same(f"{name}, long text", vectors[1], alone[1])


# %%
row = as_tensors(tokenizer(short))["input_ids"][0]  # (seq,)
holes = torch.arange(1, len(row) - 1)  # each place but the first and the last


def best_guesses(pads):
    """The best guess at each hole, with so many [PAD] and no mask. (holes,)"""
    padded = torch.nn.functional.pad(row, (0, pads), value=tokenizer.pad_id)  # (seq + pads,)
    texts = padded.repeat(len(holes), 1)  # (holes, seq + pads): one hole in each
    texts[holes - 1, holes] = tokenizer.mask_id
    return model(texts).prediction_logits[holes - 1, holes].argmax(dim=-1)


for pads in (1, 8, 32, 64):
    changed = (best_guesses(pads) != best_guesses(0)).sum().item()
    print(f"{pads} [PAD], no mask: the best guess changes at {changed} of {len(holes)} holes")
moved, other = (cls - alone[0][0] for cls in (together["mask forgotten"][0, 0], alone[1][0]))
lengths = table(both["input_ids"], both["token_type_ids"])[0].norm(dim=1)  # (seq,)
reveal("03-padding", moved=f"{moved.norm():.1f}", other=f"{other.norm():.1f}", changed=changed, holes=len(holes),
       pad=f"{lengths[len(row):].mean():.1f}", word=f"{lengths[:len(row)].mean():.1f}")  # fmt: skip

# %% [markdown]
# ### Exercise, write it: a pair, padded
#
# You get the ids of two texts and the length that the result should have. Make the three lists that BERT reads:
#
# - the ids of `[CLS] A [SEP] B [SEP]`, with padding behind them,
# - the segments: 0 for A, 1 for B, 0 for padding,
# - the attention mask.
#
# If the pair is too long, the end of B is cut; that line is given.

# %%
def my_pair(ids_a, ids_b, length, cls_id, sep_id, pad_id):
    """Three lists of this length: ids, segments, attention mask."""
    ids_b = ids_b[: length - len(ids_a) - 3]
    ### BEGIN SOLUTION
    ids = [cls_id, *ids_a, sep_id, *ids_b, sep_id]
    segments = [0] * (len(ids_a) + 2) + [1] * (len(ids_b) + 1)
    empty = length - len(ids)
    return ids + [pad_id] * empty, segments + [0] * empty, [1] * len(ids) + [0] * empty
    ### END SOLUTION


# %%
check.pair(my_pair)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Three pieces you must add: one before A, one behind A, one behind B. Make the ids first. For the other two lists you
# only have to count.
# </details>
#
# <details><summary>A second hint</summary>
#
# Segment 0 is for `[CLS]`, A and the `[SEP]` that ends A. What is missing at the end is filled: with the id of `[PAD]`,
# and with 0 in the other two lists.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# So, who saw whom? Without positions BERT cannot know: each piece comes out the same from both sentences. With positions
# *saw* comes out different, though it stands at the same place in both: the order of the others reached it. Both numbers
# stand behind *saw* in the section “Take the positions away”.
#
# ## What this does not show
#
# - That BERT *knows* who saw whom. We saw that the order reaches the last layer, and without positions cannot.
# - That adding is the best way. Later models rotate vectors by an angle that depends on the place (lesson 13).
# - That a large step matters much. A distance does not say what the layers make of it.
# - That guesses get worse without the mask. We saw that some change.
# - That a first vector knows what *bank* means in its sentence. There is one for each piece, segment and place.

# %%
quiz("03")

# %% [markdown] tags=["more"]
# ## More: which row weighs most?
#
# For *anna* another word was a larger step than another place. That was one word, two places and one model. `mini`, the
# BERT that has read old novels, has three such tables too. We exchange one row at a time, 2,000 times at random, and take
# the mean. (Before its first step its position rows were about five times as long as its token rows.)
#
# **Guess before you run.** In `mini`, as it is now, what moves the first vector most?
#
# - (a) Another word.
# - (b) Another place: what was begun so much larger stays ahead.
# - (c) All three alike: they are added, so they weigh the same.

# %%
guess("03-weight")

# %%
from bertlab.training import Recipe


def mean_steps(network):
    """How far the first vector moves, on average, when one of its three rows is exchanged."""
    rows, draw = network.bert.embeddings, torch.Generator().manual_seed(0)
    one, another = torch.randint(5, network.config.vocab_size, (2, 2000), generator=draw)
    here, there = torch.randint(0, 64, (2, 2000), generator=draw)
    word, place, part = rows.token.weight, rows.position.weight, rows.segment.weight
    base = rows.norm(word[one] + place[here] + part[0])  # (2000, hidden)
    steps = {
        "word": word[another] + place[here] + part[0],
        "place": word[one] + place[there] + part[0],
        "segment": word[one] + place[here] + part[1],
    }
    return {name: (rows.norm(rest) - base).norm(dim=1).mean().item() for name, rest in steps.items()}


# %%
mini, novel_words = bertlab.load("mini")
fresh = new_model(mini.config, Recipe(steps=1))  # as mini was before its first step
networks = {"mini": mini, "mini, untrained": fresh, "story BERT": model, "story BERT, untrained": untrained}
found = {who: mean_steps(network) for who, network in networks.items()}
for who, steps in found.items():
    print(f"{who:22}", ", ".join(f"{name} {step:.1f}" for name, step in steps.items()))
for who, (network, began) in {"mini": (mini, fresh), "story BERT": (model, untrained)}.items():
    now, then = (each.bert.embeddings.segment.weight for each in (network, began))
    a, b = torch.cosine_similarity(now, then).tolist()
    print(f"{who}: segment rows and their start, cosine: A {a:.2f}, B {b:.2f}")
before = {f"{name}_before": step for name, step in found["mini, untrained"].items()}
story = {f"{name}_story": step for name, step in found["story BERT"].items()}
reveal("03-weight", **found["mini"], **before, **story)

# %% [markdown]
# ## More: why add, and not put side by side?
#
# Side by side nothing could be mixed up. But each vector would be three times as wide, and so would all that comes after
# it. The paper gives no reason for adding. What one can measure is whether adding mixes up what was added.
#
# Rows mix little where they lie at right angles: cosine 0. Are rows of two tables nearly at right angles? Is this learned?
# The control is random rows. Then the stronger question: three rows are drawn and added; is the nearest row of each table
# the one that was added? The same is asked with only the first few numbers of each row.

# %%
tables = {name: getattr(mini.bert.embeddings, name).weight for name in ("token", "position", "segment")}
torch.manual_seed(1)
control = {name: torch.randn_like(rows) for name, rows in tables.items()}


def mean_cosine(some, others):
    """The mean size of the cosine between a row of one table and a row of the other."""
    unit = torch.nn.functional.normalize
    return (unit(some) @ unit(others).T).abs().mean()


for one, other in [("token", "position"), ("token", "segment"), ("position", "segment")]:
    learned, by_chance = (mean_cosine(them[one], them[other]) for them in (tables, control))
    print(f"{one:8} and {other:8}  learned rows {learned:.3f}, random rows {by_chance:.3f}")

# %% tags=["slide"]
def read_back(tables, width, draws=500):
    """How often the nearest row of a table is the added one, in vectors of this width."""
    draw = torch.Generator().manual_seed(2)
    cut = {name: rows[:, :width] for name, rows in tables.items()}
    drawn = {name: torch.randint(len(rows), (draws,), generator=draw) for name, rows in cut.items()}
    total = sum(cut[name][drawn[name]] for name in cut)  # (draws, width)
    nearest = {name: torch.cdist(total, rows).argmin(dim=1) for name, rows in cut.items()}
    return {name: (nearest[name] == drawn[name]).float().mean().item() for name in cut}


widths = [2, 4, 8, 16, 32, 64, 128, 256]
right = {width: read_back(tables, width) for width in widths}
curves = {name: [(width, right[width][name]) for width in widths] for name in ("token", "position")}
title = f"Where 256 numbers are added, the token is read back in {right[256]['token']:.0%} of cases"
show(plots.measured_curve(curves, "numbers in a row", "share recovered", title, doubling=True))
for name, rows in {"learned": tables, "random": control}.items():
    shares = ", ".join(f"{part} {share:.0%}" for part, share in read_back(rows, 256).items())
    print(f"{name} rows, all 256 numbers: {shares}")

# %% [markdown]
# The rows lie nearly at right angles, as random ones do: token and position a little nearer, position and segment a
# little less. (Most of the latter comes from one column of 256, the 16th: the largest in both segment rows. There the
# lines dip.) With many numbers there is room, and the three parts can be told apart again. Random rows have that room as well:
# training is not the cause. With few numbers adding loses something.
#
# ## More: what does a position row know?
#
# Nobody told the model that place 8 lies beside place 9. Each place has a row of its own, started at random. If the model
# has learned which places are neighbours, rows of near places should be more alike than rows of far ones. There are 128
# rows, for the places 0 to 127, and so none for a place 128. The last lines ask for a text of 129 pieces.

# %% tags=["slide"]
def alike(network, farthest=32):
    """The mean cosine of two position rows, for each distance between the places."""
    rows = torch.nn.functional.normalize(network.bert.embeddings.position.weight)
    cosines = rows @ rows.T  # (places, places)
    return [(apart, cosines.diagonal(apart).mean().item()) for apart in range(1, farthest + 1)]


curves = {"BERT (mini)": alike(mini), "untrained": alike(fresh)}
near, by_chance = (points[0][1] for points in curves.values())
title = f"Rows of neighbours: mean cosine {near:.2f}, untrained {by_chance:.2f}"
show(plots.measured_curve(curves, "places apart", "mean cosine", title))
print("places apart, and the mean cosine:")
for name, network in {"mini": mini, "story BERT": model, "its GPT twin": gpt, "untrained": untrained}.items():
    cosines = dict(alike(network))
    print(f"{name:12}", ", ".join(f"{apart}: {cosines[apart]:.2f}" for apart in (1, 2, 4, 8, 16, 32)))
try:
    model(torch.ones(1, 129, dtype=torch.long))
except ValueError as error:
    print("\na text of 129 pieces:", error)

# %% [markdown]
# `mini` has learned it: on the whole, the farther apart two places, the less alike their rows, with little left at
# `32`. So has the GPT twin, whose near rows are the most alike. In the story BERT it is uneven: rows two places apart are
# more alike than neighbours. Untrained rows show nothing. (For published models see Wang and Chen 2020.) What the layers
# make of it, rows alone cannot say.
#
# ### Exercise, predict: what is alike without positions?
#
# `mini` reads this text, and its position table is all zeros:
#
# 0 `[CLS]`, 1 *he*, 2 *shut*, 3 *the*, 4 `[MASK]`, 5 *and*, 6 *went*, 7 *down*, 8 *the*, 9 `[MASK]`, 10 `.`, 11 `[SEP]`
#
# Which places have, after the last layer, the same vector as another place? Give a list of groups of numbers, such as
# `[[0, 11], [5, 6, 7]]`. Leave out the places that are like no other.

# %%
def my_prediction():
    """Groups of places whose last vectors are the same when there are no positions."""
    ### BEGIN SOLUTION
    return [[3, 8], [4, 9]]
    ### END SOLUTION


# %%
check.alike_without_positions(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Two places begin with the same vector when all the rows added there are the same. Which rows are left to add?
# </details>
#
# <details><summary>A second hint</summary>
#
# If two places begin alike and nothing says which is which, each layer does the same to both. If they begin apart,
# nothing makes them one. So look for pieces that occur twice.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: what it costs to have no positions
#
# First `mini` with two holes, with its positions and without. Then a recording, too long to run here: three BERTs that
# read stories of a smaller world. The first has positions. The second is the first with its positions removed. The third
# was trained without. The *unigram guess* never looks at the text: it only knows how common each piece is.

# %%
from bertlab.lessons.experiments import recorded
from bertlab.training import fill_mask

asked = "She [MASK] at him and [MASK] her head."
for name, network in {"mini": mini, "no positions": no_positions(mini)}.items():
    holes = [", ".join(each.piece for each in hole[:4]) for hole in fill_mask(network, novel_words, asked)]
    print(f"{name:12} first hole: {holes[0]:30} second hole: {holes[1]}")
run = recorded("without_positions")
print(f"\n{run}\nloss at hidden places, 30% of a story hidden, mean of three seeds:")
for who in dict.fromkeys(each["who"] for each in run.rows):
    low, high = run.spread("nats", who=who)
    print(f"{who:21} {run.mean('nats', who=who):.2f} nats ({low:.2f} to {high:.2f})")

# %% [markdown] tags=["homework"]
# ## Homework
#
# The model that lost its positions does worse than the unigram guess. The one that never had any does better than that:
# a bag of words is worth something. It is still far worse than the model with positions. (Part of the distance is that all
# holes of a text get one guess.)
#
# So what a trained model depends on, and what can be learned without it, are two questions. Lesson 05 asks both questions
# about a layer's parts.
#
# ### Exercise, find the bug: text B cannot hear text A
#
# This stood in a library in 2018 (AllenNLP, pull request 2145), and is retold here. No error was raised, and all shapes
# fitted. Its authors read single texts and looked for names in them. After the repair their score (F1, at most 100) rose
# from 95.2 to 95.5, no more. With pairs the error becomes visible: change every word of text A, and no vector of text B
# moves.

# %%
def their_read(network, batch):
    """The last vectors of a batch. (batch, seq, hidden)"""
    ids, segments, mask = batch["input_ids"], batch["token_type_ids"], batch["attention_mask"]
    return network(ids, mask, segments).last_hidden_state


one, other = (as_tensors(tokenizer(a, "Ben smiled.")) for a in ("Anna saw Ben.", "Omar met Julia."))
same("text B, for two texts A", their_read(model.bert, one)[0, 6:], their_read(model.bert, other)[0, 6:])

# %%
def my_read(network, batch):
    """The last vectors of a batch, repaired. (batch, seq, hidden)"""
    ### BEGIN SOLUTION
    return network(
        input_ids=batch["input_ids"],
        token_type_ids=batch["token_type_ids"],
        attention_mask=batch["attention_mask"],
    ).last_hidden_state
    ### END SOLUTION


# %%
check.reading(my_read)

# %% [markdown]
# <details><summary>A hint</summary>
#
# The batch is right. What does the model take in second place, and what in third? Ask
# `inspect.signature(model.bert.forward)`.
# </details>
#
# <details><summary>A second hint</summary>
#
# The segments arrive as attention mask: 0 for all of A, so nobody looks at A. Give each argument by its name, and the
# order no longer matters.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# **Next:** each place knows its piece, its segment and its position, and nothing of its neighbours. So *bat* in *A bat near
# the cave* and in *A bat near the goal* begins with one and the same vector. In lesson 04 the places look at one another.
