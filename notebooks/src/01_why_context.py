# %% [markdown] tags=["core", "slide"]
# # 01 · Why context
#
# *He got bit by Python.*
#
# *Python is a popular programming language.*
#
# Which word tells you what *Python* is? On which side?

# %% [markdown]
# <details><summary>Answer</summary>A snake, and a language. In the first sentence the word that tells you stands to the
# left of *Python*, in the second to its right.</details>
#
# A network turns each word into a row of numbers, a vector. If *Python* always gets the same row, which of the two does
# the row mean?
#
# A word with several meanings is an **ambiguous word**; each meaning is called a **sense**. After this lesson you can
#
# 1. make the vector of a word from its neighbours, by hand,
# 2. say what Word2Vec learns, and what it cannot do with two senses,
# 3. measure what a vector follows, beside the controls that such a number needs,
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
# How can numbers say what a word means? Look at the words beside it. Four tiny sentences: *python bit keeper*, *snake
# bit keeper*, *python sorted list*, *program sorted list*. How often do *python*, *snake*, *program* stand in one
# sentence with *bit*, *keeper*, *sorted*, *list*? Count by hand first. Rows are compared by their cosine: the dot
# product, divided by both lengths. The same direction gives 1, nothing shared gives 0.

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
# Such a row is a **static vector**. It is looked up in a table, one row for each word. The sentence plays no part.
#
# ## A game instead of a table
#
# Counting needs a column for every word. **Word2Vec** learns short rows by a game (Mikolov et al. 2013, “Distributed
# Representations of Words and Phrases”, equation 4). A word gets one true neighbour, which stands at most five places
# away, and some words drawn at random. For each, Word2Vec must say whether it is the true one. That is **negative
# sampling**.
#
# | in words | the paper | here | shape |
# | --- | --- | --- | --- |
# | the word's own row, the one that is kept | $v_{w_I}$ | `center` | (3) |
# | its true neighbour's row, of a second table: few words are their own neighbours | $v'_{w_O}$ | `neighbour` | (3) |
# | the rows of $k$ drawn words, also of the second table | $v'_{w_i}$ | `drawn` | (2, 3): two words, three numbers each |
# | how sure Word2Vec is of a true neighbour | $\sigma(v'^{\top} v)$ | `yes`, `no` | (), (2): from 0 to 1 |
#
# $\sigma$, the sigmoid, turns a dot product into a probability; 0 becomes one half. For a drawn word the right answer
# is “no neighbour”; its probability is $1-\sigma$. The loss is $-\log$ of each right answer's probability, added up.

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
# Word2Vec now reads 3,000 stories of the story world. There *Python* is the name of a snake in stories of the zoo, and
# a language in stories of the lab. Both senses occur equally often.
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
from bertlab.model.baselines import SkipGram
from bertlab.training.word_vectors import nearest, number_words, thin_out, train_skip_gram

world = StoryWorld.load("full")
stories = list(world.documents(3000))
words, text = number_words(story.words for story in stories)
homes, random = homes_of(world, stories), torch.Generator().manual_seed(0)
with_python = [story.state["topic"] for story in stories if "Python" in story.words]
print(f"Stories with Python: zoo {with_python.count('zoo')}, lab {with_python.count('lab')}")
print(f"The table: {words.count('python')} row for python, {len(words)} in all")
text = thin_out(text, 0.001, random)  # most of the very common words go: they stand beside all
word2vec, its = SkipGram(len(words), 48, random), {}  # 48 numbers in each row
losses = list(train_skip_gram(word2vec, text, generator=random, steps=1000, pairs=2048, learning_rate=0.1))
unit = torch.nn.functional.normalize(word2vec.vectors, dim=-1)
for asked in ("python", "snake", "java"):  # snake and java have one sense each: the control
    near, mean = [word for word, _ in nearest(word2vec.vectors, words, asked, top=10)], {}
    for place in ("zoo", "lab"):  # the words that only this place has
        only = [at for at, word in enumerate(words) if homes[word] == {place} and word != asked]
        mean[place] = (unit[only] @ unit[words.index(asked)]).mean()
        its[asked, place] = ", ".join(word for word in near if homes[word] == {place})
    print(f"{asked}: mean cosine with the zoo's words {mean['zoo']:.2f}, with the lab's {mean['lab']:.2f}")
    print(f"  nearest, the zoo's: {its[asked, 'zoo'] or 'none'}\n  nearest, the lab's: {its[asked, 'lab'] or 'none'}")
    print("  nearest, others:", *(word for word in near if len(homes[word]) != 1))
