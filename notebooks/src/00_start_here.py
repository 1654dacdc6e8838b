# %% [markdown] tags=["core", "slide"]
# # 00 · Start here: a sentence with a hole
#
# *He shut the ▢ behind him and went down the stairs.*
#
# What is missing? Which words told you?

# %%
# Click here and press Shift+Enter: the cell checks whether all will run on this machine.
import math

import bertlab.doctor
from bertlab.lessons import check, course_test, guess, prerequisites, progress, quiz, reveal
from bertlab.lessons.instruments.first_wonder import bars, chances, hide, trust, two_columns

status = bertlab.doctor.main(brief=True)

# %% [markdown]
# You have filled the hole already, and you have never seen that sentence. Did you use the words before the hole, the
# words after it, or both?
#
# From this game BERT learned most of what it knows. It was shown texts with holes, guessed, and was corrected. Nobody
# explained grammar to it, or gave it a dictionary. (There was a second, smaller game: which sentence follows? That is
# lesson 07.)
#
# After this lesson you can
#
# 1. hide a word of your own sentence, and read what BERT says about it,
# 2. read a loss in nats as a number of choices,
# 3. name what a claim about a network needs beside it,
# 4. say whether a guess was poor, or whether nobody could be sure.
#
# This is your own copy: change anything. `bertlab reset 00`, typed in a terminal, brings the lesson back and keeps what
# you did.
#
# ## The game
#
# A small BERT comes with this course. It has read old novels, some other old books and fairy tales, and nothing else.
# Say your own word for the hole first, aloud. Then run the cell.

# %% tags=["slide"]
from bertlab.training import fill_mask

model, tokenizer = bertlab.load("mini")
hole = hide("He shut the door behind him and went down the stairs.", "door")
guesses = fill_mask(model, tokenizer, hole)[0]
bars(guesses, hole, right="door")
known, shown = len(tokenizer), sum(guess.probability for guess in guesses)
print(f"BERT knows {known:,} pieces. The five best got {shown:.0%} of its trust, the others {1 - shown:.0%}.")

# %% [markdown]
# Each bar is a **probability**: the share of its trust that BERT gives to a word. It has to give some to every
# **piece** it knows; all shares together are 1. A piece is a word, or a part of one: `##ness` goes on inside a word
# (lesson 02). The dark bar is the word that stood there. To BERT the hole is a piece too, `[MASK]`, which says:
# *something was here*.
#
# ## What do you believe now?
#
# Before anything is explained: twelve questions on what this course is about. They take about ten minutes. Where you do
# not know, guess, and say that you are guessing. You get no reply today, so that it is worth asking you again in
# lesson 13. Your answers stay in a file beside this notebook.
#
# With the keyboard: Tab goes on, arrow keys move among the options, Space chooses.

# %%
course_test("before")

# %% [markdown]
# ## Your own sentence
#
# Type a sentence. Press a word to hide it, and again to show it. The table has BERT's five best guesses. (The next
# section explains the loss below it. A die is one of two dice. BERT itself adds `[CLS]` in front and `[SEP]` at the
# end.)
#
# Beside it you see *where BERT looks*. The sentence stands twice: on the left who looks, on the right what is looked
# at. Each line ends at a word from which something is taken. The stronger the line, the larger that share. From each
# word on the left the shares sum to 1. These shares are called **attention**. Move the mouse over a word, or go there
# with the arrow keys, to see its lines alone.
#
# Each small map is one **head**, one way of looking: a row for each word that looks, a column for each that is looked
# at. A layer is one round of looking; this BERT has four. At first you see the mean of all. Press a map to see one
# head. (Leave the switch for later.)
#
# This is a small reader. It knows common phrases far better than things. Ask first for a word that the phrase demands,
# such as *time*. Then ask for a thing: the *dog* in "The dog barked all night."

# %% tags=["slide"]
from bertlab.reader import reader
from bertlab.views import AttentionLab

