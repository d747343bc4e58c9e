"""Watchlists: the accounts and outlets that an analyst watches, as files and as rows of a case.

A watchlist is added like any other source (``undertow add CASE watchlist.csv``) and kept in the table ``labels``,
so its custody is in the ledger. :func:`resolve` says which accounts of the case are meant:

>>> from undertow.watchlists import resolve  # doctest: +SKIP
>>> with base.open_engine(case, parameters) as engine:  # doctest: +SKIP
...     watched = resolve(engine)  # watched.accounts, watched.domains, watched.lookalikes
"""

from __future__ import annotations

from undertow.watchlists.classes import actor_classes
from undertow.watchlists.domains import listed_domain
from undertow.watchlists.matching import fold_handle
from undertow.watchlists.resolve import Watchlist, resolve

__all__ = ["Watchlist", "actor_classes", "fold_handle", "listed_domain", "resolve"]
