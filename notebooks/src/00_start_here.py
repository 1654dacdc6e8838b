# %% [markdown] tags=["core"]
# # 00 · Start here: a sentence with a hole
#
# *He shut the ▢ behind him and went down the stairs.*
#
# You have filled the hole already, before you came to the end of this line. How did you do it? You have never seen
# that sentence. And did you use the words before the hole, the words after it, or both?
#
# This is the game from which BERT learned most of what it knows. Again and again it was shown a text with holes,
# guessed, and was corrected. (There was a second, smaller game: which sentence follows? That is lesson 07.) No grammar
# and no dictionary was ever explained to it. In this lesson you play against it.
#
# After it you can
#
# 1. hide a word in a sentence of your own and read what BERT says about it,
# 2. read a loss in **nats** as a number of choices,
# 3. say what a network of the same shape knows that was never trained,
# 4. tell a guess that is poor from a word that nobody could be sure of,
# 5. find your way through the fourteen lessons.
#
# *How to work here:* click on a grey cell and press **Shift+Enter**. It runs, and the next one is chosen. Run the cells
# in order. This is your own copy: change anything. `bertlab reset 00`, typed in a terminal, brings the lesson back and
# keeps what you did.

# %%
import math

import bertlab
from bertlab.lessons import check, guess, progress, quiz, reveal
from bertlab.lessons.instruments.first_wonder import bars, chances, hide, two_columns
from bertlab.training import fill_mask

# %% [markdown]
# ### Will everything run here?
#
# One cell looks at this machine. A line that begins with *problem* says how to mend it; a *note* may be ignored.

# %%
from bertlab import doctor

status = doctor.main()

# %% [markdown]
# ## The game
#
# A small BERT comes with this course. It has read old novels, some other old books and fairy tales, and
# nothing else: no newspaper, no web page, no word about you or me.
#
# Say your own word for the hole first, aloud. Then run the cell.

# %%
model, tokenizer = bertlab.load("mini")
sentence = "He shut the door behind him and went down the stairs."
hole = hide(sentence, "door")
guesses = fill_mask(model, tokenizer, hole)[0]
bars(guesses, hole, right="door")
known, shown = len(tokenizer), sum(guess.probability for guess in guesses)
print(f"BERT knows {known:,} pieces. The five best got {shown:.0%} of its trust, all others {1 - shown:.0%}.")

# %% [markdown]
# Each bar is a **probability**: the share of its trust that BERT gives to this word. It has to give some to every word
# it knows; all shares together are 1. The picture shows the five that got most. The dark bar, if there is one, is the
# word that stood there. The hole is written `[MASK]`. To BERT it is a word like any other, one that says: *something
# was here*.
#
# ### Is that learned, or is it in the design?
#
# A good question about anything a network does. So we build a second one: the same layers, the same sizes, the same
# vocabulary, but fresh from the factory. Its parameters are random numbers. Nobody has shown it a sentence.
#
# **Guess before you run.** The untrained network gets the same sentence. What will it say?
#
# - (a) Much the same words, only less surely: the design itself knows something of language.
# - (b) Every piece it knows gets about the same small share.
# - (c) The commonest words, such as *the* and *and*.

# %%
guess("00-untrained")

# %%
import torch

from bertlab.model import BertForPreTraining

torch.manual_seed(0)
untrained = BertForPreTraining(model.config).eval()
empty_guesses = fill_mask(untrained, tokenizer, hole)[0]
bars(empty_guesses, hole, who="The untrained network", beside=guesses)

# %%
best, even = empty_guesses[0].probability, 1 / known
reveal("00-untrained", best=f"{best:.3%}", even=f"{even:.3%}", times=f"{best / even:.1f}")

# %% [markdown]
# ## How good is a guess? Nats
#
# Two people guess the same word. One gave it half of her trust, the other a tenth. Who did better is plain. By how
# much?
#
# We take the probability that was given to the *right* word, and of that the **negative logarithm**. The less one
# trusted the truth, the larger it is, and it is 0 only for someone who was certain, and right. That number is the
# **loss**. With the natural logarithm its unit is the **nat**.

# %%
for trust in (0.9, 0.5, 0.1):
    print(f"trust {trust:.1f}   loss {-math.log(trust):.4f} nats")

# %% [markdown]
# So she lost `0.6931` nats and he lost `2.3026`. There is a picture that makes such a number easy to hold. A fair coin
# gives each side a trust of one half; whoever guesses coins loses `0.6931` nats each time, and cannot do better. A die
# with ten sides costs `2.3026` nats. **A loss is the number of sides of the die, in disguise.**
#
# ### Exercise: take the disguise off
#
# Write the function that says how many equally likely choices a loss stands for. A coin's loss must give 2, that of the
# ten-sided die 10.

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
# With n equally likely choices each gets the trust 1/n, and the loss is -log(1/n) = log(n). You know the loss and want
# n. What undoes a natural logarithm?
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ### Now the two networks
#
# How many sides has the die for each of them, when the hidden word is *door*?