reveal("01-row", zoo=its["python", "zoo"], lab=its["python", "lab"])

# %% [markdown]
# (*ruby* has both senses, too; *Noodle* is a snake's name.) The means are over all words that only one place has.
# *snake* is nearer to the zoo's, *java* to the lab's, *python* about as near to both. What lies near a row depends on
# all that was read, not on what you are reading now.
#
# ## Now with the sentence
#
# Here BERT is a black box: a sentence goes in, no word hidden, and one vector for each word comes out (of a word in
# pieces, their mean). This BERT has read stories of the same world. Two sentences have *Python is her favorite*, and
# end with *snake* or with *language*. We look *Python* up in the table, and let BERT read. As a control an untrained
# network of the same design reads, too. The two vectors are compared number by number, and by their cosine.
#
# **Guess before you run.** Whose two vectors of *Python* differ?
#
# - (a) BERT's alone: the use of context must be learned.
# - (b) BERT's and the untrained network's.
# - (c) All of them: Word2Vec has read both senses.

# %%
guess("01-untrained")

# %%
import bertlab
from bertlab.lessons.instruments.senses_of_a_word import untrained, vector_of

story_bert, tokenizer = bertlab.load("story-bert")
pair = [f"Anna is happy today. Python is her favorite {kind}." for kind in ("snake", "language")]
python = words.index("python")
ids = [[words.index(word) for word in re.findall(r"\w+|\.", text.lower())] for text in pair]
two_vectors = {"Word2Vec": [word2vec.vectors[each][each.index(python)].numpy() for each in ids]}
networks = {"BERT": story_bert, **{f"untrained, seed {seed}": untrained(story_bert, seed) for seed in range(3)}}
random_one = networks["untrained, seed 0"]
two_vectors["untrained, same text twice"] = [vector_of(random_one, tokenizer, pair[0], "python") for _ in pair]
for name, network in networks.items():
    two_vectors[name] = [vector_of(network, tokenizer, text, "python") for text in pair]
for name, (first, second) in two_vectors.items():
    print(f"{name:26} largest difference {np.abs(first - second).max():.4f}, cosine {cosine(first, second):.3f}")
reveal("01-untrained", bert=f"{cosine(*two_vectors['BERT']):.3f}", other=f"{cosine(first, second):.3f}")

# %% [markdown]
# ## Same sense, other sense
#
# A vector that is computed from the sentence is a **contextual vector**. A claim worth a test: in the *same
# sense*, vectors are more alike than in *different senses*. Take many sentences with *Python*, and all pairs of them:
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
# Twenty new stories of the zoo and twenty of the lab follow. The first sentence names the place. The second has
# *Python*, and fits both. So the place says the sense. In the figure each point is the vector of one *Python*, drawn in
# the two directions in which the vectors differ most.

# %% tags=["slide"]
from bertlab.lessons.instruments.senses_of_a_word import tell, vectors_of

told = tell(world, "python", each=20)
texts, places = [each.text for each in told], [each.place for each in told]
vectors = {name: vectors_of(network, tokenizer, texts, "python") for name, network in networks.items()}
show(plots.sense_scatter(vectors["BERT"], places, vectors["untrained, seed 0"], by="place"))
print(texts[0], texts[-1], f"{vectors['BERT'].shape[1]} numbers in each of {len(texts)} vectors", sep="\n")

