# %% [markdown] tags=["core"]
# # 02 · WordPiece: what becomes of a word
#
# *He thanked her for her kindnes.*
#
# One letter is missing, and you read on all the same. A program that looks words up in a list finds nothing: *kindnes*
# is in no list. BERT has a list too. Is the word lost to it?
#
# After this lesson you can
#
# 1. learn a vocabulary of pieces from a text, by hand and by program,
# 2. say which score chooses what is merged, and measure which one is better,
# 3. cut any word into pieces as BERT does, and say when a word becomes unknown,
# 4. tell what a misspelt word, an emoji or a Chinese sentence looks like to BERT.
#
# *From lesson 01, unaided:* the word *bat* stands in five sentences. How many vectors has Word2Vec for it, and BERT?
# <details><summary>Answer</summary>Word2Vec one. BERT five, also when untrained.</details>
#
# *From lesson 00:* a model gives the right word the probability 1/20. What is its loss?
# <details><summary>Answer</summary>log(20) nats, about 3: a die with twenty sides.</details>
#
# **Guess before you run.** What reaches BERT in the place of *kindnes*?
#
# - (a) A sign for "unknown word". The word is lost.
# - (b) The word *kindness*. Small mistakes are corrected before BERT reads.
# - (c) Two or more pieces, from which it reads on nearly as well as before.
# - (d) Two or more pieces, and it reads on much worse than before.

# %%
from collections import Counter
from itertools import pairwise

from bertlab.lessons import check, guess, quiz, reveal

guess("02-slip")

# %% [markdown]
# ## Three ways to make a list
#
# A network reads numbers. So it needs a list, the **vocabulary**. Each entry has a number, its *id*: its place in the
# list, counted from 0. What should the entries be: words, characters, or something between?
#
# The list is made from a text, the **corpus**: here 300 short passages. Then the list is tried on stories that were not
# in the corpus. Before learning and before cutting, capitals become small, accents are taken off, and punctuation is set
# apart. That is **normalisation**.
#
# Three lists are tried: the commonest 2,000 words; all characters; and 2,000 pieces, made by the program that
# this lesson takes apart. How much is unknown then, and how long does a text become?

# %%
from bertlab.corpora import passages, read_documents
from bertlab.paths import data_path
from bertlab.text import longest_match, spell, split_words, train_wordpiece
from bertlab.text.wordpiece_training import count_words, first_pieces

read = [passage.text for passage in passages()]
unread = [" ".join(story) for story in read_documents(data_path("text", "first_light"))]
seen, asked = count_words(read), count_words(unread)
print(split_words("Zoë's CAFÉ, at noon."))
print(f"{len(read)} passages: {seen.total():,} words, {len(seen):,} different ones")
print(f"{len(unread)} unread stories: {asked.total():,} words, {len(asked):,} different ones")

# %% tags=["slide"]
learned = train_wordpiece(read, vocab_size=2000)
vocab = set(learned.pieces)
common = {word for word, _ in seen.most_common(2000)}
letters = {piece for word in seen for piece in spell(word)}
ways = {
    "whole words": lambda word: [word if word in common else "[UNK]"],
    "characters": lambda word: spell(word) if letters.issuperset(spell(word)) else ["[UNK]"],
    "word pieces": lambda word: longest_match(word, vocab) or ["[UNK]"],
}
print(f"{len(unread)} unread stories, cut by three lists:")
for name, cut in ways.items():
    stories = [[cut(word) for word in split_words(story)] for story in unread]
    cuts = sum(stories, [])
    unknown = cuts.count(["[UNK]"]) / len(cuts)
    holed = sum(["[UNK]"] in story for story in stories) / len(stories)
    print(f"{name:11} {unknown:.1%} of words unknown, in {holed:.0%} of the stories;", end=" ")
    print(f"{sum(map(len, cuts)) / len(cuts):.2f} entries a word")

# %% [markdown]
# A word that is not in a list becomes **`[UNK]`**, unknown. Few words are unknown, but most stories contain one.
# Characters miss nothing, but a text becomes three times as long, and BERT takes in a limited number of entries at once
# (lesson 03). A **word piece** lies between: a common word whole, a part of a rare one.
#
# ### By hand
#
# A corpus of six words, each with how often it occurs. At first each word is its characters. A character inside a word
# gets the mark `##`: it is a **continuation**, so *s* at the beginning and *##s* inside are two entries. Two neighbours
# are a **pair**. Count *##i ##n*: with a pencil first, and be careful with *singing*.

