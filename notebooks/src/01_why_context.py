# %% [markdown] tags=["core", "slide"]
# # 01 · Why context
#
# *He got bit by Python.*
#
# *Python is a popular programming language.*
#
# Which word tells you what *Python* is? On which side?

# %% [markdown]
# A snake, and a language. In the first sentence the word that tells you stands to the left of *Python*, in the second
# to its right. You needed no dictionary. You needed the sentence.
#
# A network turns each word into a row of numbers, a vector. If *Python* always gets the same row, which of the two does
# the row mean?
#
# A word with several meanings is an **ambiguous word**, each of its meanings a **sense**. After this lesson you can
#
# 1. make the vector of a word from its neighbours, with a pencil,
# 2. say what Word2Vec and GloVe learn, and why their rows mix senses,
# 3. measure what a vector follows, and name the controls without which the number says nothing,
# 4. say in which sentences a reader with a card cannot know the sense.
#
# *From lesson 00, unaided:* someone shows you what a trained network does. What must stand beside it?
# <details><summary>Answer</summary>A control: something that should not be able to do it, such as the same network
# untrained.</details>
#
# *And:* what is a causal reader?
# <details><summary>Answer</summary>The one with the card: it sees what stands to the left, and nothing to the
# right.</details>
#
# ## A word by its neighbours
#
# How can numbers say what a word means? Look at the words beside it. Four tiny sentences: *python bit keeper*, *snake bit
# keeper*, *python sorted list*, *program sorted list*. How often do *python*, *snake*, *program* share one with *bit*,
# *keeper*, *sorted*, *list*? Use a pencil first. Rows are compared by their cosine: the dot product, divided by both
# lengths. The same direction gives 1, nothing shared gives 0.

# %%
import re

import numpy as np
import torch

from bertlab.lessons import check, guess, quiz, reveal, same
from bertlab.views import plots, show

sentences = ["python bit keeper", "snake bit keeper", "python sorted list", "program sorted list"]
columns = ["bit", "keeper", "sorted", "list"]
rows = {}
for word in ("python", "snake", "program"):
    beside = [sentence.split() for sentence in sentences if word in sentence]
    rows[word] = np.array([sum(column in each for each in beside) for column in columns])
    print(f"{word:8}", dict(zip(columns, rows[word].tolist())))


def cosine(one, other):
    """The dot product, divided by both lengths."""
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


for one, other in [("snake", "program"), ("python", "snake"), ("python", "program")]:
    print(f"cosine of {one} and {other}: {cosine(rows[one], rows[other]):.4f}")

# %% [markdown]
# *snake* and *program* share no neighbour: their cosine is `0.0000`. *python* has `0.7071` with each of them. Its row
# is near two words that have nothing to do with each other.
#
# Such a row is a **static vector**. It is kept in a table, one row for each word, and looked up. The sentence in which
# you look it up plays no part.
#
# ## A game instead of a table
#
# Counting needs a column for each word there is. **Word2Vec** learns short rows by a game (Mikolov et al. 2013,
# “Distributed Representations of Words and Phrases”, equation 4). A word gets one true neighbour, which
# stands at most five places away, and some words drawn at random. It must tell them apart. That is **negative sampling**.
#
# | in words | the paper | here | shape |
# | --- | --- | --- | --- |
# | the word's own row, the one that is kept | $v_{w_I}$ | `center` | (3) |
# | its true neighbour's row, of a second table | $v'_{w_O}$ | `neighbour` | (3) |
# | the rows of $k$ drawn words, of that table too | $v'_{w_i}$ | `drawn` | (2, 3): two words, three numbers each |
# | how sure it is of a true neighbour | $\sigma(v'^{\top} v)$ | `yes`, `no` | (), (2): from 0 to 1 |
#
# $\sigma$, the sigmoid, turns a dot product into a probability; 0 becomes one half. For a drawn word the right answer is
# “no neighbour”, which has $1-\sigma$. The loss is $-\log$ of each right answer's probability, added up.

# %%
from bertlab.model.baselines import negative_sampling_loss

