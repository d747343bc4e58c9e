"""Reading a codebook's YAML: every error says the file, the line, and what to write instead."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import yaml

from undertow.codebooks.matching import TermError, pattern
from undertow.codebooks.model import Codebook, Example, Frame, Term, Theme
from undertow.codebooks.rules import Rule, RuleError, parse
from undertow.errors import InputError, UsageError, did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

MAX_BYTES = 5_000_000
"""A codebook is written by people; what is larger is another file."""


@dataclass(frozen=True)
class _Node:
    """A part of the document, with where it stands."""

    source: str
    node: yaml.Node

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def error(self, what: str, todo: str) -> InputError:
        return InputError(what, where=f"{self.source}, line {self.line}", todo=todo)

    def mapping(self, *, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, _Node]:
        """The entries, which are among those named."""
        known = [*required, *optional]
        found = self.entries(", ".join(known))
        for name, value in found.items():
            if name not in known:
                raise value.error(f"{name!r} is not known here", did_you_mean(name, known))
        missing = [name for name in required if name not in found]
        if missing:
            raise self.error(f"{' and '.join(missing)} is missing", f"add: {missing[0]}: ...")
        return found

    def entries(self, expected: str) -> dict[str, _Node]:
        """The entries of a mapping with any names."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("names with values are expected here", f"write name: value ({expected})")
        found: dict[str, _Node] = {}
        for key, value in self.node.value:
            name = _Node(self.source, key).text()
            if name in found:
                raise _Node(self.source, key).error(f"{name!r} is there twice", "keep one of them")
            found[name] = _Node(self.source, value)
        return found

    def items(self) -> list[_Node]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list is expected here", "begin each element with a dash: - ...")
        return [_Node(self.source, value) for value in self.node.value]

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not str(self.node.value).strip():
            raise self.error("a text is expected here", "write a text, in quotes where it has : or # in it")
        return str(self.node.value).strip()

    def name(self) -> str:
        text = self.text()
        if not _NAME.fullmatch(text):
            raise self.error(f"{text!r} is no name", "use small letters, digits and _, a letter first")
        return text

    def flag(self) -> bool:
        text = self.text().lower()
        if text not in ("true", "false"):
            raise self.error(f"{text!r} is neither true nor false", "write true or false")
        return text == "true"

    def number(self) -> int:
        text = self.text()
        if not text.isdecimal():
            raise self.error(f"{text!r} is no whole number", "write a number of words, for example 8")
        return int(text)


def shipped() -> tuple[str, ...]:
    """The names of the codebooks that come with the program."""
    folder = resources.files("undertow.codebooks") / "data"
    return tuple(
        sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))
    )


def text_of(name: str) -> str:
    """The text of the shipped codebook ``name``; :class:`UsageError` when there is none."""
    if name not in shipped():
        raise UsageError(
            f"there is no shipped codebook {name!r}", where="codebook", todo=did_you_mean(name, shipped())
        )
    return (resources.files("undertow.codebooks") / "data" / f"{name}.yaml").read_text(encoding="utf-8")


def find(name: str, folder: Path | None = None) -> Codebook:
    """The shipped codebook called ``name``, or the one in the file ``name`` (seen from ``folder``).

    Raises :class:`UsageError` when there is neither, :class:`InputError` for one that cannot be read.
    """
    if name in shipped():
        return parsed(text_of(name).encode(), name)
    path = (folder or Path()) / name
    if path.suffix in (".yaml", ".yml") or path.exists():
        return read(path)
    raise UsageError(
        f"there is no codebook {name!r}", where="codebooks", todo=f"{did_you_mean(name, shipped())}; or give a file"
    )


def files_of(names: Sequence[str], folder: Path | None = None) -> list[Path]:
    """The files that :func:`find` would read for ``names``: none for those shipped."""
    return [(folder or Path()) / name for name in names if name not in shipped()]


def read(path: Path) -> Codebook:
    """The codebook in the file ``path``; :class:`InputError` for one that cannot be read."""
    if not path.is_file():
        raise InputError("there is no such file", where=str(path), todo="check the path of the codebook")
    return parsed(path.read_bytes(), str(path))