AttentionLab(reader(model, tokenizer), "I have not seen him for a long time.", hide="time")

# %% [markdown]
# ## How good is a guess? Nats
#
# Two people guess the same word. One gave it half of her trust, the other a tenth. She did better. By how much?
#
# Take the probability $p$ that was given to the *right* word. For BERT it is `trust(model, tokenizer, hole)["door"]`,
# one number. Take the negative logarithm of it: $-\log p$. The less one trusted the truth, the larger it is. It is 0
# only for someone who was certain, and right. That number is the **loss**. With the natural logarithm its unit is the
# **nat**.

# %%
for sides in (2, 5, 10):
    print(f"trust 1/{sides:<3} loss {-math.log(1 / sides):.4f} nats")

# %% [markdown]
# Whoever gives half to each side of a fair coin loses `0.6931` nats each time. On average no other split does better. A
# die with ten sides costs `2.3026`. So read a loss as a die: it costs as much as an even guess among so many choices.
# Sides need not be whole. (The picture says *as unsure as with a die*. But who is sure and wrong has a large loss too.)
#
# Why the logarithm, and not the sides themselves? Throw a coin, then a die with five sides: ten outcomes. Choices
# multiply, losses add up: `0.6931` and `1.6094` make `2.3026`. So the losses of many holes can be added, and their mean
# taken.
#
# ### Exercise, write it: how many choices?
#
# A coin's loss must give 2, the loss of the ten-sided die 10.


# %%
def choices(loss):
    """How many equally likely choices have this loss? The loss is in nats."""
    ### BEGIN SOLUTION
    return math.exp(loss)
    ### END SOLUTION


# %%
check.choices(choices)

# %% [markdown]
# <details><summary>A hint</summary>
#
# With n equally likely choices each gets the trust 1/n. So the loss is -log(1/n), which is log(n).
# </details>
#
# <details><summary>A second hint</summary>
#
# You know log(n) and want n. What undoes a natural logarithm? Python has it in `math`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## Is it learned, or is it in the design?
#
# Ask this about anything that a network does. So we build a second one: the same layers, the same sizes, the same
# pieces. But its parameters, the numbers that learning changes, are random, and nobody has shown it a sentence.
# Something that should not be able to do it, and is asked anyway, is called a **control**.
#
# **Guess before you run.** The untrained network gets the same sentence. What will it say?
#
# - (a) Much the same words, only less surely: the design itself knows something of language.
# - (b) Every piece it knows gets about the same small share.
# - (c) The commonest words, such as *the* and *and*.

# %%
guess("00-untrained")

# %% tags=["slide"]
import torch

from bertlab.model import BertForPreTraining


def untrained(seed):
    """A network of the same design with random parameters; each seed draws others."""
    torch.manual_seed(seed)
    return BertForPreTraining(model.config).eval()


best, even = max(trust(untrained(0), tokenizer, hole).values()), 1 / known
reveal("00-untrained", best=f"{best:.4%}", even=f"{even:.4%}", times=f"{best / even:.1f}")
beside = {"BERT": reader(model, tokenizer), "untrained": reader(untrained(0), tokenizer, trained=False)}
AttentionLab(beside, "She was very fond of him.", hide="fond")

# %%
# Three draws in numbers.
holes = {"door": hole, "fond": "She was very [MASK] of him.", "horse": "He mounted his [MASK] and rode away."}
print("the favourite at each hole, and the sides of the right word's die")
print(" " * 8, *(f"{word:>18}" for word in holes))
for name, network in {"trained": model, **{f"seed {seed}": untrained(seed) for seed in range(3)}}.items():
    trusts = {word: trust(network, tokenizer, asked) for word, asked in holes.items()}
    print(f"{name:8}", *(f"{max(each, key=each.get):>9}{1 / each[word]:9,.1f}" for word, each in trusts.items()))