center = torch.tensor([1.0, 0.0, 2.0])
neighbour = torch.tensor([1.0, 1.0, 0.5])
drawn = torch.tensor([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
yes = torch.sigmoid(neighbour @ center)  # of the true one: should be near 1
no = torch.sigmoid(drawn @ center)  # of the drawn ones: should be near 0
loss = -yes.log() - (1 - no).log().sum()
print(f"true {yes:.4f}, drawn {no[0]:.4f} and {no[1]:.4f}, loss {loss:.4f} nats")
same("loss", loss, negative_sampling_loss(center[None], neighbour[None], drawn[None])[0])

# %% [markdown]
# The dot products are 2, 0 and -1. Word2Vec gives `0.8808` to the true neighbour, and `0.5000` to the first drawn word.
# Training moves the numbers so that the loss falls. Words that stand beside the same words come to have similar rows.
#
# **GloVe** does count (Pennington et al. 2014): how often two words stand near each other. Then it learns short rows
# whose dot products, with a number added for each word, come near the logarithms of the counts (see *More*).
#
# Both now read 3,000 stories of the story world. There *Python* is the name of a snake in stories of the zoo, and a
# language in stories of the lab. Both are told equally often.
#
# **Guess before you run.** Which words will lie nearest to the row of *python*?
#
# - (a) Words of one sense alone: one of them wins.
# - (b) Words of both senses, mixed.
# - (c) Words of neither: two meanings cancel each other.

# %%
guess("01-row")

# %% tags=["slide"]
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.senses_of_a_word import homes_of
from bertlab.model.baselines import Glove, SkipGram
from bertlab.training.word_vectors import co_occurrences, nearest, number_words, thin_out, train_glove, train_skip_gram

world = StoryWorld.load("full")
stories = list(world.documents(3000))
words, text = number_words(story.words for story in stories)
random = torch.Generator().manual_seed(0)
text = thin_out(text, 0.001, random)  # most of the very common words go (the authors of GloVe kept them)
word2vec, glove = SkipGram(len(words), 48, random), Glove(len(words), 48, x_max=10.0, generator=random)
losses = list(train_skip_gram(word2vec, text, generator=random, steps=600, pairs=2048, learning_rate=0.1))
squares = list(train_glove(glove, co_occurrences(text, 5, len(words)), generator=random, steps=500))
tables, homes, alone = {"Word2Vec": word2vec, "GloVe": glove}, homes_of(world, stories), {}
print({place: sum("Python" in s.words for s in stories if s.state["topic"] == place) for place in ("zoo", "lab")})
for name, table in tables.items():
    for asked in ("python", "snake", "java"):  # snake and java have one sense each: the control
        near = [word for word, _ in nearest(table.vectors, words, asked, top=10)]
        alone[name, asked] = zoo, lab = [[word for word in near if homes[word] == {place}] for place in ("zoo", "lab")]
        print(f"{name:8} {asked:6}  zoo alone {len(zoo)}, lab alone {len(lab)}:", *near)
zoo, lab = map(", ".join, alone["Word2Vec", "python"])
reveal("01-row", zoo=zoo, lab=lab)

# %% [markdown]
# In Word2Vec's list for *python* stand words of the zoo alone and of the lab alone. (*ruby* has both senses, too.) The
# lists of *snake* and *java* lean to one side. What lies near a row depends on all that was read, not on what you are
# reading now. GloVe's three lists have no side. So here its list for *python* shows no mixing.
#
# ## Now with the sentence
#
# In this lesson BERT is a black box: a sentence goes in, no word hidden, and one vector for each word comes out. This
# BERT has read stories of the same world. Two sentences have *Python is her favorite*, and end with *snake* or with
# *language*. We look *Python* up in the tables, and let BERT read. As a control an untrained network of the same
# design reads, too.
#
# **Guess before you run.** Whose two vectors of *Python* differ?
#
# - (a) BERT's alone: the use of context must be learned.
# - (b) BERT's and the untrained network's.
# - (c) All of them: Word2Vec and GloVe have read both senses.

# %%
guess("01-untrained")

# %%
import bertlab
from bertlab.lessons.instruments.senses_of_a_word import untrained, vector_of

story_bert, tokenizer = bertlab.load("story-bert")
pair = [f"Anna is happy today. Python is her favorite {kind}." for kind in ("snake", "language")]
python = words.index("python")
two_vectors = {}
for name, table in tables.items():
    ids = [[words.index(word) for word in re.findall(r"\w+|\.", text.lower())] for text in pair]
    two_vectors[name] = [table.vectors[each][each.index(python)].numpy() for each in ids]
two_vectors["BERT, same text twice"] = [vector_of(story_bert, tokenizer, pair[0], "python") for _ in pair]
networks = {"BERT": story_bert, **{f"untrained, seed {seed}": untrained(story_bert, seed) for seed in range(3)}}
for name, network in networks.items():
    two_vectors[name] = [vector_of(network, tokenizer, text, "python") for text in pair]
for name, (first, second) in two_vectors.items():
    print(f"{name:21} largest difference {np.abs(first - second).max():.4f}, cosine {cosine(first, second):.3f}")
reveal("01-untrained", bert=f"{cosine(*two_vectors['BERT']):.2f}", other=f"{cosine(first, second):.3f}")

# %% [markdown]
# ## Same sense, other sense
#
# A vector that is computed from the whole sentence is a **contextual vector**. Even a network that has learned nothing
# makes them. So the difference alone proves nothing. The claim worth testing is another: in the *same sense*, vectors are
# more alike than in *different senses*. Take many sentences with *Python*, and all pairs of them:
#
# > gap = mean cosine of pairs in the same sense - mean cosine of pairs in different senses
#
# ### Exercise, write it: the gap
#
# `vectors` has one row for each sentence, `senses` the sense of each. No pair consists of a sentence and itself.


# %%
def my_gap(vectors, senses):
    """Mean cosine of pairs in the same sense, minus that of pairs in different ones. vectors: (sentences, numbers)"""
    ### BEGIN SOLUTION
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = unit @ unit.T
    same_sense, other_sense = [], []
    for one in range(len(senses)):
        for other in range(one):
            group = same_sense if senses[one] == senses[other] else other_sense
            group.append(alike[one, other])
    return np.mean(same_sense) - np.mean(other_sense)
    ### END SOLUTION


# %%
check.gap_of_senses(my_gap)

# %% [markdown]
# <details><summary>A hint</summary>
#
# `cosine(vectors[one], vectors[other])` is the cosine of a pair. Go through all pairs with two loops: `one` over all
# sentences, `other` over those before it.
# </details>
#
# <details><summary>A second hint</summary>
#
# Keep two lists. If `senses[one] == senses[other]`, the cosine goes into the first, else into the second. Return the
# difference of their means.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# Twenty new stories of the zoo and twenty of the lab follow. The first sentence names the place. The second has *Python*,
# and fits both. So the place says the sense. In the figure each point is the vector of one *Python*, seen from the side
# on which the points lie furthest apart.

# %% tags=["slide"]
from bertlab.lessons.instruments.senses_of_a_word import tell, vectors_of

told = tell(world, "python", each=20)
texts, places = [each.text for each in told], [each.place for each in told]
vectors = {name: vectors_of(network, tokenizer, texts, "python") for name, network in networks.items()}
show(plots.sense_scatter(vectors["BERT"], places, vectors["untrained, seed 0"], by="place"))
print(texts[0], texts[-1], f"{vectors['BERT'].shape[1]} numbers in each of {len(texts)} vectors", sep="\n")

# %% [markdown]
# Two clouds, and a large gap; in the untrained network none. So BERT keeps a snake and a language apart? One control is
# missing. Put another word in *Python*'s place, in the same forty texts. *Rice made Clara unhappy.* *rice* has one sense.
#
# **Guess before you run.** How large will the gap of *rice* be, beside that of *Python*?
#
# - (a) Near 0: with one sense there is nothing to tell apart.
# - (b) About half of it: the other half needs two senses.
# - (c) Nearly as large.

# %%
guess("01-rice")

# %%
# Controls: words of one sense; no first sentence; first sentences exchanged; the word before Python; a table.
from bertlab.lessons.instruments.sense_map import nearer
from bertlab.lessons.instruments.senses_of_a_word import exchange, instead

mixed = exchange(told, np.random.default_rng(0))
moved = next(at for at, each in enumerate(mixed) if each.place != places[at])
print(f"exchanged: {mixed[moved].text} Its second sentence came from a story of the {places[moved]}.")
in_mixed = vectors_of(story_bert, tokenizer, [each.text for each in mixed], "python")
rows = {name: (each, places) for name, each in vectors.items()} | {
    "BERT, second sentence alone": (vectors_of(story_bert, tokenizer, [t.second for t in told], "python"), places),
    "BERT, exchanged: by the place now named": (in_mixed, [each.place for each in mixed]),
    "BERT, exchanged: by the place it came from": (in_mixed, places),
    "BERT, the piece before Python": (vectors_of(story_bert, tokenizer, texts, "python", shift=-1), places),
    "Word2Vec": (np.stack([word2vec.vectors[python].numpy() for _ in texts]), places),
}
for word in ("rice", "snake", "java"):
    put = [each.text for each in instead(told, word)]
    rows[f"BERT, {word} in its place"] = (vectors_of(story_bert, tokenizer, put, word), places)
gaps = {name: round(plots.sense_gap(*row).gap, 2) + 0 for name, row in rows.items()}
print("\n".join(f"{name:44} gap {gap:+.2f}" for name, gap in gaps.items()))
for there in ("to the zoo", "to the river", "from the zoo to the lab"):
    asked = vector_of(story_bert, tokenizer, texts[0].replace("to the zoo", there), "python")
    near = nearer(asked, vectors["BERT"], places)
    print(f"Python after “{there}”: mean cosine with zoo {near['zoo']:.2f}, with lab {near['lab']:.2f}")
reveal("01-rice", python=f"{gaps['BERT']:.2f}", rice=f"{gaps['BERT, rice in its place']:.2f}")

# %% [markdown]
# *rice*, *snake* and *java* have one sense each, and in *Python*'s place their gaps are nearly as large. So the gap
# does not measure two stored senses. The vector follows the story's place. In this world that is enough to tell which
# *Python* is meant. It does not show that BERT keeps a snake and a language apart.
#
# With the stories exchanged, the gap is large by the place *now* named: the vector follows the first sentence, not the
# wording of the second. The piece before *Python* has hardly any gap. Word2Vec's is exactly 0, whatever it learned: all
# its pairs have the cosine 1.
#
# Does BERT choose from a list of two vectors? A list would have to choose after any beginning. After *to the river* the
# vector lies near neither cloud, after *from the zoo to the lab* between them.
#
# ## The card
#
# Back to the two sides. In one form the clue, *snake* or *language*, stands to the right of *Python*, in the other to
# its left. BERT reads both, and so do three readers with a card: the same BERT under one; a GPT, a network trained
# under the card to say the next word; and an untrained network of twelve layers. And `mini`, the BERT of lesson 00, reads
# our English sentences. Write down for each reader and side: will the two vectors differ? Then run the cell.

# %% tags=["slide"]
from bertlab.lessons.instruments.senses_of_a_word import with_card

deep = untrained(story_bert, 0, num_hidden_layers=12)
readers = {"BERT": story_bert, "BERT with the card": with_card(story_bert),
           "12 layers, untrained, with the card": with_card(deep), "GPT": bertlab.load("story-gpt")[0]}  # fmt: skip
sides = {"right": "{0} is happy today. Python is {1} favorite {3}.",
         "left": "{0} is happy today. {2} favorite {3} is Python."}  # fmt: skip
heroes = [("Anna", "her", "Her"), ("Tom", "his", "His"), ("Sarah", "her", "Her"), ("Omar", "his", "His")]
kinds = ["snake"] * 4 + ["language"] * 4
for side, form in sides.items():
    asked = [form.format(*heroes[number % 4], kind) for number, kind in enumerate(kinds)]
    print(f"clue on the {side}: {asked[0]}")
    for name, reader in readers.items():
        snakes_and_languages = vectors_of(reader, tokenizer, asked, "python")
        apart = np.abs(snakes_and_languages[:4] - snakes_and_languages[4:]).max()
        gap = round(plots.sense_gap(snakes_and_languages, kinds).gap, 2) + 0
        print(f"  {name:35}  largest difference {apart:.4f}, gap {gap:+.2f}")
mini, mini_tokenizer = bertlab.load("mini")
for one, other in [("Python is a popular programming language.", "Python is a large and heavy snake."),
                   ("He got paid for Python.", "He got bit by Python.")]:  # fmt: skip
    print(one, other)
    for name, reader in {"mini": mini, "mini with the card": with_card(mini)}.items():
        first, second = (vector_of(reader, mini_tokenizer, text, "python") for text in (one, other))
        print(f"  {name:35}  largest difference {np.abs(first - second).max():.4f}")

# %% [markdown]
# ### So: a snake, or a language?
#
# Where the clue stands to the right, all readers with a card have `0.0000`: at *Python* all continuations look alike to
# them. Trained or not, with four layers or twelve: it is the card that does it. (A gap of a hundredth there comes from
# the heroes: only pairs in different senses share one.) The readers without a card have read on. The BERT of the
# stories has seen which *Python* it is. Of `mini` we know only that it *can* see the clue: no gap was measured.
#
# Where the clue stands to the left, all have read it. Whether a reader uses it at this place is another question.
# GPT's gap is small even there: see *More: where GPT keeps it*.
#
# ## Your own sentence
#
# Type a sentence with the chosen word. You see where its vector lies among sentences whose sense we know. Begin with
# *Everybody wants to talk about Python.* Then put *Tom goes to the lab.* in front of it. Then choose the untrained
# reader. Last, ask BERT for *Python is her favorite snake.* alone. Both cosines are low, and the nearer one is wrong:
# no story begins without saying who. That is why our sentences began with Anna.
#
# The last reader, `mini`, has read old books, and you may write what you like. The map says what this way to judge
# is worth, and which words a reader does not know.

# %% tags=["slide"]
from bertlab.lessons.instruments.sense_map import Asked, SenseMap, in_english, in_stories

known = in_stories(world, ["python", "bark", "crane", "bass"])
asked_readers = {"BERT, stories": Asked(story_bert, tokenizer, known),
                 "untrained, stories": Asked(networks["untrained, seed 0"], tokenizer, known),
                 "mini, English": Asked(mini, mini_tokenizer, in_english())}  # fmt: skip
SenseMap(asked_readers, "python", "Everybody wants to talk about Python.")

# %% [markdown]
# ## What this does not show
#
# - That the gap belongs to the word: *rice* has it, too.
# - That BERT *understands* senses. All it knows of snakes is sentences.
# - What a large BERT does with English.
# - That static vectors are bad. They are small and fast. Where a word has one sense they may be enough.
# - That a card is bad. Whoever writes the next word has no right side. Lesson 09 compares.
# - How the senses of real words behave. Here a word has two, which have nothing in common. In real text senses
#   have no sharp border.
#
# ## Three questions

# %%
quiz("01")

# %% [markdown] tags=["more"]
# ## More: and English?
#
# The story world is small. We wrote 60 pairs of English sentences on twelve ambiguous words, such as *The flood carried
# away part of the bank. / The thief knew every guard of the bank.* The task: which of the two has which sense? The
# judge is the cosine with the other four pairs of that word: is the pair as it stands more like them than crossed over?
# By chance half are right. Beside `mini` stand three untrained networks, and a reader who only counts words. How far
# does luck reach? We swap the two senses of each pair at random, 3,000 times.

# %%
from bertlab.corpora import sense_pairs
from bertlab.lessons.instruments.senses_of_a_word import share_by_counts, share_by_luck, share_told_apart

pairs, by_layer = sense_pairs(), {}
for name, network in {"mini": mini, **{f"untrained, seed {seed}": untrained(mini, seed) for seed in range(3)}}.items():
    by_layer[name] = share_told_apart(pairs, network, mini_tokenizer)
    print(f"{name:18} {by_layer[name][-1]:.0%} of {len(pairs)} pairs told apart")
print(f"{'counted neighbours':18} {share_by_counts(pairs):.0%}")
luck = share_by_luck(pairs, mini, mini_tokenizer)
low, high = np.quantile(luck, [0.025, 0.975])
print(f"Luck alone: {low:.0%} to {high:.0%}, 19 times in 20")
print("mini after each layer:", ", ".join(f"{share:.0%}" for share in by_layer["mini"][1:]))

# %% [markdown]
# `mini` stands about where luck ends, and about where counting stands. Sixty pairs cannot settle it. Luck reaches farther
# than with sixty coins, because the pairs of a word judge each other. One layer earlier the share is larger. But to take
# the best of all layers is to choose by the result.

# %% [markdown]
# ## More: other words, other layers
#
# One word proves little. Eleven words of this world have two senses that can be asked for like that. And a BERT has
# several layers, one after another; from each comes a vector. Where does the gap arise?

# %% tags=["slide"]
from bertlab.lessons.instruments.senses_of_a_word import ambiguous_words, layers_of

by_layer = {name: [] for name in networks}
for word in ambiguous_words(world):
    some = tell(world, word, each=8)
    for name, network in networks.items():
        states = np.stack([layers_of(network, tokenizer, each.text, word) for each in some], axis=1)
        by_layer[name].append([plots.sense_gap(each, [t.place for t in some]).gap for each in states])
    bert, *others = (round(by_layer[name][-1][-1], 2) + 0 for name in networks)
    print(f"{word:7} last layer: BERT {bert:+.2f}, untrained", " ".join(f"{each:+.2f}" for each in others))
print(f"BERT before the last layer: at most {np.array(by_layer['BERT'])[:, :-1].max():+.2f} in any word")
curves = {name: list(enumerate(np.mean(gaps, axis=0).tolist())) for name, gaps in by_layer.items()}
title = "In this BERT the gap arises in the last layer"
show(plots.measured_curve(curves, "after layer", "gap, mean of 11 words", title))

# %% [markdown]
# In six words the gap is large, in *bass* smaller, in *bat*, *mouse* and *bow* small. In *seal* there is hardly any, and
# with other stories none. Where there is one, it arises in the last layer of this BERT; another training may differ.
# Whoever says “BERT's vector” must say of which layer. (Another measure: in the BERT of Ethayarajh (2019), vectors of one
# word are less alike in higher layers.)
#
# ## More: where GPT keeps it
#
# At *Python* GPT has to say what comes *next*. Whether *all day* follows does not depend on the snake. At the word
# before, it had to say *Python*. Look there.

# %%
for name, shift in [("at Python", 0), ("at the word before", -1)]:
    there = {who: vectors_of(reader, tokenizer, texts, "python", shift) for who, reader in readers.items()}
    gaps = [f"{who} {round(plots.sense_gap(each, places).gap, 2) + 0:+.2f}" for who, each in there.items()]
    print(f"{name:19} {', '.join(gaps)}")

# %% [markdown]
# GPT's gap stands one place earlier. So a gap near 0 at one place does not say that a reader does not know. What a
# vector holds is what its place was trained for.
#
# ### Exercise, predict: who notices?
#
# *Anna is happy today. Python is her favorite snake.* We make three changes, each by itself: *Tom* for *Anna*; *language*
# for *snake*; and the words of the first sentence shuffled. After which of them does the vector of *Python* differ? The
# counts are of all other words of the whole text, the first sentence too.


# %%
def my_prediction():
    """For each reader (Tom for Anna, language for snake, first words shuffled): True where the vector differs."""
    ### BEGIN SOLUTION
    return {
        "static table": (False, False, False),
        "counts of the words beside it": (True, True, False),
        "BERT": (True, True, True),
        "untrained BERT": (True, True, True),
        "BERT with the card": (True, False, True),
    }
    ### END SOLUTION


# %%
check.which_vectors_differ(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Ask for each reader what it can see of the text: the word alone, which words there are, or all words in their order?
# And is a side covered?
# </details>
#
# <details><summary>A second hint</summary>
#
# Return a dict with the names `"static table"`, `"counts of the words beside it"`, `"BERT"`, `"untrained BERT"` and
# `"BERT with the card"`. To each belong three answers, as in `(True, False, True)`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: what GloVe makes small
#
# Two words $i$ and $j$ met $X_{ij}$ times; a meeting at distance $d$ counts $1/d$. GloVe makes this small, summed over all
# pairs (Pennington et al. 2014, equations 8 and 9). $b_i$ is a number of the word's own, its bias; the tilde marks the
# second table:
#
# $$f(X_{ij})\,\bigl(w_i^\top \tilde w_j + b_i + \tilde b_j - \log X_{ij}\bigr)^2 \qquad f(x) = \min(1, x / x_{max})^{3/4}$$
#
# $f$ says how much a pair counts: a single meeting may be chance. Pairs that never met are left out. Below, two rows say
# 1.5, and both biases are 0.

# %%
from bertlab.model.baselines import glove_loss

row, other, bias = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 0.5]]), torch.zeros(1)  # said: 1.5
for met in (1.0, 10.0, 100.0, 1000.0):
    f = min(1.0, met / 100) ** 0.75
    loss = f * (1.5 - np.log(met)) ** 2
    print(f"met {met:4.0f} times: wanted {np.log(met):.2f}, f {f:.4f}, loss {loss:.4f}")
    same("  loss", loss, glove_loss(row, other, bias, bias, torch.tensor([met]))[0])