# %%
from bertlab.pretrained import as_tensors


def trust_at_hole(network, asked):
    """The probability of every piece at the first hole. -> (vocabulary,)"""
    reading = tokenizer(asked)
    logits = network(**as_tensors(reading)).prediction_logits[0, reading.tokens.index("[MASK]")]
    return logits.softmax(dim=-1)


def loss_of(network, asked, right):
    """The loss in nats, when we know which piece is right."""
    return -math.log(trust_at_hole(network, asked)[tokenizer.vocab[right]].item())


for name, network in [("trained", model), ("untrained", untrained)]:
    loss = loss_of(network, hole, "door")
    print(f"{name:9}  loss {loss:.2f} nats: as unsure as before a die with {math.exp(loss):,.0f} sides")

# %% [markdown]
# The untrained network throws a die with thousands of sides: for some words more than there are pieces, for others
# fewer, and that is chance. What the trained one does better, it learned by reading. One word is only one word, though:
# ask for another, and change the seed, before you believe it.
#
# ## Your own sentence
#
# Type a sentence. Press a word to hide it, and press it again to show it. The table has BERT's five best guesses for
# what you hid, and what they lose. Beside it you see *where BERT looks*: each line begins at a word on the left and ends
# at a word it draws on, and the stronger the line, the more it draws. Rest with the mouse on a word, or go there with the
# arrow keys, to see its lines alone. Each small map is one **head**, one way of looking. At first you see the mean of all;
# press a map to see its head alone. (Leave the switch for later.)
#
# It is a small reader: it knows turns of phrase far better than things. Ask first for a word that the phrase around it
# demands, as *time* below; then for a thing, such as the *horse* in "He mounted his horse and rode away."

# %%
from bertlab.reader import reader
from bertlab.views import AttentionLab

AttentionLab(reader(model, tokenizer), "I have not seen him for a long time.", hide="time")

# %% [markdown]
# The same without buttons, to copy and change:

# %%
from bertlab.pretrained import encoder
from bertlab.views import head_view

mine = hide("She was very fond of him.", "fond")
bars(fill_mask(model, tokenizer, mine)[0], mine, right="fond")
head_view(encoder(model, tokenizer), mine)

# %% [markdown]
# ### And where does the untrained one look?
#
# Lines are drawn for it as well. Look at them before you say that a picture of lines proves anything.

# %%
head_view(encoder(untrained, tokenizer), mine)

# %%
def strongest_look(network):
    """The mean over all words, heads and layers of the largest share that goes to one word."""
    _, attentions = encoder(network, tokenizer)(mine)
    return sum(layer.max(axis=-1).mean() for layer in attentions) / len(attentions)


even = 1 / len(tokenizer(mine))
print(f"an even look at every word gives each {even:.2f}")
print(f"strongest look, on average: trained {strongest_look(model):.2f}, untrained {strongest_look(untrained):.2f}")

# %% [markdown]
# The untrained network looks nearly evenly at everything: it begins with small numbers. The trained one looks sharply.
# But sharp is not yet wise: large random numbers would look sharply too, at anything. *Where* it looks, and whether
# that helps, is for lesson 10.
#
# ## Before the hole, or after it?
#
# Back to the question this lesson began with. Here are two sentences with the same beginning. They differ only to the
# *right* of the hole.
#
# **Guess before you run.** Will BERT's answer for the hole be the same in both?
#
# - (a) The same: it reads from left to right, and up to the hole nothing differs.
# - (b) Different: it reads the words on both sides.
# - (c) Different, but only because it reads once forwards and once backwards and puts the two together.

# %%
guess("00-both")

# %%
pair = ["He was [MASK] years old.", "He was [MASK] to go home."]
for asked in pair:
    bars(fill_mask(model, tokenizer, asked)[0], asked)

# %% [markdown]
# A difference in a picture may be chance. The control is a reader with a card that covers all words to the right: the
# *same* network, the same numbers in it, with one setting changed. If the story is right, then for this reader the
# difference must be exactly 0.

# %%
with_card = BertForPreTraining(model.config.replace(causal=True)).eval()
with_card.load_state_dict(model.state_dict())


def answers_differ(network):
    """The share of trust that moves between words when only the right side changes: 0 none, 1 all."""
    first, second = [trust_at_hole(network, asked) for asked in pair]
    return (first - second).abs().sum().item() / 2


moved, moved_with_card = answers_differ(model), answers_differ(with_card)
reveal("00-both", moved=f"{moved:.0%}", card=f"{moved_with_card:.4f}")

# %% [markdown]
# (The switch in the picture further up is this card. Put it on, and watch guesses and lines.)
#
# So to the puzzle: *did you use the words before the hole, or after it?* Ask both readers, in two sentences.

# %%
for asked, right in [(hole, "door"), (mine, "fond")]:
    both, card = [math.exp(loss_of(reader, asked, right)) for reader in (model, with_card)]
    print(f"{asked}\n    {right}: a die with {both:.0f} sides reading both ways, with {card:.0f} with the card")