# Are strong lines the reasons? From the hole of *door*, mean of all heads; then one more word is hidden.
tokens = beside["BERT"](hole).tokens
lines = {name: read(hole).attentions.mean(axis=(0, 1))[tokens.index("[MASK]")] for name, read in beside.items()}
strongest = ", ".join(f"{name} {shares.max():.0%}" for name, shares in lines.items())
print(f"\nthe strongest line from the hole: {strongest}; if all were even, {1 / len(tokens):.0%}")
print(f"loss of door: {-math.log(trust(model, tokenizer, hole)['door']):.2f} nats")
for word, which in [("behind", 1), ("the", 2), ("shut", 2)]:  # which of the two holes is door's
    loss = -math.log(trust(model, tokenizer, hide(hole, word), which)["door"])
    share = lines["BERT"][tokens.index(word)]
    print(f"{share:.0%} goes to {word}. When that is hidden too, the loss of door is {loss:.2f} nats.")

# %% [markdown]
# The untrained networks throw dice with thousands of sides. Some have more sides than there are pieces, some fewer:
# that is chance. For all three holes the favourite is the same; with another seed it is another. That they answer in
# English shows nothing. The list of pieces was made from books, and each network has it.
#
# The untrained network has lines as well, and looks nearly evenly at everything. So a line is no sign of learning. Is a
# strong line in the trained one a reason? Its strongest goes to *behind*, and without *behind* it loses no more. The
# first *the* has nearly as strong a line, and without *the* it loses somewhat more. *shut* has a line about half as strong, and
# without *shut* it loses most by far. So a strong line may be a reason, or may be none, and the main reason may have a
# weak line. This is one sentence, and one way to take a word away. Lesson 10 tests more.
#
# ## Before the hole, or after it?
#
# Back to the question at the beginning. The picture says that BERT “sees both sides”. Does it matter? These two
# sentences differ only to the *right* of the hole:
#
# > *He was ▢ years old.* — *He was ▢ to go home.*
#
# **Guess before you run.** Will BERT's answer for the hole be the same in both?
#
# - (a) The same: it reads from left to right, and up to the hole nothing differs.
# - (b) Quite another answer: the words after the hole can decide it.
# - (c) Nearly the same: the words before the hole decide, those after it change little.

# %%
guess("00-both")

# %%
# The control: the same network, the same numbers, and a card that covers all words to the right.
with_card = BertForPreTraining(model.config.replace(causal=True)).eval()
with_card.load_state_dict(model.state_dict())
pair = ["He was [MASK] years old.", "He was [MASK] to go home."]


def moved(network):
    """The share of trust that changes hands when only the right side changes: 0 none, 1 all."""
    first, second = [trust(network, tokenizer, asked) for asked in pair]
    return sum(max(0, first[piece] - second[piece]) for piece in first)


for asked in pair:
    best = [f"{guess.piece} {guess.probability:.0%}" for guess in fill_mask(model, tokenizer, asked, top=4)[0]]
    print(f"{asked:26} {', '.join(best)}")
reveal("00-both", moved=f"{moved(model):.0%}", card=f"{moved(with_card):.4f}")
# One side covered, word by word: BERT has practised with holes, and never with the card.
covered = {
    "door": ("He shut the [MASK]" + 7 * " [MASK]" + ".", 4 * "[MASK] " + "behind him and went down the stairs."),
    "fond": ("She was very [MASK] [MASK] [MASK].", 4 * "[MASK] " + "of him."),
}
for word, (left, right) in covered.items():
    asked = [(holes[word], 1), (left, 1), (right, 4), (len(holes[word].split()) * "[MASK] " + ".", 4)]
    both, before, after, none = [1 / trust(model, tokenizer, text, which)[word] for text, which in asked]
    print(f"{word}: a die of {both:.1f} sides; only words before {before:.1f}, only after {after:.0f}, none {none:.0f}")

