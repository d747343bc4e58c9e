"""A thousand small files dropped in a watched folder, the process killed three times: nothing lost, nothing doubled.

python bench/track_feed.py FOLDER [files]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import undertow
from undertow.case import Case

COLUMNS = ("post_id", "account_id", "created_at", "text", "kind", "reposted_post_id", "reposted_account_id")


def main() -> None:
    folder, files = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    inbox = folder / "inbox"
    inbox.mkdir(parents=True)
    mapping = [part for name in COLUMNS for part in ("--map", f"{name}={name}")]
    command = [sys.executable, "-m", "undertow", "track", "watch", str(folder / "case"), str(inbox), "--every", "0.5",
               "--platform", "twitter", *mapping]  # fmt: skip
    lines = 0
    process = None
    kills, start = 0, time.perf_counter()
    for n in range(files):  # dropped while the watcher runs, is killed, and runs again
        rows = [f"{n}-{k},a{(n * 7 + k) % 90},2020-01-{1 + n % 28:02} 10:{k:02}:00,text {n} {k},repost,o{k},w{k % 3}"
                for k in range(5 + n % 20)]  # fmt: skip
        staged = inbox / f".{n}"
        staged.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
        staged.rename(inbox / f"{n:04}.csv")
        lines += len(rows)
        if process is None:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if kills < 3 and n == (kills + 1) * files // 4:
            time.sleep(2 + 2.3 * kills)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process, kills = None, kills + 1
    assert process is not None
    while len(Case.open(folder / "case").inputs) < files and time.perf_counter() - start < 900:
        time.sleep(1)
    os.kill(process.pid, signal.SIGTERM)
    process.wait()
    case = Case.open(folder / "case")
    hashes = [entry.sha256 for entry in case.inputs]
    print(f"{files} files, {lines:,} records; killed {kills} times; {time.perf_counter() - start:.0f} s")
    print(f"in the case: {len(hashes)} files ({len(set(hashes))} different), {case.posts.count():,} posts, "
          f"{len(case.parts('posts'))} parts, verify {'ok' if undertow.verify(case).ok else 'FAILED'}")  # fmt: skip
    assert (len(set(hashes)), len(hashes), case.posts.count()) == (files, files, lines)


if __name__ == "__main__":
    main()
