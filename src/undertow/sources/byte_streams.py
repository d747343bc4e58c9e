"""Streams of bytes as they are needed: decompressed, and in UTF-8."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
from collections.abc import Callable
from typing import IO, cast

from undertow.errors import InputError

_CHUNK = 1 << 18


def decompressed(disk: IO[bytes], compression: str) -> io.BufferedReader:
    """The content of an open file that is compressed with gzip, bz2 or xz, or (``""``) not at all."""
    openers: dict[str, Callable[[IO[bytes]], object]] = {
        "gzip": lambda file: gzip.GzipFile(fileobj=file),
        "bz2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
        "": lambda file: file,
    }
    inner = cast("io.BufferedReader", openers[compression](disk))
    return inner if not compression else io.BufferedReader(cast("io.RawIOBase", inner), _CHUNK)


def transcoded(stream: io.BufferedReader, encoding: str, shown: str) -> io.BufferedReader:
    """A stream of text in ``encoding`` as UTF-8; InputError when there is no such encoding, or it does not fit."""
    try:
        "x".encode(encoding)  # refuses what is no encoding of text, like base64
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise InputError(
            f"there is no encoding {encoding!r}", where=shown, todo="Try latin-1 or utf-16."
        ) from error
    return io.BufferedReader(_Transcoder(stream, decoder, encoding, shown), _CHUNK)


class _Transcoder(io.RawIOBase):
    """The bytes of a stream in another encoding, as UTF-8."""

    def __init__(
        self, stream: io.BufferedReader, decoder: codecs.IncrementalDecoder, encoding: str, shown: str
    ) -> None:
        self._stream = stream
        self._decoder = decoder
        self._encoding = encoding
        self._shown = shown
        self._pending = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        while not self._pending and not self._ended:
            chunk = self._stream.read(_CHUNK)
            self._ended = not chunk
            try:
                text = self._decoder.decode(chunk, final=self._ended)
            except UnicodeError as error:
                raise InputError(
                    f"the file is not in {self._encoding} ({error})",
                    where=self._shown,
                    todo="Give another --encoding.",
                ) from error
            self._pending = text.encode("utf-8", "surrogatepass")
        size = min(len(view), len(self._pending))
        view[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size