# %% [markdown]
# Two clouds, and a large gap. The untrained network has heaps, but no gap: in one heap *Python* stands about equally
# far from the beginning. So BERT keeps a snake and a language apart? One control is missing. Put another word in
# *Python*'s place, in the same forty texts. *Rice made Clara unhappy.* *rice* has one sense.
#
# **Guess before you run.** How large will the gap of *rice* be, compared with that of *Python*?
#
# - (a) Near 0: with one sense there is nothing to tell apart.
# - (b) About half of it: the other half needs two senses.
# - (c) Nearly as large.

# %%
guess("01-rice")

# %% tags=["slide"]
# Controls: words of one sense; no first sentence; first sentences exchanged; the word before Python; a table.
from bertlab.lessons.instruments.sense_map import nearer
from bertlab.lessons.instruments.senses_of_a_word import exchange, instead

mixed = exchange(told, np.random.default_rng(0))
in_mixed = vectors_of(story_bert, tokenizer, [each.text for each in mixed], "python")
rows = {name: (each, places) for name, each in vectors.items()} | {
    "BERT, second sentence alone": (vectors_of(story_bert, tokenizer, [t.second for t in told], "python"), places),
    "BERT, exchanged: by the place now named": (in_mixed, [each.place for each in mixed]),
    "BERT, exchanged: by the place it came from": (in_mixed, places),
    "BERT, the piece before Python": (vectors_of(story_bert, tokenizer, texts, "python", shift=-1), places),
    "Word2Vec": (np.stack([word2vec.vectors[python].numpy() for _ in texts]), places),
}
for word in ("rice", "java", "noodle", "sword"):
    put = [each.text for each in instead(told, word)]
    rows[f"BERT, {word} in its place"] = (vectors_of(story_bert, tokenizer, put, word), places)
gaps = {name: round(plots.sense_gap(*row).gap, 2) + 0 for name, row in rows.items()}
print("\n".join(f"{name:44} gap {gap:+.2f}" for name, gap in gaps.items()))
for there in ("to the zoo", "to the lab", "to the river", "to the kitchen"):
    asked = [f"Anna went {there}. {each.second}" for each in told]
    near = [nearer(each, vectors["BERT"], places) for each in vectors_of(story_bert, tokenizer, asked, "python")]
    zoo, lab = (np.mean([each[place] for each in near]) for place in ("zoo", "lab"))
    print(f"Python after “Anna went {there}.”: cosine zoo {zoo:.2f}, lab {lab:.2f}")
its = {word: f"{gaps[f'BERT, {word} in its place']:.2f}" for word in ("rice", "noodle", "sword")}
reveal("01-rice", python=f"{gaps['BERT']:.2f}", **its)

# %% [markdown]
# *rice*, *java*, *noodle* and *sword* have one sense each. How much a vector follows the story's place differs from
# word to word. For *Python* that is enough to tell which one is meant. It does not show that BERT keeps a snake and a
# language apart.
#
# Exchanged: a story may begin in the lab and go on with a sentence from the zoo. The gap is large by the place *now*
# named, so the vector follows the first sentence, not the wording of the second. The piece before *Python* has hardly
# any gap. Word2Vec's is exactly 0, whatever it learned: all its pairs have the cosine 1.
#
# Does BERT choose from a list of two vectors? A list would have to choose after any beginning. After *to the river* the
# vectors lie near neither cloud, after *to the kitchen* about as near to both. And *rice*, which has nothing to choose
# from, has a gap as well.
#
# ## The card
#
# In one form the clue, *snake* or *language*, stands to the right of *Python*, in the other to its left. BERT reads
# both. So do three readers with a card: the same BERT; an untrained network of twelve layers; and a GPT, a network that
# was trained with the card, to say the next word. `mini`, the BERT of lesson 00, reads our English sentences. Write
# down for each reader and side: will the two vectors differ?

# %% tags=["slide"]
from bertlab.lessons.instruments.senses_of_a_word import with_card