# %%
words = {"king": 5, "kings": 2, "sing": 3, "singing": 4, "kind": 3, "quiz": 1}
print(*(f"{word}: {' '.join(spell(word))}" for word in words), sep="\n")
pairs_of = {word: list(pairwise(spell(word))) for word in words}
met = [pairs_of[word].count(("##i", "##n")) * count for word, count in words.items()]
print("##i ##n:", " + ".join(map(str, met)), "=", sum(met))
print(len(first_pieces(words)), "entries to begin with:", *first_pieces(words))

# %% [markdown]
# The pair is in *singing* twice, so that word adds `8`; all together `21`, more than any other pair. A **merge** makes
# it one piece, *##in*, everywhere: *king* is now *k ##in ##g*. Then count again, and merge again. Which pair is the
# second? Count it, then run the cell.
#
# The list begins with five signs such as `[UNK]`, each letter as a beginning, and each continuation that occurs.
# By chance that makes `21` entries too; with four merges 25. This is the whole of learning:

# %%
from bertlab.text import merge_pair


def learn(words, merges, score):
    """Merge the best pair of neighbours, `merges` times; return the pairs."""
    corpus, made = {word: spell(word) for word in words}, []
    for _ in range(merges):
        pieces, pairs = Counter(), Counter()
        for word, cut in corpus.items():
            for piece in cut:
                pieces[piece] += words[word]
            for pair in pairwise(cut):
                pairs[pair] += words[word]
        best = max(pairs, key=lambda ab: score(pairs[ab], pieces[ab[0]], pieces[ab[1]]))
        corpus = {word: merge_pair(cut, *best) for word, cut in corpus.items()}
        made.append(best)
    return made


mine = learn(words, 4, score=lambda both, left, right: both)
text = [" ".join([word] * count) for word, count in words.items()]
package = [(merge.left, merge.right) for merge in train_wordpiece(text, vocab_size=25).merges]
print(mine)
print("k ##ing:", 5 + 2, "  s ##ing:", 3 + 4)
print("the package's merges are the same:", mine == package[:4])

# %% [markdown]
# *k ##ing* and *s ##ing* are equal, `7` and `7`. `max` took the one that it met first; the package takes the one whose
# parts are earlier in its list. Here that is the same. And *king* became *k ##ing*: this *##ing* is no ending.
#
# ### Which pair is the best?
#
# | score | what it says | formula | in the code |
# | --- | --- | --- | --- |
# | **frequency score** | how often *b* follows *a* | count(ab) | `both` |
# | **likelihood score** | how much more often than if pieces stood in random order, up to a constant factor | count(ab) / (count(a) · count(b)) | `both / (left * right)` |
#
# The second is what many tutorials give for WordPiece. First a guess. Below it is a machine in which you merge by
# pressing a button. Four presses with each score are enough. Say before each press which pair will lead *after* it, and
# with which number. What becomes of *quiz*, which occurs once?
#
# Then the same for the 300 passages, with a slider for the size of the list. Move it to the right, and watch how the
# sentence is cut.
#
# **Guess before you run.** Both learn from the passages, up to the same size. Whose list cuts the unread stories into
# fewer pieces?
#
# - (a) That of the likelihood score: it finds what belongs together, not what happens to be common.
# - (b) That of the frequency score.
# - (c) About the same: in the end both contain the common words.

# %% tags=["slide"]
from bertlab.lessons.instruments.merge_machine import MergeMachine

guess("02-score")
MergeMachine(words)

# %% tags=["slide"]
from bertlab.lessons.instruments.vocabulary_sizes import VocabularySizes

sentence = "She wrapped the little blanket around the trembling lamb."
sizes = VocabularySizes(read, unread, sentence, largest=3000)
found = {score: f"{pieces:.2f}" for score, pieces in sizes.at(2000).items()}
firsts = [merge.piece for merge in train_wordpiece(read, 100, "likelihood").merges]
reveal("02-score", **found, firsts=", ".join(firsts[:5]))
sizes

