"""The control without a network: counts of words and one matrix, as scikit-learn finds them, and tags word by word."""

import numpy as np
import pytest
import torch

from bertlab.tasks.words_alone import TagOfAWord, bag_of_words, one_matrix
from bertlab.training.rows import Row


def test_words_are_counted_in_each_segment_and_their_order_does_not_matter():
    rows = [Row([2, 5, 6, 5, 3], [0, 0, 0, 0, 1], {}), Row([5, 6, 2, 5, 3], [0, 0, 0, 0, 1], {})]
    counts = bag_of_words(rows, vocab=8)
    assert counts.shape == (2, 16)
    assert counts[0].tolist() == counts[1].tolist()
    assert counts[0, 5].item() == pytest.approx(2 / 5)
    assert counts[0, 8 + 3].item() == pytest.approx(1 / 5)
    assert counts[0, 3] == 0


def test_one_matrix_is_logistic_regression():
    sklearn = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    true = rng.normal(size=(6, 3))
    known, asked = rng.normal(size=(200, 6)), rng.normal(size=(300, 6))
    labels = (known @ true + rng.normal(size=(200, 3))).argmax(axis=1)
    as_tensor = [torch.tensor(each, dtype=torch.float32) for each in (known, asked)]
    said = one_matrix(as_tensor[0], torch.tensor(labels), as_tensor[1], classes=3, decay=1e-2)
    mean, spread = known.mean(axis=0), known.std(axis=0)
    theirs = sklearn.LogisticRegression(C=1 / (2 * 1e-2 * len(known)), max_iter=1000)
    expected = theirs.fit((known - mean) / spread, labels).predict((asked - mean) / spread)
    assert (said.numpy() == expected).mean() > 0.99


def test_numbers_that_never_change_are_left_out_and_change_nothing():
    known, asked = (torch.rand(count, 6, generator=torch.Generator().manual_seed(count)) for count in (60, 40))
    labels = (known @ torch.arange(18.0).reshape(6, 3).sin()).argmax(dim=1)
    expected = one_matrix(known, labels, asked, classes=3)
    always = torch.full((60, 5), 2.0)
    said = one_matrix(torch.cat([known, always], 1), labels, torch.cat([asked, torch.rand(40, 5)], 1), classes=3)
    assert said.tolist() == expected.tolist()
    assert one_matrix(always, labels, torch.rand(4, 5), classes=3).tolist() == 4 * [labels.bincount().argmax().item()]


def test_a_word_has_the_tag_it_had_most_often_and_a_new_one_the_most_frequent():
    words = [["Ruby", "sings"], ["Ruby", "runs"], ["ruby", "Ruby"]]
    tags = [["B-PER", "O"], ["B-PER", "O"], ["O", "B-OBJ"]]
    assert TagOfAWord(words, tags)(["Ruby", "ruby", "waits"]) == ("B-PER", "O", "O")
