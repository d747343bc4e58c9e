"""How long reading an archive CSV takes, as a ratio to DuckDB's own ``read_csv`` of the same file into Parquet.

Both do their work in alternation (interleaved runs, warm cache) and the medians are compared. Ours is the whole of
``undertow add``: hashing, canonical tables (posts, accounts, counters), merging, syncing, the ledger; DuckDB's is a
copy of the raw text columns.

Goal: at most 2.5. Measured, 1,000,000 posts (536 MB), two idle cores, medians of 5: DuckDB 2.86 s, ours 7.06 s, ratio
2.47. Of our 13 processor seconds DuckDB's parsing and projection take 5.5, text keys in Python 2, Parquet 1.3,
merging 1, hashing 0.5; fetching, keys and encoding go side by side, so that 1.8 cores are busy while the file is read.

    python bench/read_archive.py [--posts 1000000] [--runs 5] [--file made-before.csv]
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

COLUMNS = (
    "tweetid", "userid", "user_display_name", "user_screen_name", "user_reported_location",
    "user_profile_description", "user_profile_url", "follower_count", "following_count", "account_creation_date",
    "account_language", "tweet_language", "tweet_text", "tweet_time", "tweet_client_name", "in_reply_to_userid",
    "in_reply_to_tweetid", "quoted_tweet_tweetid", "is_retweet", "retweet_userid", "retweet_tweetid", "latitude",
    "longitude", "quote_count", "reply_count", "like_count", "retweet_count", "hashtags", "urls", "user_mentions",
    "poll_choices",
)  # fmt: skip
POSTS_AN_ACCOUNT = 15
FIRST_MS, LAST_MS = 1_325_376_000_000, 1_590_000_000_000
TWITTER_EPOCH_MS = 1_288_834_974_657

WORDS = {
    "en": "the people of our city want to know what happened last night near the river and who will pay for it",
    "ru": "люди нашего города хотят знать что случилось вчера ночью у реки и кто за это заплатит наконец",
    "zh": "我们 城市 的 人民 想 知道 昨晚 河边 发生 了 什么 谁 来 负责 这件 事情 香港 暴徒 警察 美国",
    "ar": "يريد سكان مدينتنا أن يعرفوا ما حدث الليلة الماضية قرب النهر ومن سيدفع ثمن ذلك في النهاية",
    "es": "la gente de nuestra ciudad quiere saber qué pasó anoche cerca del río y quién va a pagar por ello",
    "in": "warga kota kami ingin tahu apa yang terjadi tadi malam di dekat sungai dan siapa yang membayar",
    "und": "👍 🎉 😂 #ff @you ok !!! 100 %",
}
CLIENTS = ("Twitter Web Client", "Twitter for Android", "Twitter for iPhone", "TweetDeck", "IFTTT", "dlvr.it")
HOSTS = ("www.example.org", "news.example.com", "youtu.be", "WWW.Example.net", "blog.example.co.uk:8080")


def _token(random_: random.Random, length: int) -> str:
    return "".join(random_.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))


def _accounts(random_: random.Random, number: int) -> list[list[str]]:
    accounts = []
    for index in range(number):
        language = random_.choice(tuple(WORDS)[:-1])
        words = WORDS[language].split()
        hashed = random_.random() < 0.8
        name = _token(random_, 43) + "=" if hashed else str(random_.randrange(10**8, 10**18))
        shown = (name, name) if hashed else (" ".join(random_.sample(words, 2)), _token(random_, 12))
        description = " ".join(random_.choices(words, k=random_.randrange(25))).replace("river", '"river"\n')
        created = time.strftime("%Y-%m-%d", time.gmtime(random_.randrange(1_250_000_000, 1_500_000_000)))
        place = random_.choice(("", "", "", "Hong Kong", "California, USA"))
        link = random_.choice(("", "", f"https://t.co/{index:010d}"))
        counts = [str(int(random_.paretovariate(0.7))), str(random_.randrange(2000))]
        accounts.append(
            [name, *shown, place, description, link, *counts, created, random_.choice(("en", "zh-cn", "ru"))]
        )
    return accounts


def rows(posts: int, seed: int = 1) -> Iterator[list[str]]:
    """The rows of a made-up takedown in the archive's layout: many scripts, multi-line text, lists, reposts."""
    random_ = random.Random(seed)
    accounts = _accounts(random_, max(posts // POSTS_AN_ACCOUNT, 1))
    for _ in range(posts):
        account = random_.choice(accounts)
        language = random_.choices(tuple(WORDS), weights=(30, 15, 20, 15, 10, 5, 5))[0]
        words = WORDS[language].split()
        at = random_.randrange(FIRST_MS, LAST_MS)
        post_id = ((at - TWITTER_EPOCH_MS) << 22) | random_.randrange(1 << 22)
        text = " ".join(random_.choices(words, k=random_.randrange(4, 26)))
        if random_.random() < 0.15:
            text = text.replace(" ", "\n\n", 1)
        if random_.random() < 0.05:
            text = f'"{text}"'
        tags = random_.sample(words, random_.choice((0, 0, 0, 1, 2)))
        links = [f"https://{random_.choice(HOSTS)}/{_token(random_, 18)}"] if random_.random() < 0.35 else []
        mentions = [str(random_.randrange(10**8, 10**10)) for _ in range(random_.choice((0, 0, 1, 1, 2)))]
        repost = random_.random() < 0.4
        reply = not repost and random_.random() < 0.15
        if repost:
            text = f"RT @{_token(random_, 10)}: {text}"
        if links:
            text += f" https://t.co/{_token(random_, 10)}"
        earlier = str(post_id - random_.randrange(1 << 40, 1 << 46)) if repost or reply else ""
        target = random_.choice(accounts)[0] if repost or reply else ""
        yield [
            str(post_id), *account, language, text, time.strftime("%Y-%m-%d %H:%M", time.gmtime(at // 1000)),
            random_.choice(CLIENTS), target if reply else "", earlier if reply else "", "",
            "true" if repost else "false", target if repost else "", earlier if repost else "", "absent", "absent",
            *(str(int(random_.paretovariate(1.2)) - 1) for _ in range(4)),
            str(tags) if tags else random_.choice(("[]", "")), str(links), str(mentions) if mentions else "[]", "",
        ]  # fmt: skip


def make(path: Path, posts: int, seed: int = 1) -> None:
    """Write the made-up takedown to ``path``, every field quoted as in the real archive."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(posts, seed))


def by_duckdb(path: Path, folder: Path) -> None:
    """The baseline: DuckDB copies the raw columns into Parquet."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(
            f"copy (select * from read_csv('{path}', columns = {{{columns}}}, auto_detect = false, header = true, "
            f"""delim = ',', quote = '"', escape = '"')) to '{folder / "raw.parquet"}' (format parquet)"""
        )


def by_undertow(path: Path, folder: Path) -> None:
    """Ours: a new case, and the file added to it: hashed, read, merged, synced, committed."""
    from undertow.case import Case

    Case.create(folder / "case").add(path)


def main() -> None:
    """Make the file, run both in alternation, print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "takedown.csv"
        if not path.exists():
            make(path, arguments.posts)
        times: dict[str, list[float]] = {"duckdb": [], "undertow": []}
        for _ in range(arguments.runs):
            for name, run in (("duckdb", by_duckdb), ("undertow", by_undertow)):
                with tempfile.TemporaryDirectory(dir=folder) as out:
                    start = time.perf_counter()
                    run(path, Path(out))
                    times[name].append(time.perf_counter() - start)
        medians = {name: statistics.median(values) for name, values in times.items()}
        print(
            f"{path.stat().st_size >> 20} MB; all runs, s: { ({n: [round(v, 2) for v in t] for n, t in times.items()}) }"
        )
        print(f"median: duckdb {medians['duckdb']:.2f} s, undertow {medians['undertow']:.2f} s")
        print(f"ratio: {medians['undertow'] / medians['duckdb']:.2f} (at most 2.5)")


if __name__ == "__main__":
    main()