# %% [markdown]
# One meeting counts `0.0316`, a hundred or more count `1.0000`. Otherwise rare pairs, of which there are most, would
# decide. What these numbers cannot hold is which sense a meeting belonged to.

# %% [markdown] tags=["homework"]
# ## Homework
#
# ### Exercise, find the bug: BERT without a sentence
#
# A library for word vectors let one mark a word of a sentence, and gave BERT's vector of it. A user reported that the
# vectors were the same in every sentence (koaning/whatlies, issue 6, 2020). Retold:

# %%
from bertlab.pretrained import as_tensors


@torch.no_grad()
def their_vector(model, tokenizer, text, word):
    """The vector of a word in a text, from BERT's last layer."""
    row = tokenizer(word)
    return model.bert(**as_tensors(row)).last_hidden_state[0, row.tokens.index(word)]


theirs = np.stack([their_vector(story_bert, tokenizer, text, "python").numpy() for text in texts])
print(f"gap {plots.sense_gap(theirs, places).gap + 0:.4f}, {len(np.unique(theirs, axis=0))} vector for {len(texts)} texts")


# %%
def my_vector(model, tokenizer, text, word):
    """The vector of a word in a text, from BERT's last layer. -> (hidden,)"""
    ### BEGIN SOLUTION
    row = tokenizer(text)
    return model.bert(**as_tensors(row)).last_hidden_state[0, row.tokens.index(word)]
    ### END SOLUTION


