"""The outlet class of an ad: of its page, or of the domain that it shows, by the case's watchlists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.analyses.advertising.ads import Ad
from undertow.engines.engine import Engine
from undertow.sources.links import domain
from undertow.watchlists import listed_domain, resolve


@dataclass(frozen=True)
class Classes:
    """(platform, page) -> class, and domain -> class; one class each, the first by name where lists disagree."""

    pages: Mapping[tuple[str, str], str]
    domains: Mapping[str, str]

    @classmethod
    def of(cls, engine: Engine) -> Classes:
        """The classes that the watchlists of the engine's case give."""
        watched = resolve(engine)
        pages: dict[tuple[str, str], str] = {}
        for row in watched.accounts.to_pylist():
            if row["actor_class"] is not None:
                for name in (row["account_id"], row["handle"]):
                    if name is not None:
                        pages.setdefault((row["platform"], name), row["actor_class"])
        domains: dict[str, str] = {}
        for row in watched.domains.to_pylist():
            if row["actor_class"] is not None:
                domains.setdefault(row["domain"], row["actor_class"])
        return cls(pages, domains)

    @property
    def empty(self) -> bool:
        """Whether no watchlist names a class."""
        return not self.pages and not self.domains

    def of_ad(self, ad: Ad) -> str | None:
        """The class of the ad's page, else of the first listed domain that it shows."""
        for name in (ad.page, ad.page_name):
            if name is not None and (ad.platform, name) in self.pages:
                return self.pages[ad.platform, name]
        for caption in ad.captions:
            shown = domain(caption)
            listed = None if shown is None else listed_domain(shown, self.domains)
            if listed is not None:
                return self.domains[listed]
        return None