deep = untrained(story_bert, 0, num_hidden_layers=12)
readers = {"BERT": story_bert, "BERT with the card": with_card(story_bert),
           "12 untrained layers with the card": with_card(deep), "GPT": bertlab.load("story-gpt")[0]}  # fmt: skip
sides = {"right": "{0} is happy today. Python is {1} favorite {3}.",
         "left": "{0} is happy today. {2} favorite {3} is Python."}  # fmt: skip
heroes = [("Anna", "her", "Her"), ("Tom", "his", "His"), ("Sarah", "her", "Her"), ("Omar", "his", "His")]
kinds = ["snake"] * 4 + ["language"] * 4
rows = [(name, reader, "Python") for name, reader in readers.items()] + [
    ("BERT, Noodle for Python", story_bert, "Noodle")
]
for side, form in sides.items():
    asked = [form.format(*heroes[number % 4], kind) for number, kind in enumerate(kinds)]
    print(f"\nclue on the {side}: {asked[0]}")
    for name, reader, word in rows:
        eight = vectors_of(reader, tokenizer, [text.replace("Python", word) for text in asked], word.lower())
        apart, gap = np.abs(eight[:4] - eight[4:]).max(), round(plots.sense_gap(eight, kinds).gap, 2) + 0
        print(f"  {name:33}  largest difference {apart:.4f}, gap {gap:+.2f}")
mini, mini_tokenizer = bertlab.load("mini")
for one, other in [("Python is a popular programming language.", "Python is a large and heavy snake."),
                   ("He got paid for Python.", "He got bit by Python.")]:  # fmt: skip
    print("", one, other, sep="\n")
    for name, reader in {"mini": mini, "mini with the card": with_card(mini)}.items():
        first, second = (vector_of(reader, mini_tokenizer, text, "python") for text in (one, other))
        print(f"  {name:33}  largest difference {np.abs(first - second).max():.4f}")

# %% [markdown]
# ### So: a snake, or a language?
#
# Where the clue stands to the right, all readers with a card have `0.0000`. Up to *Python* both texts are the same,
# letter by letter. From the same input the same network computes the same vector, however large it is and however long
# it was trained: the card is the reason. (A gap of a hundredth there comes from the persons.) In the BERT of the
# stories the vector follows the clue. With *Noodle* in *Python*'s place it follows it as much. Of `mini` we know only
# that the clue *can* reach it: see *More: and English?*
#
# Where the clue stands to the left, all have read it. Whether a reader uses it at this place is another question. GPT's
# gap is small even there: see *More: where GPT keeps it*.
#
# ## Your own sentence
#
# Type a sentence with the chosen word. You see where its vector lies among known sentences. Begin with *Everybody wants
# to talk about Python.* Then put *Tom goes to the lab.* in front of it. Then choose the untrained reader. Last, ask
# BERT for *Python is her favorite snake.* alone: the wrong group is nearer. No story begins like that, so our sentences
# began with Anna.
#
# `mini` has read old books. The map says how often this test is right, and which words a reader does not know.

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
# - That a gap of 0 means that nothing is there. A gap sees only what is large in a vector: see *More*.
# - That BERT *understands* senses. It has only read about snakes.
# - What a large BERT does with English.
# - That static vectors are bad. Where a word has one sense they may be enough.
# - That a card is bad. Lesson 09 compares.
# - How the senses of real words behave. They have no sharp border.
#
# ## Three questions

# %%
quiz("01")

# %% [markdown] tags=["more"]
# ## More: and English?
#
# We wrote 60 pairs of English sentences on twelve ambiguous words, such as *The flood carried away part of the bank. /
# The thief knew every guard of the bank.* Which has which sense? We compare the two vectors with the word's other four
# pairs: are the cosines higher as the pair stands, or crossed over? For luck alone we swap the senses of each pair at
# random, 3,000 times. Controls: untrained networks, counting, *rice* in the word's place (is the word itself needed?),
# and the mean of its neighbours' static vectors.

