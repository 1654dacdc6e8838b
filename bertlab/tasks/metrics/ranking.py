"""Search: how high in the list stands what one was looking for?"""

from collections.abc import Collection, Hashable, Sequence

import numpy as np
from jaxtyping import Float, Int

from bertlab.tasks.metrics.counts import count_examples

Rankings = Sequence[Sequence[Hashable]] | Int[np.ndarray, "queries ranked"]
"""For each query the documents found, the best first; a list may end early."""
Relevant = Sequence[Collection[Hashable]]
"""For each query the documents that answer it."""


def best_first(scores: Float[np.ndarray, "queries documents"]) -> Int[np.ndarray, "queries documents"]:
    """The numbers of the documents for each query, the highest score first; equal scores stay in the documents' order.

    >>> best_first(np.array([[0.1, 0.9, 0.1], [0.5, 0.2, 0.7]])).tolist()
    [[1, 0, 2], [2, 0, 1]]
    """
    return np.argsort(-scores, axis=1, kind="stable")


def recalls(ranked: Rankings, relevant: Relevant, k: int) -> Float[np.ndarray, " queries"]:
    """Of each query the share of its relevant documents among the first k: their mean is `recall_at`.

    Raises:
        ValueError: k is below 1, the columns differ in length or are empty, a query has nothing relevant, or a list
            names a document twice.

    >>> recalls([[3, 1, 2], [1, 2, 3]], [{1}, {2, 3}], k=2).tolist()
    [1.0, 0.5]
    """
    return np.array(
        [len(set(found[:k]) & set(wanted)) / len(set(wanted)) for found, wanted in _read(ranked, relevant, k)]
    )


def recall_at(ranked: Rankings, relevant: Relevant, k: int) -> float:
    """The share of what is relevant that stands among the first k: its mean over the queries.

    With one relevant document a query it is the share of queries that find theirs; with more of them than k it cannot
    be 1.

    Raises:
        ValueError: see `recalls`.

    >>> recall_at([[3, 1, 2], [1, 2, 3]], [{1}, {2, 3}], k=2)
    0.75
    """
    return float(recalls(ranked, relevant, k).mean())


def reciprocal_ranks(ranked: Rankings, relevant: Relevant, k: int | None = None) -> Float[np.ndarray, " queries"]:
    """Of each query 1 / the place of its first relevant document, 0 if none is listed: their mean is the MRR.

    Args:
        k: look at the first k only, as MS MARCO does with 10; if left out, at the whole list.

    Raises:
        ValueError: see `recalls`.

    >>> reciprocal_ranks([[3, 1, 2], [1, 2, 3]], [{1}, {2, 3}]).tolist()
    [0.5, 0.5]
    """
    found = []
    for listed, wanted in _read(ranked, relevant, k):
        places = (place for place, document in enumerate(listed[:k], start=1) if document in wanted)
        found.append(1 / next(places, np.inf))
    return np.array(found)


def mean_reciprocal_rank(ranked: Rankings, relevant: Relevant, k: int | None = None) -> float:
    """How high the first relevant document stands: 1 if always first, 1/2 if always second; MRR.

    MRR = the mean over the queries of 1 / place, 0 for a query that found none.

    Args:
        k: see `reciprocal_ranks`.

    Raises:
        ValueError: see `recalls`.

    Source: Voorhees 1999 (TREC-8's question answering track).

    >>> mean_reciprocal_rank([[3, 1, 2], [2, 1, 3]], [{2}, {2, 3}])
    0.6666666666666666
    """
    return float(reciprocal_ranks(ranked, relevant, k).mean())


def _read(ranked: Rankings, relevant: Relevant, k: int | None) -> list[tuple[list[Hashable], Collection[Hashable]]]:
    """A list and what is wanted for each query, if both make sense."""
    if k is not None and k < 1:
        raise ValueError(f"the first {k} of a list are none; k is 1 or more")
    count_examples(rankings=ranked, relevant=relevant)
    lists = ranked.tolist() if isinstance(ranked, np.ndarray) else [list(documents) for documents in ranked]
    for query, (documents, wanted) in enumerate(zip(lists, relevant, strict=True)):
        if not wanted:
            raise ValueError(f"query {query} has no relevant document, so nothing can be found; leave it out")
        if len(set(documents)) < len(documents):
            twice = next(document for document in documents if documents.count(document) > 1)
            raise ValueError(f"the list of query {query} names {twice!r} more than once; a document has one place")
    return list(zip(lists, relevant, strict=True))