# %% [markdown]
# For *door* the words before the hole do much of the work. For *fond* nearly all of it comes from the words after it.
# Which side counts depends on the sentence. And this reader never practised with the card; one that did would do better
# (lesson 09).
#
# ## How sure can one be?
#
# When BERT gives a word half of its trust, is that too little? For a sentence from a novel nobody can say: nobody knows
# how sure one *could* be. So this course has a second world. A small program tells stories there, by rules that lie
# open (`data/story/full`), and whoever knows the rules can compute for each hole how sure one can be. A second BERT has
# read such stories, and nothing else; the rules it was never told.
#
# One of them, with the word *castle* hidden:

# %%
from bertlab.corpora.story import StoryWorld

world = StoryWorld.load("full")
story_bert, _ = bertlab.load("story-bert")
story = "Today Julia is happy. For her birthday she gets an odd crown. Julia hopes to see the castle again."
two_columns(chances(story_bert, world, story, "castle"), hide(story, "castle"))

# %% [markdown]
# The left column is the truth, the right one is BERT. In this world crowns belong to castles, so one can be sure. Now
# the other way round, with *crown* hidden.
#
# **Guess before you run.** How sure of *crown* can the best possible reader be, who knows every rule of this world?
#
# - (a) Sure, or almost: a good enough reader always knows.
# - (b) As sure as one can be of a small die: a few things are equally likely.
# - (c) Hardly at all: a present can be anything.

# %%
guess("00-sure")

# %%
found = chances(story_bert, world, story, "crown")
two_columns(found, hide(story, "crown"))
likely = [chance for chance in found if chance.exact > 0.001]
reveal("00-sure", exact=", ".join(f"{c.piece} {c.exact:.0%}" for c in likely),
       bert=", ".join(f"{c.piece} {c.guessed:.0%}" for c in likely))  # fmt: skip

# %% [markdown]
# Change the hidden word, and run again: *odd*, *Julia*, *an*. Where the left column is spread out, a good BERT is
# unsure as well. Where the left one is sure and the right one is not, BERT lacks what it could have known. Lesson 08
# trains one in such a world and draws the line that nobody can cross.
#
# ## The map
#
# | lesson | the question it settles | |
# | --- | --- | --- |
# | 00 start here | what does a network say that learned from filling holes? | you are here |
# | 01 why context | one word, two meanings: one vector or two? | planned |
# | 02 WordPiece | what is a "piece", and who chose them? | planned |
# | 03 embeddings | how do words, places and sentences become numbers? | planned |
# | 04 self-attention | what is a line in the picture above, exactly? | planned |
# | 05 the encoder | why several heads and several layers? | planned |
# | 06 masked language model | why holes, and why not without? | planned |
# | 07 next sentence prediction | does BERT know which sentence follows? | planned |
# | 08 train a mini BERT | what happens, step by step, while it learns? | ready |
# | 09 BERT against GPT | who wins where, and why? | planned |
# | 10 reading attention | what do the lines show, and what do they not? | planned |
# | 11 fine-tuning: a label for a text | from filling holes to a useful task | planned |
# | 12 fine-tuning: words, spans, pairs | names, answers, meaning | planned |
# | 13 real BERT | the published models, and what came after | planned |
#
# ## What this does not show
#
# - That BERT *understands*. It fills holes well where many sentences like yours were read. That is all we have seen.
# - That the lines are *reasons*. They show where numbers come from, not why a word was chosen. Lesson 10 tests it.
# - That reading on both sides is *better*. Whoever wants to write the next word has no right side. See lesson 09.
# - How good it is on the whole. Two or three sentences are no measure. Lesson 08 measures on many holes.

# %%
quiz("00")
progress()

# %% [markdown] tags=["more"]
# ## More: take the words away
#
# What does BERT say when there is nothing to go by? Make the sentence shorter and shorter, and watch how the guesses
# become the words that are merely common. (*door* is the word we look for.)

# %%
for asked in [hole, "He shut the [MASK] behind him.", "the [MASK].", "[MASK]"]:
    loss = loss_of(model, asked, "door")
    said = ", ".join(guess.piece for guess in fill_mask(model, tokenizer, asked)[0])
    print(f"{asked}\n    {said}\n    door: a die with {math.exp(loss):,.0f} sides")

# %% [markdown] tags=["homework"]
# ## Homework: find its limits
#
# Find a sentence in which you are sure of the hidden word and BERT is not. Then find out what it lacks: a word it never
# read, a fact about the world, or a clue that stands too far away? Change one thing at a time. Bring the sentence and
# your reason to the next lesson.

# %%
my_sentence = "The doctor felt her pulse and said that she had a fever."
my_hole = hide(my_sentence, "fever")
bars(fill_mask(model, tokenizer, my_hole)[0], my_hole, right="fever")

# %% [markdown]
# **Next:** lesson 08 is ready now; it trains a BERT while you watch. The lessons between the two are being written.