# %% [markdown]
# ## Cutting a word: the longest match
#
# The vocabulary is learned. BERT gets only the list, not the merges. To cut *unkindness* it looks up the whole word,
# then one letter less, and so on. The first entry that is found is the longest: *un*. Then the same with the rest, as
# a continuation: *##kindness*, *##kindnes* ... This is **longest match** (google-research/bert, `tokenization.py`,
# WordpieceTokenizer). Where not even a single letter is found, the *whole* word becomes `[UNK]`. So does a word of more
# than 200 letters.
#
# ### Exercise, write it: cut a word
#
# `my_cut("unkindness", {"un", "##kind", "##ness"})` gives `["un", "##kind", "##ness"]`, and
# `my_cut("unkindly", ...)`, with the same list, gives `["[UNK]"]`.

# %%
def my_cut(word, vocabulary):
    """The pieces of a word by longest match, or ["[UNK]"] where nothing covers it."""
    ### BEGIN SOLUTION
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        ends = [end for end in range(len(word), start, -1) if mark + word[start:end] in vocabulary]
        if not ends:
            return ["[UNK]"]
        pieces.append(mark + word[start : ends[0]])
        start = ends[0]
    return pieces
    ### END SOLUTION


# %%
check.cut(my_cut)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Keep a number `start`: how many letters are cut already. Try `end = len(word)`, then one less, until the letters
# between `start` and `end` are in the list. Then `start = end`.
# </details>
#
# <details><summary>A second hint</summary>
#
# What you look up is `word[start:end]`, with `"##"` before it when `start` is not 0. If `end` comes down to `start`,
# nothing fits: give back `["[UNK]"]`, whatever was found before.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## BERT's own list
#
# BERT's authors published theirs (Devlin et al. 2019, section 3, speak of 30,000 pieces). It comes with this
# course: `bert-base-uncased.txt` in `data/vocab`, one entry a line.
#
# **Guess before you run.** How does this list cut *playing*?
#
# - (a) *play ##ing*: words are cut where their endings begin.
# - (b) Not at all: it is one entry.
# - (c) It depends on the sentence.

# %%
guess("02-playing")

# %%
from bertlab.text import Tokenizer

bert = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
print(f"entries: BERT's {len(bert.pieces):,}, ours {len(vocab):,}")
for word in ["playing", "replaying", "sharpening", "mowing", "unkindness", "kindnes"]:
    theirs, ours = bert.tokenize(word), longest_match(word, vocab)
    print(f"{word:11} BERT: {' '.join(theirs):20} ours: {' '.join(ours)}")
cuts = [bert.tokenize(word) for word in seen if len(word) > 5 and word.endswith("ing")]
parted = [cut for cut in cuts if len(cut) > 1]
others = [" ".join(cut) for cut in parted if cut[-1] != "##ing"]
print(f"{len(cuts)} words in -ing; {len(others)} are cut, but not before ##ing: {', '.join(others)}")
counts = {"all": len(cuts), "whole": len(cuts) - len(parted), "elsewhere": len(others)}
reveal("02-playing", **counts, at=len(parted) - len(others))

# %% [markdown]
# ### Your own word
#
# Type a word. Each press is one look into the list. Try your name, or an invented word. Then choose *ours*, cut *robot*
# to the end, and read the last line. Above the buttons, a few texts as they reach BERT.

# %% tags=["slide"]
from bertlab.lessons.instruments.longest_match_steps import LongestMatchSteps

tried = ["unkindness", "kindnes", "CAFÉ", "今天天气很好", "I like it 🙂", "robot"]
for text in tried[:5]:
    pieces = bert.tokenize(text)
    print(f"{text}:  {' '.join(pieces)}  {[bert.vocab[piece] for piece in pieces]}")
LongestMatchSteps({"BERT's": bert, "ours": learned}, tried)

# %% [markdown]
# A text is now a row of ids, and nothing else of it reaches BERT. This list is **uncased**: *CAFÉ* and *cafe* are
# one. (A **cased** one keeps capitals and accents.) Each Chinese character is a word by itself. Of these, only 天 is in
# the list. The emoji is not. *kindnes* could be cut: each of its letters is in the list, alone and with `##`.
#
# ## So, is it lost?
#
# Ask a reader: lesson 00's BERT. It has a list of its own, of 8,000 pieces; *kindnes* is *kind ##nes* in it too. In each
# of 300 sentences one letter of one word is changed and a word *beside* it is hidden. We look at the loss there. Three
# controls in the word's place: `[UNK]` and a second `[MASK]`, which tell nothing of it, and a word of another sentence.

