"""What lesson 00 shows, when it has been run."""

import re

import pytest
from reading import pages_of


@pytest.mark.slow
def test_lesson_00_draws_bars_with_words_and_bertviz_views(executed):
    pages = pages_of(executed("00").notebook)
    figures = [page for page in pages if page.startswith("<figure")]
    assert len(figures) >= 4
    for page in figures:
        assert re.search(r'<img alt="[^"]{20,}"', page)
        assert "<table>" in page
    assert sum("<iframe" in page for page in pages) >= 2


@pytest.mark.slow
def test_lesson_00_shows_the_truth_beside_berts_guess(executed):
    alts = re.findall(r'alt="(How sure one can be of the hole[^"]*)"', "\n".join(pages_of(executed("00").notebook)))
    assert len(alts) == 2
    assert re.search(r": castle 100\.0%, BERT 9\d\.\d%", alts[0]), "one can be sure, and BERT is"
    exact, guessed = zip(*re.findall(r"\w+ ([\d.]+)%, BERT ([\d.]+)%", alts[1]), strict=True)
    assert exact == ("25.0",) * 4, "the answer is a small die"
    assert all(15 < float(share) < 35 for share in guessed), "and BERT has found it out"
