"""Places that texts name: countries and territories by their names in several languages, from a data file."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib import resources
from pathlib import Path

from undertow.codebooks import Codebook, Matcher, Term
from undertow.codebooks.matching import TermError, pattern
from undertow.errors import InputError

COLUMNS = ("place", "language", "name")


@cache
def shipped() -> Matcher:
    """The places that come with the program (``data/places.csv``)."""
    text = resources.files("undertow.analyses.targeting").joinpath("data/places.csv").read_text(encoding="utf-8")
    return _parsed(text, "places.csv")


def places(file: str | None) -> Matcher:
    """The places of ``file`` (columns place, language, name), or those shipped; :class:`InputError` says what is wrong."""
    if file is None:
        return shipped()
    path = Path(file)
    if not path.is_file():
        raise InputError("there is no such file", where=file, todo="check the path of the places")
    try:
        return _parsed(path.read_text(encoding="utf-8-sig"), file)
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8", where=file, todo="save the file as UTF-8") from error


def _parsed(text: str, source: str) -> Matcher:
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError("the columns are not these three", where=source, todo=f"write: {','.join(COLUMNS)}")
    groups: dict[str, list[Term]] = {}
    for row in reader:
        where = f"{source}, line {reader.line_num}"
        place, name = (row["place"] or "").strip(), (row["name"] or "").strip()
        if not place:
            raise InputError("the place is missing", where=where, todo="write place,language,name")
        try:
            pattern(name)
        except TermError as error:
            raise InputError(
                f"{name!r} cannot be looked for: {error}", where=where, todo="mend the name"
            ) from error
        term = Term(name, (row["language"] or "").strip(), "a name of the place", place, reader.line_num)
        groups.setdefault(place, []).append(term)
    terms = {place: tuple(listed) for place, listed in groups.items()}
    return Matcher(Codebook("places", "1", "Places", "", terms, (), (), "", source))
