"""A folder with a sentence-embedding model of our own: one table of word vectors, written as ONNX bytes by hand."""

import struct
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

WORDS = {
    "[UNK]": (0.0, 0.0, 1.0),
    "sea": (3.0, 0.0, 0.0),
    "ocean": (4.0, 0.0, 0.0),
    "hills": (0.0, 2.0, 0.0),
}
"""`sea` and `ocean` share no letters' order, but a direction: what the built-in embedding cannot know."""


def write_model(folder: Path, inside: str = "", factor: float = 1.0) -> Path:
    """`model.onnx` (in the folder `inside`) and `tokenizer.json`: (batch, tokens) → (batch, tokens, 3)."""
    (folder / inside).mkdir(parents=True, exist_ok=True)
    (folder / inside / "model.onnx").write_bytes(_model(factor))
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _model(factor: float) -> bytes:
    numbers = [factor * x for row in WORDS.values() for x in row]
    table = _number(1, len(WORDS)) + _number(1, 3) + _number(2, FLOAT) + _bytes(8, b"table")
    table += _bytes(9, struct.pack(f"<{len(numbers)}f", *numbers))
    node = _bytes(1, b"table") + _bytes(1, b"input_ids") + _bytes(2, b"last_hidden_state") + _bytes(4, b"Gather")
    graph = _bytes(1, node) + _bytes(2, b"words") + _bytes(5, table)
    graph += _bytes(11, _value(b"input_ids", INT64, 2)) + _bytes(11, _value(b"attention_mask", INT64, 2))
    graph += _bytes(12, _value(b"last_hidden_state", FLOAT, 3))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, 13))


FLOAT, INT64 = 1, 7


def _value(name: bytes, kind: int, axes: int) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, f"{name.decode()}_{n}".encode())) for n in range(axes))
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
