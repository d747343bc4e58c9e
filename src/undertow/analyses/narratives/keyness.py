"""How much more the words of each discovered theme are used than in a control case."""

from __future__ import annotations

from collections import Counter

import numpy as np

from undertow.analyses.base import Controlled, Parameters, control_case
from undertow.analyses.narratives.discovery import Discovered
from undertow.analyses.narratives.features import words_for_themes
from undertow.analyses.own_posts import OwnPosts, all_words
from undertow.case import Case
from undertow.statistics.keyness import log_odds


def against_control(case: Case, parameters: Controlled, found: Discovered | None) -> list[float] | None:
    """Of each theme, the mean log-odds of its words in the case against the control; None without either.

    Words are counted once a text. The prior is both sides' counts together, as a tenth of the smaller side.
    """
    control = control_case(case, parameters)
    if control is None or found is None:
        return None
    posts = OwnPosts.of(control, Parameters(engine=parameters.engine))
    counted: Counter[str] = Counter()
    for words in dict.fromkeys(all_words(posts)):
        counted.update(words_for_themes(words))
    own = np.asarray(found.features.texts.sum(axis=0), dtype=np.float64).ravel()
    other = np.array([counted.get(word, 0) for word in found.features.words], dtype=np.float64)
    both = own + other
    prior = both / both.sum() * 0.1 * max(1.0, min(own.sum(), other.sum())) + 1e-3
    delta, _ = log_odds(own, other, prior)
    place = {word: number for number, word in enumerate(found.features.words)}
    return [float(np.mean([delta[place[word]] for word in words])) if words else 0.0 for words in found.words]
