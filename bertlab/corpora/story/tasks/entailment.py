"""Claims about stories: does the text say so?

By the exact posterior of a fact given the text: 1 is entailment, 0 is contradiction, anything between is neutral.

Source of the task: Bowman et al. 2015, a large annotated corpus for natural language inference; ours has no noise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bertlab.corpora.story.morphology import article, conjugate
from bertlab.corpora.story.parts import Part
from bertlab.corpora.story.slots import SLOT
from bertlab.corpora.story.tasks.labels import draws, require, search
from bertlab.corpora.story.world import Story, StoryWorld, in_print

OUTCOMES = ("entailment", "neutral", "contradiction")

FACTS = {
    "topic": "{name} {be} at the {venue} .",
    "object": "{name} {have} {a} {object} .",
    "spot": "{her} {object} {be} near the {spot} .",
    "relative": "this story is about {name} and {her} {relative} .",
    "weather": "it {be} {sky} .",
}
"""What may be claimed about a latent, as a template; a world may have only some."""


@dataclass(frozen=True)
class Entailment:
    """A text and a claim about it.

    Args:
        label: entailment, neutral or contradiction.
        probability: of the claim, given the text, exactly.
    """

    premise: str
    hypothesis: str
    label: str
    probability: float


def entailments(world: StoryWorld, count: int, seed: int = 0, part: Part = "training") -> Iterator[Entailment]:
    """Claims about stories, a third of each outcome.

    The label follows from text and claim: who knows the world can be always right.

    Raises:
        ValueError: this world knows none of the facts.
    """
    require(world, "entailment", "name", "her", "tense")
    known = known_facts(world)
    if not known:
        raise ValueError(f"{world.grammar.lexicon.file} has the words for none of the facts {', '.join(FACTS)}")
    for rng in draws("entailments", count, seed, part):
        wanted = OUTCOMES[rng.integers(len(OUTCOMES))]
        for story in search(world, rng, f"leaves a claim of {', '.join(known)} with the outcome {wanted}"):
            fact = known[rng.integers(len(known))]
            fitting = [(claim, p) for claim, outcome, p in claims(world, story, fact) if outcome == wanted]
            if fitting:
                break
        claim, probability = fitting[rng.integers(len(fitting))]
        yield Entailment(story.text, claim, wanted, probability)


def known_facts(world: StoryWorld) -> list[str]:
    """The facts that this world draws, and has all the words to claim.

    >>> known_facts(StoryWorld.load("pocket"))
    ['topic', 'object', 'spot']
    """
    words = {"be", "have", "a", *world.grammar.latents, *world.grammar.lexicon.categories}
    return [
        fact
        for fact, template in FACTS.items()
        if fact in world.grammar.latents and {slot for _, slot, _ in SLOT.findall(template)} <= words
    ]


def claims(world: StoryWorld, story: Story, fact: str) -> list[tuple[str, str, float]]:
    """(claim, outcome, probability) for each value that a latent might have; none if the text leaves the claim unclear.

    A starred word is weighed against the others of its list: in the zoo one may have had any of the zoo's objects.
    """
    # Who is never named cannot be claimed about, nor where a thing is that is not.
    if not {"name", *(["object"] if fact == "spot" else [])} <= set(story.slots):
        return []
    # A spot that is said of something else would make the posterior sure of what the text leaves open.
    if fact == "spot" and "spot" in story.slots and not _says_together(story, "object", "spot"):
        return []
    posterior = world.posterior(story)[fact]
    lexicon = world.grammar.lexicon
    category = lexicon.categories.get(fact)
    if category:
        values = tuple(word for word, _ in category.words[story.state[category.variable]])
    else:
        values = lexicon.variables[fact]
    found = []
    for value in values:
        others = sum(share for other, share in posterior.items() if other != value)
        # Zeros are exact: a value is out when some piece rules it out.
        outcome = OUTCOMES[2] if posterior[value] == 0 else OUTCOMES[0] if others == 0 else OUTCOMES[1]
        claim = fill_fact(world, FACTS[fact], {**story.state, fact: value})
        found.append((claim, outcome, posterior[value]))
    return found


def fill_fact(world: StoryWorld, template: str, state: Mapping[str, str]) -> str:
    """A claim in words, in the tense of the story."""
    categories = world.grammar.lexicon.categories
    words: list[str] = []
    for slot in template.split():
        name = slot.strip("{}")
        if name in ("be", "have"):
            words.append(conjugate(name, "he", state["tense"]))
        elif name == slot or name == "a":
            words.append(slot)
        else:
            word = state[name] if name in state else categories[name].words[state[categories[name].variable]][0][0]
            words += word.split("_")
    for place, word in enumerate(words):
        if word == "{a}":
            words[place] = article(words[place + 1])
    return in_print(words)


def _says_together(story: Story, *categories: str) -> bool:
    return any(set(categories) <= set(story.slots[first:stop]) for first, stop in story.sentences)