# %%
check.read_in_its_sentence(my_vector)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Which argument does the function never use?
# </details>
#
# <details><summary>A second hint</summary>
#
# BERT must read the whole text. `row.tokens` are the words as it reads them, `[CLS]` first. The place of the word among
# them is the place of its vector.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# Without its sentence a word has no context, and a contextual model gives a static vector.
# </details>
#
# ### To try: arithmetic with words
#
# *king - man + woman = queen* made Word2Vec famous. Our world has no queen, but it has plurals: *actors - actor + frog*
# should lie nearest to *frogs*. (Below, *a* is *actor* and *c* is *frog*.) The usual measure leaves the three given words out. What if it does not? And what does
# *frog* alone find?

# %%
unit = torch.nn.functional.normalize(word2vec.vectors, dim=-1)
number = {word: at for at, word in enumerate(words)}


def first_of(sums, left_out=()):
    """The word whose row is nearest to a sum of rows."""
    return next(words[at] for at in (unit @ sums).argsort(descending=True).tolist() if words[at] not in left_out)


for category in ("being", "tend"):  # actor, actors; feed, feeds
    known = [word for each in world.grammar.lexicon.categories[category].words.values() for word, _ in each]
    known, found = sorted({word for word in known if word + "s" in number}), []
    for seed in range(400):
        a, c = np.random.default_rng(seed).choice(known, 2, replace=False)
        sums, given = unit[number[a + "s"]] - unit[number[a]] + unit[number[c]], (a, a + "s", c)
        bare = first_of(sums)
        found.append((first_of(sums, given) == c + "s", bare == c + "s", bare == c,
                      first_of(unit[number[c]], given) == c + "s"))  # fmt: skip
    usual, honest, itself, only = np.mean(found, axis=0)
    print(f"{category}: right {usual:.0%}; nothing left out {honest:.0%}, and {itself:.0%} give c itself; only c {only:.0%}")

# %% [markdown]
# The arithmetic finds more than *c* alone does, and mostly it fails. Often the nearest row is that of a word which was
# put in; the usual measure does not count it. Linzen (2016) found this in large tables.
#
# **Next:** we let BERT read whole words. But a list of all words never ends, and *kindnes*, with a letter missing, is in
# none. Lesson 02: what becomes of a word that nobody has listed?