# %%
from bertlab.corpora import sense_pairs
from bertlab.lessons.instruments.pairs_of_senses import share_by_counts, share_by_luck, share_by_table
from bertlab.lessons.instruments.pairs_of_senses import share_told_apart, told_apart
from bertlab.lessons.instruments.senses_of_a_word import ambiguous_words

pairs, by_layer = sense_pairs(), {}
for name, network in {"mini": mini, **{f"untrained, seed {seed}": untrained(mini, seed) for seed in range(3)}}.items():
    by_layer[name] = share_told_apart(pairs, network, mini_tokenizer)
    print(f"{name:18} {by_layer[name][-1]:.0%} of {len(pairs)} pairs told apart", end="; ")
    print(f"mean of static rows {share_by_table(pairs, network, mini_tokenizer):.0%}")
print(f"{'mini, rice instead':18} {share_told_apart(pairs, mini, mini_tokenizer, put='rice')[-1]:.0%}")
print(f"{'counted neighbours':18} {share_by_counts(pairs):.0%}")
luck = share_by_luck(pairs, mini, mini_tokenizer)
low, high = np.quantile(luck, [0.025, 0.975])
print(f"Luck alone: {low:.0%} to {high:.0%}, 19 times in 20")
print("mini after each layer:", ", ".join(f"{share:.0%}" for share in by_layer["mini"][1:]))
for name in ("BERT", "untrained, seed 0"):  # the same test on the story world's words, five stories for each place
    right = []
    for word in ambiguous_words(world):
        ten = vectors_of(networks[name], tokenizer, [each.text for each in tell(world, word, each=5)], word)
        right += told_apart(np.stack([ten[:5], ten[5:]], axis=1))
    print(f"In stories: {name:18} {np.mean(right):.0%} of {len(right)} pairs told apart")

# %% [markdown]
# `mini` has more than luck gives, and by a few pairs more than counting. But *rice* does about as well; so does the
# mean of trained rows: static vectors. So this does not show that `mini` keeps senses apart. (To name the best layer
# would be to choose by the result.) In stories BERT finds nearly all, which says nothing about English.

# %% [markdown]
# ## More: other words, other layers
#
# Eleven words of this world have two senses that can be asked for like that. And from each layer of a BERT comes a
# vector. Where does the gap arise?

# %% tags=["slide"]
from bertlab.lessons.instruments.senses_of_a_word import layers_of

by_layer = {name: [] for name in networks}
for word in ambiguous_words(world):
    some = tell(world, word, each=8)
    for name, network in networks.items():
        states = np.stack([layers_of(network, tokenizer, each.text, word) for each in some], axis=1)
        by_layer[name].append([plots.sense_gap(each, [t.place for t in some]).gap for each in states])
last = {name: [each[-1] for each in gaps] for name, gaps in by_layer.items()}
shown = [f"{word} {gap:+.2f}" for word, gap in zip(ambiguous_words(world), last.pop("BERT"))]
print("BERT, last layer:", ", ".join(shown[:6]), "\n ", ", ".join(shown[6:]))
print(f"Untrained, last layer: from {np.min(list(last.values())):+.2f} to {np.max(list(last.values())):+.2f}")
print(f"BERT before the last layer: at most {np.array(by_layer['BERT'])[:, :-1].max():+.2f} in any word")
curves = {name: list(enumerate(np.mean(gaps, axis=0).tolist())) for name, gaps in by_layer.items()}
title = "In this BERT the gap arises in the last layer"
show(plots.measured_curve(curves, "layer", "gap, mean of 11 words", title))