def parsed(content: bytes, source: str) -> Codebook:
    """The codebook that ``content`` writes; ``source`` names it in messages."""
    if len(content) > MAX_BYTES:
        raise InputError(f"{len(content):,} bytes are no codebook", where=source, todo="check that it is the file")
    try:
        document = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8", where=source, todo="save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = source if mark is None else f"{source}, line {mark.line + 1}"
        raise InputError(
            f"the YAML cannot be read: {error.problem or error.context}",
            where=where,
            todo="mend the line; texts with : or # in them need quotes",
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"the YAML cannot be read: {error}", where=source, todo="mend the file") from error
    if document is None:
        raise InputError("the file is empty", where=source, todo="see: undertow codebook show NAME for an example")
    root = _Node(source, document)
    parts = root.mapping(required=("codebook", "version", "title", "terms"), optional=("about", "themes", "frames"))
    if "themes" not in parts and "frames" not in parts:
        raise root.error("it has neither themes nor frames", "add: themes:")
    terms = _terms(parts["terms"])
    themes = tuple(_theme(node, terms) for node in (parts["themes"].items() if "themes" in parts else ()))
    frames = tuple(_frame(node, terms) for node in (parts["frames"].items() if "frames" in parts else ()))
    book = Codebook(
        name=parts["codebook"].name(),
        version=parts["version"].text(),
        title=parts["title"].text(),
        about=parts["about"].text() if "about" in parts else "",
        terms=terms,
        themes=themes,
        frames=frames,
        sha256=hashlib.sha256(content).hexdigest(),
        source=source,
    )
    seen: set[str] = set()
    for part in book.parts:
        if part.id in seen:
            where = f"{source}, line {part.line}"
            raise InputError(f"{part.id!r} is there twice", where=where, todo="give each its own id")
        seen.add(part.id)
    return book


def _terms(node: _Node) -> dict[str, tuple[Term, ...]]:
    groups: dict[str, tuple[Term, ...]] = {}
    for name, listed in node.entries("the name of a group, and its terms").items():
        if not _NAME.fullmatch(name):
            raise listed.error(f"{name!r} is no name", "use small letters, digits and _, a letter first")
        groups[name] = tuple(_term(entry, name) for entry in listed.items())
        if not groups[name]:
            raise listed.error(f"the group {name!r} has no terms", "add: - {term: ..., language: en, why: ...}")
    return groups


def _term(node: _Node, group: str) -> Term:
    parts = node.mapping(required=("term", "language", "why"), optional=("only",))
    term, language = parts["term"].text(), parts["language"].text()
    if not _LANGUAGE.fullmatch(language):
        raise parts["language"].error(f"{language!r} is no language tag", "write en, zh-Hant, ru, ...")
    try:
        pattern(term)
    except TermError as error:
        raise parts["term"].error(f"{term!r} cannot be looked for: {error}", "mend the term") from error
    only = parts["only"].flag() if "only" in parts else False
    return Term(term, language, parts["why"].text(), group, node.line, only)


def _known(node: _Node, terms: Mapping[str, object]) -> tuple[str, ...]:
    names = []
    for entry in node.items():
        name = entry.text()
        if name not in terms:
            raise entry.error(f"there is no group of terms {name!r}", did_you_mean(name, terms))
        names.append(name)
    return tuple(names)


def _rule(node: _Node, terms: Mapping[str, object]) -> Rule:
    try:
        rule = parse(node.text())
    except RuleError as error:
        raise node.error(
            f"the rule cannot be read at its character {error.column}: {error.what}",
            "rules are made of groups, AND, OR, NOT, NEAR/5, BEFORE/5 and brackets",
        ) from error
    for name in rule.groups():
        if name not in terms:
            raise node.error(f"the rule names {name!r}, which is no group of terms", did_you_mean(name, terms))
    return rule


def _examples(node: _Node) -> tuple[Example, ...]:
    found = []
    for entry in node.items():
        parts = entry.mapping(required=("text", "match"), optional=("language",))
        language = parts["language"].text() if "language" in parts else None
        found.append(Example(parts["text"].text(), parts["match"].flag(), entry.line, language))
    return tuple(found)


def _theme(node: _Node, terms: Mapping[str, object]) -> Theme:
    parts = node.mapping(required=("id", "title", "rule", "examples"), optional=("about", "exclude"))
    return Theme(
        id=parts["id"].name(),
        title=parts["title"].text(),
        about=parts["about"].text() if "about" in parts else "",
        rule=_rule(parts["rule"], terms),
        exclude=_known(parts["exclude"], terms) if "exclude" in parts else (),
        examples=_examples(parts["examples"]),
        line=node.line,
    )


def _frame(node: _Node, terms: Mapping[str, object]) -> Frame:
    lists = ("praised", "disparaged", "praise", "blame")
    more = ("negation", "endorses", "rejects")
    parts = node.mapping(required=("id", "title", *lists, "within", "examples"), optional=("about", *more))
    negation, endorses, rejects = (_known(parts[name], terms) if name in parts else () for name in more)
    return Frame(
        id=parts["id"].name(),
        title=parts["title"].text(),
        about=parts["about"].text() if "about" in parts else "",
        praised=_known(parts["praised"], terms),
        disparaged=_known(parts["disparaged"], terms),
        praise=_known(parts["praise"], terms),
        blame=_known(parts["blame"], terms),
        negation=negation,
        endorses=endorses,
        rejects=rejects,
        within=parts["within"].number(),
        examples=_examples(parts["examples"]),
        line=node.line,
    )