# %% [markdown]
# A network with such a card over all words to the right is called **causal**. (The switch in the pictures further up is
# the card: put it on.)
#
# So *which words told you?* The last two lines answer, for this reader. With no word at all the die has more than a
# thousand sides. (For *fond* more than there are pieces: it gets less trust than by an even guess.) For *door*, the words
# before the hole are nearly enough. For *fond*, neither side is enough alone; together they leave hardly a choice. It
# depends on the sentence.
#
# ## How sure can one be?
#
# BERT gave *door* nearly all its trust, and not all. Should it be certain? For a novel nobody knows how sure one *could*
# be. So this course has a second world. A small program tells stories there, by rules that anybody can read
# (`data/story/full`). Whoever knows the rules can compute for each hole how sure one can be. The mean loss of that
# reader is the **limit**. On one hole another reader may have more luck; on average nobody gets below it. A second BERT
# has read such stories. Nobody told it the rules.
#
# > *Today Julia is happy. For her birthday she gets an odd crown. Julia hopes to see the castle again.*
#
# In this world presents belong to places: a crown only to a castle, a bucket only to a farm. Hide *castle*, and one can
# be sure. Now hide *crown* instead.
#
# **Guess before you run.** How sure of *crown* can the best possible reader be, who knows every rule of this world?
#
# - (a) Sure, or almost: a good enough reader always knows.
# - (b) As sure as one can be of a small die: a few things are equally likely.
# - (c) Hardly at all: a present can be anything.

# %%
guess("00-sure")

# %% tags=["slide"]
from bertlab.corpora.story import StoryWorld

world = StoryWorld.load("full")
story_bert, _ = bertlab.load("story-bert")
story = "Today Julia is happy. For her birthday she gets an odd crown. Julia hopes to see the castle again."
for word in ("castle", "crown"):
    found = chances(story_bert, world, story, word)
    two_columns(found, hide(story, word))
likely = [chance for chance in found if chance.exact > 0.001]
exact = ", ".join(f"{chance.piece} {chance.exact:.0%}" for chance in likely)
guessed = ", ".join(f"{chance.piece} {chance.guessed:.0%}" for chance in likely)
reveal("00-sure", exact=exact, bert=guessed)
readers = {"knows the rules": [chance.exact for chance in likely], "BERT": [chance.guessed for chance in likely]}
for who, shares in {**readers, "always sure": [0.97, 0.01, 0.01, 0.01]}.items():
    print(f"{who:15}  mean loss, each of the four once: {sum(-math.log(p) for p in shares) / 4:.2f} nats")

# %% [markdown]
# BERT gave *crown* more than the best reader did. That was luck: where *sword* stands there, it loses more. Look at the
# mean losses. Real text is like this too. *He was three years old* and *He was five years old* leave the same text when
# the number is hidden. No reader can be certain and right both times.
#
# ## What this does not show
#
# - That BERT *understands*. It fills holes well where many sentences like yours were read. That is all we have seen.
# - What the lines *mean*. They show from where numbers are taken, not why a word was chosen. Lesson 10 tests it.
# - That reading on both sides is *better*. Whoever wants to write the next word has no right side. See lesson 09.
# - How good it is in general. A few sentences are no measure. Lesson 08 measures on many holes.
#
# ## The map
#
# | lesson | the question it settles | |
# | --- | --- | --- |
# | 00 start here | what does a network say that learned from filling holes? | ready |
# | 01 why context | one word, two meanings: one vector or two? | ready |
# | 02 WordPiece | what is a "piece", and who chose them? | ready |
# | 03 embeddings | how do words, places and sentences become numbers? | ready |
# | 04 self-attention | what is a line in the picture above, exactly? | ready |
# | 05 the encoder | why several heads and several layers? | ready |
# | 06 masked language model | why holes, and why not without? | ready |
# | 07 next sentence prediction | does BERT know which sentence follows? | ready |
# | 08 train a mini BERT | what happens, step by step, while it learns? | ready |
# | 09 BERT against GPT | who wins where, and why? | ready |
# | 10 reading attention | what do the lines show, and what do they not? | ready |
# | 11 fine-tuning: a label for a text | how many labels is it worth to have read before? | ready |
# | 12 fine-tuning: words, spans, pairs | how little changes for names, answers and meaning? | ready |
# | 13 real BERT | how large and how slow are the published ones, and what came after? | ready |
#
# ## Three questions