# %% [markdown]
# In six words the gap is large, in *bass* smaller, in *bat*, *mouse* and *bow* small. In *seal* there is hardly any.
# Where there is one, it arises in the last layer of this BERT; another training may differ. Whoever says “BERT's
# vector” must say of which layer.
#
# ## More: where GPT keeps it
#
# At *Python* GPT has to say what comes *next*. Whether *all day* follows does not depend on the snake. At the word
# before, GPT had to say *Python*. And does a vector without a gap hold nothing of the place? From nine tenths of 80 new
# stories we learn a weighted sum of its numbers, above 0 for the zoo, below 0 for the lab. We ask about the last tenth.
# The control learns from places of which half are wrong.

# %%
from bertlab.lessons.instruments.senses_of_a_word import found_by_sum

new, where = tell(world, "python", each=40), ["zoo"] * 40 + ["lab"] * 40
for name, reader in readers.items():
    at, before = (vectors_of(reader, tokenizer, [each.text for each in new], "python", shift) for shift in (0, -1))
    print(f"{name}: gap at Python {plots.sense_gap(at, where).gap:+z.2f}, before {plots.sense_gap(before, where).gap:+z.2f}")
    print(f"  a sum finds {found_by_sum(at, where):.0%}; if half is told wrong, {found_by_sum(at, where[20:] + where[:20]):.0%}")

# %% [markdown]
# GPT's gap stands one place earlier. At *Python* it has none, and still a sum finds nearly all places. Even in the
# untrained network it finds most. So a gap near 0 does not say that a vector holds nothing: the gap follows what is
# large in it. (And what a sum finds, the reader need not use.)
#
# ### Exercise, predict: who notices?
#
# *Anna is happy today. Python is her favorite snake.* We make three changes, each by itself: *Tom* for *Anna*;
# *language* for *snake*; and the words of the first sentence shuffled. After which of them does the vector of *Python*
# differ? The counts are of all other words of the text.


# %%
def my_prediction():
    """To each reader's name three answers (Tom for Anna, language for snake, shuffled): True where the vector differs.

    Names: "static table", "counts of the words beside it", "BERT", "untrained BERT", "BERT with the card".
    """
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
# Return a dict: `{"static table": (..., ..., ...), ...}`. Begin with the reader that sees least.
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
# **GloVe** does not play, it counts (Pennington et al. 2014): how often two words stand near each other. Then it learns
# short rows whose dot products, with a number added for each word, come near the logarithms of the counts. Words $i$
# and $j$ met $X_{ij}$ times; a meeting at distance $d$ counts $1/d$ (section 4.2). This is made small, summed over all
# pairs (equations 8 and 9). $b_i$ is a number of the word's own, its bias; the tilde marks the second table:
#
# $$f(X_{ij})\,\bigl(w_i^\top \tilde w_j + b_i + \tilde b_j - \log X_{ij}\bigr)^2 \qquad f(x) = \min(1, x / x_{max})^{3/4}$$
#
# $f$ says how much a pair counts: a single meeting may be chance. Pairs that never met are left out. Below, two rows
# have the dot product 1.5, and both biases are 0.

# %%
from bertlab.model.baselines import Glove, glove_loss
from bertlab.training.word_vectors import co_occurrences, train_glove

row, other, bias = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 0.5]]), torch.zeros(1)  # dot product 1.5
for met in (1.0, 10.0, 100.0, 1000.0):
    f = min(1.0, met / 100) ** 0.75
    loss = f * (1.5 - np.log(met)) ** 2
    print(f"met {met:4.0f} times: wanted {np.log(met):.2f}, f {f:.4f}, loss {loss:.4f}")
    same("  loss", loss, glove_loss(row, other, bias, bias, torch.tensor([met]))[0])
glove = Glove(len(words), 48, x_max=10.0, generator=random)
met = co_occurrences(text, 5, len(words))
print(f"Of the pairs that met in our stories, {(met.counts <= 2).float().mean():.0%} count 2 or less")
squares = list(train_glove(glove, met, generator=random, steps=500))
unit = torch.nn.functional.normalize(glove.vectors, dim=-1)
for asked in ("python", "snake", "java"):
    mean = {}
    for place in ("zoo", "lab"):
        only = [at for at, word in enumerate(words) if homes[word] == {place} and word != asked]
        mean[place] = (unit[only] @ unit[words.index(asked)]).mean()
    print(f"GloVe, {asked}: mean cosine with the zoo's words {mean['zoo']:.2f}, with the lab's {mean['lab']:.2f}")

