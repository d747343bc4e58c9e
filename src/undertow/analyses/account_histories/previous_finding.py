"""What the accounts were before they changed hands: languages, hours, places, and what was posted then."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from undertow.analyses.account_histories import charts, describing
from undertow.analyses.account_histories.context import Context
from undertow.analyses.account_histories.wording import QUESTION, client_name, clock_hour, language_name
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import PERSONAL_LIVES, rate
from undertow.wording import count, joined, strength_words

ID = "account_histories.previous_lives"
SHOWN = 5


def finding(context: Context) -> Finding:
    """The languages, places and contents of the lives before each change."""
    study = context.study
    last = {life.account: life.number for life in study.histories}
    earlier = [life for life in study.histories if life.number < last[life.account]]
    languages = Counter(language_name(life.language) for life in earlier)
    contents = Counter(life.content for life in earlier)
    located = {
        account: place
        for account, place, seen in zip(
            range(study.found.n_accounts), study.profiles.location, study.profiles.located.tolist(), strict=True
        )
        if place is not None and seen >= 0
    }
    places = [
        located[life.account]
        if life.account in located and study.profiles.located[life.account] <= life.last
        else None
        for life in earlier
    ]
    n, personal = len(earlier), contents["personal"]
    low, high = wilson(personal, n) if n else (None, None)
    rating = rate(low=low, high=high, scale=PERSONAL_LIVES, n_accounts=len(study.accounts), tested=False)
    seen = sum(place is not None for place in places)
    statement = (
        f"The {count(n, 'earlier life', 'earlier lives')} of these accounts were mostly in "
        f"{joined([f'{name} ({number:,})' for name, number in languages.most_common(SHOWN)])}; by what was posted they "
        "look "
        f"{joined([f'{name} ({contents[name]:,})' for name in describing.CONTENTS if contents[name]])}. "
        + (
            f"A place was stated in {count(seen, 'profile')} seen before the change."
            if seen
            else "Where they were cannot be told from profiles: none was seen before the change."
        )
        if n
        else "No earlier life to tell of: no account is consistent with a change of hands."
    )
    evidence, words = context.posts_of(context.strongest())
    counts = Counter((language_name(life.language), life.content) for life in earlier)
    rows = [
        {"language": name, "content": content, "lives": number}
        for (name, content), number in sorted(counts.items())
    ]
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=personal / n if n else None,
            low=low,
            high=high,
            unit="share of earlier lives that look personal",
            n=sum(life.posts for life in earlier),
            n_accounts=len(study.accounts),
        ),
        p_value=None,
        null_model=None,
        method=(
            f"By fixed rules: another campaign, where {describing.CAMPAIGN_SHARE:.0%} of the own posts are in a "
            f"wording that {describing.SHARING} "
            f"accounts or more use; else spam or automatic, where {describing.SPAM_LINKS:.0%} carry a link or "
            f"{describing.SPAM_REPEATS:.0%} repeat an own "
            f"wording; else personal, where {describing.PERSONAL_REPLIES:.0%} of all posts are replies and under "
            f"{describing.PERSONAL_LINKS:.0%} of the own "
            f"ones carry a link; else reposts, where {describing.REPOSTS_SHARE:.0%} are; lives of under "
            f"{describing.LEAST_POSTS} posts are unclear. {words} {strength_words(rating)}"
        ),
        assumptions=(
            "What is left of an earlier life is what it was: often most of it was deleted before the set was made",
        ),
        alternatives=(
            "Lives that look personal can be cover, grown for sale",
            "The owner of both lives may be one person: see the first finding",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="account_previous_lives.parquet",
        chart="account_previous_lives.vl.json" if n else None,
        evidence=evidence,
        result=pa.table(
            {
                "platform": pa.array([context.platform(life.account) for life in earlier], pa.string()),
                "account_id": pa.array([context.account_id(life.account) for life in earlier], pa.string()),
                "life": pa.array([life.number for life in earlier], pa.int64()),
                "language": pa.array([life.language for life in earlier], pa.string()),
                "hours": pa.array(
                    [None if life.hour is None else clock_hour(life.hour) for life in earlier], pa.string()
                ),
                "place": pa.array(places, pa.string()),
                "client": pa.array(
                    [None if life.client is None else client_name(life.client) for life in earlier], pa.string()
                ),
                "content": pa.array([life.content for life in earlier], pa.string()),
                "posts": pa.array([life.posts for life in earlier], pa.int64()),
            }
        ),
        figure=charts.earlier(
            rows,
            describing.CONTENTS,
            f"{count(n, 'earlier life', 'earlier lives')} by main language and by what was posted; the commonest "
            "language is "
            f"{languages.most_common(1)[0][0]}.",
        )
        if n
        else None,
    )