# %%
quiz("00")
progress()

# %% [markdown] tags=["more"]
# ## More: six questions, and six times five minutes
#
# Six questions on what the next lessons take for granted. Do the practice of those that you answered wrongly. Say what
# each line will print, run the cell, then change a number.

# %%
prerequisites()

# %% [markdown]
# ### Practice 1: shapes
#
# A tensor's shape lists its axes. A matrix product takes away the axis on which the two meet; axes in front are
# carried along. Then give `matrix` the shape (5, 3). What does the error say?
#
# <details><summary>An answer</summary>
#
# The last axis of `vectors` has length 8, the first of `matrix` now 5. They cannot meet.
# </details>
#
# ### Practice 2: broadcasting
#
# Two shapes are compared from the right. An axis that is missing, or has length 1, is repeated. All others must be
# equal. Then add a tensor of shape (2,). Why does that fail?
#
# <details><summary>An answer</summary>
#
# The last axes are 3 and 2: not equal, and none is 1. The shape (2, 1) would do.
# </details>
#
# ### Practice 3: softmax
#
# Softmax turns scores into shares that sum to 1: $e$ to each score, divided by the sum of all. Only differences between
# scores count. What must you do to the scores so that one share becomes nearly 1?
#
# <details><summary>An answer</summary>
#
# Multiply them by a large number: the differences grow.
# </details>

# %%
# Practice 1: shapes
vectors, matrix = torch.ones(2, 5, 8), torch.ones(8, 3)  # two texts, five words, eight numbers a word
print((vectors @ matrix).shape)
print((vectors @ vectors.transpose(1, 2)).shape, "every word with every word")
print(vectors[:, 0].shape, "the first word of each text")
print(vectors.mean(dim=1).shape, "the mean over the words")

# %%
# Practice 2: broadcasting
scores = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])  # (2, 3)
print(scores + torch.tensor([10.0, 20.0, 30.0]), "(3,): the same for each row")
print(scores + torch.tensor([[100.0], [200.0]]), "(2, 1): one number for each row")
print((torch.ones(3, 1) + torch.ones(4)).shape)

# %%
# Practice 3: softmax
scores = torch.tensor([1.0, 2.0, 4.0])
print(scores.exp() / scores.exp().sum(), "by hand")
print(scores.softmax(dim=0))
print((scores + 5).softmax(dim=0), "5 added to each")
print((scores * 3).softmax(dim=0), "each times 3")

# %% [markdown]
# ### Practice 4: the cosine
#
# The cosine says whether two vectors point the same way, whatever their lengths. It is the dot product divided by both
# lengths. Find a vector whose cosine with `one` is 0.
#
# <details><summary>An answer</summary>
#
# For example (4, -3): 3 · 4 - 4 · 3 is 0.
# </details>
#
# ### Practice 5: cross-entropy in nats
#
# It is the loss of this lesson: $-\log$ of the share that the right answer got. The other shares do not matter.
# PyTorch's function takes *scores*, and applies softmax itself. Which share would make the loss 0.69?
#
# <details><summary>An answer</summary>
#
# One half: it is the coin again.
# </details>
#
# ### Practice 6: the gradient
#
# The gradient says how the loss changes when a parameter grows a little. A step goes the other way: the parameter,
# minus the gradient times a small number, the learning rate. Set it to 1.1. What happens?
#
# <details><summary>An answer</summary>
#
# Each step lands on the other side, further from 3 than before. The loss grows.
# </details>