# %%
import math
import random

import bertlab
from bertlab.corpora import split_sentences
from bertlab.lessons.instruments.damaged_words import losses_beside, pick_places

seed = 0


def misspell(word, rng):
    """The word with one letter replaced by another."""
    at = rng.randrange(len(word))
    others = "abcdefghijklmnopqrstuvwxyz".replace(word[at], "")
    return word[:at] + rng.choice(others) + word[at + 1 :]


model, tokenizer = bertlab.load("mini")
sentences = [sentence for text in read for sentence in split_sentences(text)]
places = pick_places(sentences, tokenizer, count=300, seed=seed)
wrong = misspell(places[0].word, random.Random(seed))
print(places[0].with_word(wrong), "   hidden:", places[0].right)
kindnes = " ".join(tokenizer.tokenize("kindnes"))
print(f"{len(tokenizer.pieces):,} pieces; kindnes: {kindnes}")

# %% tags=["slide"]
rng, there = random.Random(seed), [place.word for place in places]
ways = {"as it stands": there, "one wrong letter": [misspell(word, rng) for word in there],
        "[UNK]": ["[UNK]"] * 300, "[MASK]": ["[MASK]"] * 300, "another word": rng.sample(there, 300)}  # fmt: skip
losses = {name: losses_beside(model, tokenizer, places, shown) for name, shown in ways.items()}
print("mean loss of a hidden word. The word beside it:")
for name, found in losses.items():
    nats = found.mean().item()
    print(f"{name:17} {nats:.2f} nats: a die with {math.exp(nats):.0f} sides")
for control in ("[MASK]", "[UNK]"):
    extra = losses["one wrong letter"] - losses[control]
    error = 2 * extra.std() / len(extra) ** 0.5
    print(f"one wrong letter against {control}: {extra.mean():+.2f} nats, plus or minus {error:.2f}")
print("(two standard errors: with other sentences it would mostly stay within this)")
said = {name.split()[0].strip("[]"): f"{found.mean():.2f}" for name, found in losses.items()}
reveal("02-slip", **said, side="more" if extra.mean() > 0 else "less")

# %% [markdown]
# ## What this does not show
#
# - That pieces carry meaning. They are what was common in a corpus; some happen to be stems and endings.
# - That every BERT reads misspelt words so badly. Ours is small and has read edited books. Another may have met many
#   mistakes.
# - That one seed is enough. Change `seed` further up, and run both cells again.
# - That every mistake does the same. Rewrite `misspell`: drop a letter, as in *kindnes*; double one. Which harms least?
# - That the likelihood score cannot be mended. A floor for rare pairs helps much: the part “More: what the library does”
#   measures it.
# - Which score made BERT's list. That program was never published with BERT.
# - How well BERT's list fits your subject or your language. Count it, in the homework.
#
# **Next:** lesson 03. The row of ids says *which* pieces. How does BERT learn where each one stands?

# %%
quiz("02")

# %% [markdown] tags=["more"]
# ## More: learned by merges, cut without them
#
# BERT has the list only. But we kept our merges, and could cut a word as it was cut while learning: make all merges
# once more, in their order. The stepper said so for *robot*.
#
# **Guess before you run.** For how many of the words of the passages do the two ways differ?
#
# - (a) For none: the longest match is what the merges lead to.
# - (b) For none of them, since the vocabulary was learned from these words. For new words some.
# - (c) For many of them, rare ones above all.

# %%
guess("02-replay")

# %%
other = {word for word in seen if learned.replay(word) != longest_match(word, vocab)}
for word in ["robot", "wants", "pipe"]:
    replayed, longest = learned.replay(word), longest_match(word, vocab)
    print(f"{word:6} replayed: {' '.join(replayed):14} longest match: {' '.join(longest)}")
