"""Words that stand with everything are told from words of a subject, by their company alone."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from undertow.statistics.everyday_words import everyday_words


def test_words_of_all_texts_are_everyday_and_words_of_a_subject_are_not() -> None:
    rng = np.random.default_rng(4)
    subject = rng.integers(5, size=4000)
    texts = np.zeros((4000, 60), np.float32)
    texts[:, :25] = rng.random((4000, 25)) < 0.08  # function words
    for number in range(5):  # seven words of each subject
        inside = np.flatnonzero(subject == number)
        texts[np.ix_(inside, range(25 + 7 * number, 32 + 7 * number))] = rng.random((len(inside), 7)) < 0.4
    found = everyday_words(csr_matrix(texts))
    assert found[:25].all()
    assert found[25:].sum() == 5  # half of the sixty that are frequent
    assert not everyday_words(csr_matrix((10, 3), dtype=np.float32)).any()