# %%
# Practice 4: the cosine
one, other = torch.tensor([3.0, 4.0]), torch.tensor([4.0, 3.0])
for name, vector in [("other", other), ("ten times other", 10 * other), ("minus other", -other)]:
    print(f"{name:16} {(one @ vector / (one.norm() * vector.norm())).item():.2f}")

# %%
# Practice 5: cross-entropy in nats
shares, right = torch.tensor([0.7, 0.2, 0.1]), 1
print(f"{-math.log(shares[right]):.4f} nats by hand, {-math.log2(shares[right]):.4f} bits")
print(torch.nn.functional.cross_entropy(shares.log(), torch.tensor(right)))

# %%
# Practice 6: the gradient
parameter, learning_rate = torch.tensor(1.0, requires_grad=True), 0.1
for step in range(6):
    loss = (parameter - 3) ** 2
    loss.backward()
    print(f"parameter {parameter:.3f}   loss {loss:.3f}   gradient {parameter.grad:.3f}")
    parameter.data -= learning_rate * parameter.grad
    parameter.grad = None

# %% [markdown]
# ### Exercise, predict: the mean of four dice
#
# A reader fills four holes. The right words got the trust 1/2, 1/8, 1/2 and 1/8. Take the mean of the four losses. How
# many sides has *its* die? No computer is needed. Return your number.


# %%
def my_prediction():
    """How many equally likely choices does the mean of the four losses stand for?"""
    ### BEGIN SOLUTION
    return 4
    ### END SOLUTION


# %%
check.mean_of_dice(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# A die with eight sides is as unsure as three coins: 2 · 2 · 2 choices. Their losses add up.
# </details>
#
# <details><summary>A second hint</summary>
#
# One coin, three coins, one, three. How many coins is that on average? And how many outcomes have so many coins?
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# Two coins on average. The large die counts less than in the mean of the sides, which is 5.
#
# </details>

# %% [markdown] tags=["homework"]
# ## Homework
#
# ### Exercise, find the bug: the loss of a text
#
# Somebody wants the mean loss over all words of a text, given as one list of trusts for each sentence. The next cell
# asks twice, with the same trusts. Only the full stops stand elsewhere, and still the loss changes. Find the reason,
# and write the function so that each *word* counts alike.
#
# Such a bug was found in October 2024 in the documentation of the library `transformers`, in its recipe for perplexity
# (pull request 34387). Perplexity is another word for our die.


# %%
def loss_of_text(text):
    """The mean loss of a text in nats. For each sentence, the trust that each right word got."""
    losses = [sum(-math.log(share) for share in sentence) / len(sentence) for sentence in text]
    return sum(losses) / len(losses)


print(f"{loss_of_text([[0.5], [0.1, 0.1, 0.1]]):.4f} nats in two sentences")
print(f"{loss_of_text([[0.5, 0.1, 0.1, 0.1]]):.4f} nats in one")


# %%
def mended(text):
    """The mean loss of a text in nats, in which each word counts alike."""
    ### BEGIN SOLUTION
    losses = [-math.log(share) for sentence in text for share in sentence]
    return sum(losses) / len(losses)
    ### END SOLUTION


# %%
check.loss_of_text(mended)

# %% [markdown]
# <details><summary>A hint</summary>
#
# How much does a word count that stands alone in its sentence? How much does one of three?
# </details>
#
# <details><summary>A second hint</summary>
#
# First put the losses of all words into one list. Then take one mean.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ### Find its limits
#
# In the lab above, find a sentence in which you are sure of the hidden word and BERT is not. What does it lack: a word
# it never read, a fact about the world, a clue that stands too far away? Change one thing at a time. Then make a
# sentence shorter, word by word, and watch the guesses become those that are common anywhere. Bring both to the next
# lesson.
#
# **Next:** *He got bit by Python. Python is a popular programming language.* Does a network have one vector for the
# word, or two? Lesson 01.
