"""From a text to a vector: the built-in way, a provider's model, or a model file of one's own.

What `ATELIER_EMBEDDING` may be:

    built-in            hashed words and character n-grams; nothing is downloaded, nothing leaves the machine
    provider:model      any embedding that LangChain knows; the participants' words are sent to that provider
    a folder            model.onnx and tokenizer.json, as sentence-transformers exports them; runs on this machine
"""

import hashlib
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from study.errors import AtelierError, SettingsInvalid

BUILT_IN = "built-in"
DIMENSIONS = 384
TIMEOUT_SECONDS = 30.0
MAX_TOKENS = 512
"""What is read of a text by a model file whose tokenizer names no limit of its own."""
PROVIDER = re.compile(r"[a-z][a-z0-9_]+:.+")
Vector = np.ndarray[Any, np.dtype[np.float32]]


class Embedding(Protocol):
    """Texts → unit vectors of one length. `name` says which embedding it is; another name, other vectors."""

    name: str

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text. Raises AtelierError when the embedding cannot be reached."""


def open_embedding(spec: str, base_url: str = "") -> Embedding:
    """The embedding that a setting names. Raises SettingsInvalid with the way out.

    `base_url`: an OpenAI-compatible server, for `openai:model` (and Ollama's, for `ollama:model`).
    """
    if spec in ("", BUILT_IN):
        return BuiltIn()
    folder = Path(spec).expanduser()
    if folder.is_dir():
        return OnnxModel(folder)
    if PROVIDER.fullmatch(spec):
        return Provided(spec, base_url)
    raise SettingsInvalid(
        f"ATELIER_EMBEDDING is “{spec}”: neither {BUILT_IN}, nor provider:model such as openai:text-embedding-3-small, "
        "nor a folder with model.onnx and tokenizer.json. Correct it in the environment or in .env."
    )


def embed(text: str) -> list[float]:
    """The built-in vector of a text as plain numbers."""
    return [float(x) for x in vector_of(text)]


@lru_cache(maxsize=20_000)
def vector_of(text: str) -> Vector:
    """The built-in vector: hashed words (weight 2) and their character 3- and 4-grams (weight 1), signed, 384 long.

    Deterministic on every machine. It finds shared words and word stems, not synonyms; how far that
    carries is measured in docs/benchmarks/ikat.md. Not to be written to: what was embedded lately is kept.
    """
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    words = re.findall(r"[^\W_]+", text.lower())
    padded = [f" {word} " for word in words]
    grams = [w[i : i + n] for w in padded for n in (3, 4) for i in range(len(w) - n + 1)]
    for token, weight in [*((w, 2.0) for w in words), *((g, 1.0) for g in grams)]:
        digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
        vector[int.from_bytes(digest[:4], "little") % DIMENSIONS] += weight if digest[4] & 1 else -weight
    unit = _unit(vector)
    unit.setflags(write=False)
    return unit


class BuiltIn:
    """`vector_of`, as an embedding."""

    name = f"{BUILT_IN}-1"

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """No text fails; one without a letter or digit has a vector of zeros."""
        return [vector_of(text) for text in texts]


class Provided:
    """An embedding of a provider, through LangChain. Opened at once, so that a missing key is said at the start."""

    def __init__(self, spec: str, base_url: str = "") -> None:
        self.name = spec
        self._model = _open(spec, base_url)

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """One request, or as many as the provider's client makes of it."""
        from memory.chat_model import reason

        try:
            found = [_unit(np.asarray(row, dtype=np.float32)) for row in self._model.embed_documents(list(texts))]
        except Exception as error:
            raise AtelierError(
                f"The embedding {self.name} did not answer ({reason(error)}). "
                "Check that it can be reached, or set ATELIER_EMBEDDING to another one."
            ) from error
        if len(found) != len(texts):
            raise AtelierError(f"The embedding {self.name} gave {len(found)} vectors for {len(texts)} texts.")
        return found


class OnnxModel:
    """A sentence-embedding model in a folder: mean over the tokens, then unit length.

    As sentence-transformers exports it: `model.onnx` (here or in `onnx/`) and `tokenizer.json`. The
    name holds a digest of the model's file, so that another file makes the index stale.
    """

    def __init__(self, folder: Path) -> None:
        places = [folder / "model.onnx", folder / "onnx" / "model.onnx"]
        self._file = next((file for file in places if file.is_file()), places[0])
        self._tokens = folder / "tokenizer.json"
        if missing := [file.name for file in (self._file, self._tokens) if not file.is_file()]:
            raise SettingsInvalid(
                f"The folder {folder} holds no {' and no '.join(missing)}. Export the model to ONNX with its tokenizer, "
                "or set ATELIER_EMBEDDING to another embedding."
            )
        with self._file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        self.name = f"onnx:{folder.resolve().name}:{digest[:12]}"
        self._loaded = lru_cache(maxsize=1)(self._load)

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """All texts in one run, padded to the longest."""
        if not texts:
            return []
        tokenizer, session = self._loaded()
        read = tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": np.array([one.ids for one in read], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in read], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in read], dtype=np.int64),
        }
        wanted = {one.name for one in session.get_inputs()}
        try:
            hidden = session.run(None, {name: given[name] for name in wanted})[0]
        except Exception as error:
            raise AtelierError(
                f"The model {self._file} cannot be run ({str(error)[:200]}). Export it again."
            ) from error
        if hidden.ndim == 3:
            mask = given["attention_mask"][..., None].astype(np.float32)
            hidden = (hidden * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
        return [_unit(row.astype(np.float32)) for row in hidden]

    def _load(self) -> tuple[Any, Any]:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._tokens))
            session = InferenceSession(str(self._file), providers=["CPUExecutionProvider"])
        except Exception as error:
            raise SettingsInvalid(
                f"The model in {self._file.parent} cannot be read ({str(error)[:200]}). Export it again, "
                "or set ATELIER_EMBEDDING to another embedding."
            ) from error
        if not tokenizer.truncation:
            tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return tokenizer, session


def _open(spec: str, base_url: str) -> Any:
    from memory.chat_model import KEYS, reason

    provider = spec.partition(":")[0]
    needed = KEYS.get(provider)
    if needed and not os.environ.get(needed) and not (provider == "openai" and base_url):
        raise SettingsInvalid(f"The embedding {spec} needs a key: set {needed} in the environment and start again.")
    from langchain.embeddings import init_embeddings

    options: dict[str, Any] = {"base_url": base_url} if base_url and provider in ("openai", "ollama") else {}
    if provider == "openai":
        # Whole texts are sent, not token numbers: other servers do not know those, and counting them needs a download.
        options |= {"timeout": TIMEOUT_SECONDS, "check_embedding_ctx_length": False}
        options |= {"api_key": os.environ.get(needed or "") or "none"} if base_url else {}
    try:
        return init_embeddings(spec, **options)
    except ImportError as error:
        named = re.search(r"langchain-[a-z0-9-]+", str(error))
        package = named[0] if named else f"langchain-{provider.replace('_', '-')}"
        raise SettingsInvalid(
            f"The embedding {spec} needs the package {package}: run pip install {package}."
        ) from error
    except Exception as error:
        text = reason(error).rstrip(".")
        raise SettingsInvalid(f"The embedding {spec} cannot be opened: {text}. Correct ATELIER_EMBEDDING.") from error


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    unit: Vector = vector / length if length else vector
    return unit