# %% [markdown]
# One meeting counts `0.0316`, a hundred or more count `1.0000`. Most pairs are rare. Without $f$ all pairs would count
# alike. From these few stories GloVe shows nothing: its rows are near to neither place.

# %% [markdown] tags=["homework"]
# ## Homework
#
# ### Exercise, find the bug: BERT without a sentence
#
# A library for word vectors could mark a word in a sentence, and returned BERT's vector of it. A user reported that the
# vectors were the same in every sentence (koaning/whatlies, issue 6, 2020). The same bug, in our code:

# %%
from bertlab.pretrained import as_tensors


@torch.no_grad()
def their_vector(model, tokenizer, text, word):
    """The vector of a word in a text, from BERT's last layer."""
    row = tokenizer(word)
    return model.bert(**as_tensors(row)).last_hidden_state[0, row.tokens.index(word)]


theirs = np.stack([their_vector(story_bert, tokenizer, text, "python").numpy() for text in texts])
one_each = len(np.unique(theirs, axis=0))
print(f"gap {plots.sense_gap(theirs, places).gap + 0:.4f}, {one_each} vector for {len(texts)} texts")


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
# </details>
#
# ### To try: arithmetic with words
#
# *king - man + woman = queen* made Word2Vec famous. Our world has plurals: *actors - actor + frog* should lie nearest
# to *frogs*. (Below, *a* is *actor* and *c* is *frog*. The second half has verbs: *feed*, *feeds*.) The usual measure
# leaves the three given words out. Linzen (2016) asked what parts of it find: *c* alone, no minus, the opposite
# direction. And if only words in -s are allowed?

# %%
unit = torch.nn.functional.normalize(word2vec.vectors, dim=-1)
number = {word: at for at, word in enumerate(words)}


def first_of(sums, left_out=(), among=words):
    """The word whose row is nearest to a sum of rows."""
    cosines = (unit @ sums).tolist()
    return max((word for word in among if word not in left_out), key=lambda word: cosines[number[word]])


for category in ("being", "tend"):  # plurals: actor, actors; verbs: feed, feeds
    known = [word for each in world.grammar.lexicon.categories[category].words.values() for word, _ in each]
    known, found = sorted({word for word in known if word + "s" in number}), []
    for seed in range(400):
        a, c = np.random.default_rng(seed).choice(known, 2, replace=False)
        one, many, other = (unit[number[word]] for word in (a, a + "s", c))
        given, with_s = (a, a + "s", c), [word + "s" for word in known if word != a]
        bare = first_of(many - one + other)
        named = [first_of(sums, given) for sums in (many - one + other, other, many + other, one - many + other)]
        named += [bare, *(first_of(sums, among=with_s) for sums in (many - one + other, other))]
        found.append([*(each == c + "s" for each in named), bare == c])
    usual, only, no_minus, opposite, nothing_out, sums, nearest_with_s, itself = np.mean(found, axis=0)
    print(f"{category}: right {usual:.0%}; c alone {only:.0%}, no minus {no_minus:.0%}, opposite {opposite:.0%}")
    print(f"  nothing left out {nothing_out:.0%}, and {itself:.0%} give c itself")
    print(f"  only words in -s allowed: right {sums:.0%}; c alone {nearest_with_s:.0%}")

# %% [markdown]
# All of the arithmetic finds more than parts of it, and mostly it fails. With verbs the nearest row is often *c*
# itself, which the usual measure does not count. And if only words in -s are allowed, *c* alone does about as well: the
# arithmetic adds only that an *s* is wanted.
#
# **Next:** we spoke of words. But a list of all words is never complete: *kindnes*, with a letter missing, is in none.
# Lesson 02: what happens to such a word?