kinds, running = len(other) / len(seen), sum(seen[word] for word in other) / seen.total()
step = {merge.piece: merge.step for merge in learned.merges}
reveal("02-replay", number=f"{len(other):,}", all=f"{len(seen):,}", kinds=f"{kinds:.0%}",
       running=f"{running:.0%}", early=step["##ot"], late=step["##bo"])  # fmt: skip

# %% [markdown]
# ### Exercise, predict: it never turns back
#
# The list is `["un", "##kind", "##kindl", "##ly"]`, the word *unkindly*. Which pieces does longest match give? Write
# the answer as a list of strings, without running it.

# %%
def my_prediction():
    """The pieces of "unkindly", in order."""
    ### BEGIN SOLUTION
    return ["[UNK]"]
    ### END SOLUTION


# %%
check.never_back(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# After *un*, which entry is the longest that fits? What is left of the word then?
# </details>
#
# <details><summary>A second hint</summary>
#
# Nothing is taken back. What becomes of a word whose rest does not fit?
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: a published number
#
# The Hugging Face course is much copied. In its chapter 6, "WordPiece tokenization", the likelihood score learns from
# five words: *hug* 10, *pug* 5, *pun* 12, *bun* 4, *hugs* 5. After two merges the words are *hu ##g*, *p ##u ##g*,
# *p ##u ##n*, *b ##u ##n*, *hu ##gs*. The text gives *hu ##g* the score 1/15, the same as *hu ##gs*, and merges
# *hu ##g*. Count before you run.

# %%
from fractions import Fraction

hugs = {("hu", "##g"): 10, ("p", "##u", "##g"): 5, ("p", "##u", "##n"): 12,
        ("b", "##u", "##n"): 4, ("hu", "##gs"): 5}  # fmt: skip
count = Counter()
for cut, often in hugs.items():
    for piece in cut:
        count[piece] += often
for pair in (("hu", "##g"), ("hu", "##gs")):
    both, left, right = hugs[pair], count[pair[0]], count[pair[1]]
    print(*pair, f"  {both} / ({left} * {right}) =", Fraction(both, left * right))

# %% [markdown]
# So 1/15 is the score of *hu ##gs* alone, and *hu ##g* has 2/45. The next merge is the other one: *hugs* becomes one
# piece, and what follows in that example changes. A reader reported it in February 2023 (huggingface/course, issue
# 500). Check a printed number yourself.
#
# ### Exercise, find the bug: a mark that is not a letter
#
# The same chapter cuts words by a loop like this one, here in our words. Its authors' small list hides a fault. With
# BERT's list and a word that ends in an emoji, the loop never ends. (Ours stops after eight pieces.)

# %%
def their_cut(word, vocabulary):
    """Longest match, with the mark glued to what is left of the word."""
    pieces, rest = [], word
    while rest and len(pieces) < 8:
        fits = [rest[:end] for end in range(len(rest), 0, -1) if rest[:end] in vocabulary]
        if not fits:
            return ["[UNK]"]
        pieces.append(fits[0])
        rest = rest.removeprefix(fits[0])
        rest = "##" + rest if rest else ""
    return pieces


print(their_cut("unkindness", bert.vocab), their_cut("great🙂", bert.vocab), sep="\n")

# %%
def mended_cut(word, vocabulary):
    """The same, without the fault: a word that cannot be covered gives ["[UNK]"]."""
    ### BEGIN SOLUTION
    pieces, rest, mark = [], word, ""
    while rest:
        fits = [end for end in range(len(rest), 0, -1) if mark + rest[:end] in vocabulary]
        if not fits:
            return ["[UNK]"]
        pieces.append(mark + rest[: fits[0]])
        rest, mark = rest[fits[0] :], "##"
    return pieces
    ### END SOLUTION


# %%
check.mended_cut(mended_cut)

# %% [markdown]
# <details><summary>A hint</summary>
#
# What is `rest` after *great*? Which beginnings of it does the loop look up, the shortest ones too?
# </details>
#
# <details><summary>A second hint</summary>
#
# `"##🙂"[:1]` is `"#"`, and that is an entry. Keep the mark apart from the letters, and count only letters.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: what the library does
#
# The library `tokenizers` has a trainer called WordPiece. Which score does it use? Ask it: let it learn from the same
# passages, and count how many entries it shares with each of ours. The third is *gain*. It is count(ab) times the
# logarithm of how much more often than by chance, in nats. It puts back the count, which the likelihood score lacks.
#
# Below that the likelihood score gets a floor: with `min_frequency=10` no pair that is met less often is merged.
# The list then stays smaller. So the frequency score, as a control, gets no more entries than that.

# %%
from tokenizers import Tokenizer as Library
from tokenizers import models, normalizers, pre_tokenizers, trainers

from bertlab.lessons.instruments.vocabulary_sizes import pieces_a_word

library = Library(models.WordPiece(unk_token="[UNK]"))
library.normalizer = normalizers.BertNormalizer()
library.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
settings = {"vocab_size": 2000, "min_frequency": 2, "special_tokens": learned.pieces[:5]}
library.train_from_iterator(read, trainers.WordPieceTrainer(**settings, show_progress=False))
for score in ("frequency", "likelihood", "gain"):
    shared = set(library.get_vocab()) & set(train_wordpiece(read, 2000, score).pieces)
    print(f"{score:11} shares {len(shared):,} of {library.get_vocab_size():,}")
floored = train_wordpiece(read, 2000, "likelihood", min_frequency=10).pieces
lists = {"likelihood": train_wordpiece(read, 2000, "likelihood").pieces,
         "with a floor": floored, "frequency": train_wordpiece(read, len(floored)).pieces}  # fmt: skip
for name, pieces in lists.items():
    print(f"{name:12} {len(pieces):,} entries, {pieces_a_word(asked, pieces):.2f} pieces a word")

# %% [markdown]
# Frequency, then. Which of equal pairs comes first varies there from run to run: a few entries may differ.
#
# With the floor, fewer entries do much better: most of the harm came from rare pairs. At the same size the frequency
# score stays ahead.
#
# ## More: are pieces worse than nothing, then?
#
# A misspelt word falls into pieces that mislead. But pieces were made for another case: words that are spelt right and
# too rare for the list. The same question about those, with the same controls.

# %%
rare = pick_places(sentences, tokenizer, whole=False, count=300, seed=seed)
there = [place.word for place in rare]
ways = {"in its pieces": there, "[UNK]": ["[UNK]"] * 300, "another word": rng.sample(there, 300)}
beside = {name: losses_beside(model, tokenizer, rare, shown) for name, shown in ways.items()}
print("for example:", ", ".join(" ".join(tokenizer.tokenize(word)) for word in there[:4]))
print("\n".join(f"{name:14} {nats.mean():.2f} nats" for name, nats in beside.items()))
gained = beside["[UNK]"] - beside["in its pieces"]
helped, error = gained.mean(), 2 * gained.std() / len(gained) ** 0.5
verb = "help" if helped > 0 else "harm"
print(f"Pieces of a rare word {verb}: {abs(helped):.2f} nats against [UNK], plus or minus {error:.2f}")

# %% [markdown]
# So several pieces do no harm by themselves. Right ones tell something, wrong ones mislead.
#
# ## More: entries that never come out
#
# Each Chinese character becomes a word by itself before any list is asked. What, then, of a Chinese character with
# `##`, as a continuation? BERT's list has some. Can a text reach them?

# %%
from bertlab.text.normalize import is_chinese

inside = [piece for piece in bert.pieces if piece.startswith("##") and is_chinese(piece[-1])]
characters = [piece[-1] for piece in inside]
tried = "".join(characters) + " a" + "a".join(characters)  # side by side, and inside a word
reached = set(bert.tokenize(tried)) & set(inside)
print(f"{len(inside)} such entries, for example {' '.join(inside[:5])}; reached: {len(reached)}")

# %% [markdown] tags=["homework"]
# ## Homework: your own corpus
#
# Take a text of your own, in any language, as a list of lines, and learn from it. Which of its longest pieces are no
# words? Cut a text of the same kind with BERT's list and with yours, and compare pieces a word. Then learn a cased
# vocabulary from it (`lowercase=False`). How many entries does it spend on words that it has twice?

# %%
mine = train_wordpiece(read, vocab_size=1000, lowercase=False)
twice = [piece for piece in mine.pieces if piece != piece.lower() and piece.lower() in mine.pieces]
print(f"{len(twice)} of {len(mine)} entries stand there in small letters too: {' '.join(twice[-6:])}")
MergeMachine(read, merges=60)
