"""Links as objects: two links that lead to the same page are the same object, the raw link is kept in the posts.

Normalised are: scheme and host's case, ``www.`` and mobile hosts, ports, fragments, tracking parameters, the order
of the other parameters, trailing slashes, and wrappers that carry the target in their address. Links shortened by
services that hide the target stay what they are, unless the source gives the unwound link.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|ysclid|mc_cid|mc_eid|igsh|igshid|_hsenc|_hsmi|mkt_tok|"
    r"oly_anon_id|oly_enc_id|vero_id|wickedid|__twitter_impression|ref_src|ref_url|cmpid|ocid|ncid|smid|sr_share|"
    r"share|shared|sharetype|spm|at_medium|at_campaign|xtor|s_cid|soc_src|soc_trk|feature|si|ns_source|ns_mchannel|"
    r"ns_campaign|ns_linkname|CMP|from_source|wt_mc|ito|trk|trkInfo|guccounter|guce_referrer|guce_referrer_sig)$",
    re.IGNORECASE,
)
"""Query parameters that say where a click came from, not what is shown."""

WRAPPERS = {
    ("l.facebook.com", "/l.php"): "u",
    ("lm.facebook.com", "/l.php"): "u",
    ("www.facebook.com", "/l.php"): "u",
    ("www.facebook.com", "/sharer/sharer.php"): "u",
    ("www.facebook.com", "/sharer.php"): "u",
    ("www.google.com", "/url"): "url",
    ("www.youtube.com", "/redirect"): "q",
    ("out.reddit.com", ""): "url",
    ("t.umblr.com", "/redirect"): "z",
    ("vk.com", "/away.php"): "to",
    ("away.vk.com", "/away.php"): "to",
}
"""Hosts and paths that wrap the target in a parameter."""

_MOBILE = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")
_UNWRAPS = 3


def normal_link(url: str) -> str | None:
    """The object that ``url`` stands for; None for what is not a link to a page.

    >>> normal_link("https://www.Example.org:443/a/?utm_source=x&b=2&a=1#top")
    'example.org/a?a=1&b=2'
    >>> normal_link("https://l.facebook.com/l.php?u=http%3A%2F%2Fexample.org%2Fa&h=x")
    'example.org/a'
    >>> normal_link("https://youtu.be/abc?si=1"), normal_link("https://www.youtube.com/watch?v=abc&feature=share")
    ('youtube.com/watch?v=abc', 'youtube.com/watch?v=abc')
    """
    for _ in range(_UNWRAPS):
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return None
        wrapped = WRAPPERS.get((host, parts.path)) or WRAPPERS.get((host, ""))
        target = dict(parse_qsl(parts.query)).get(wrapped) if wrapped else None
        if target is None:
            break
        url = target
    if "." not in host or host.split() != [host]:
        return None
    path, query = parts.path.rstrip("/"), parts.query
    if host == "youtu.be" and len(path) > 1:
        host, path, query = "youtube.com", "/watch", f"v={path[1:]}"
    host = _MOBILE.sub("", host)
    kept = sorted((k, v) for k, v in parse_qsl(query, keep_blank_values=True) if not TRACKING.match(k))
    return f"{host}{path}" + (f"?{urlencode(kept)}" if kept else "")
