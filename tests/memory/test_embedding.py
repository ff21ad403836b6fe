"""Embeddings by setting: the built-in one, a provider over real HTTP, a model file that really runs."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx_folder import write_model
from openai_server import Fails, OpenAIServer

from memory.embedding import DIMENSIONS, embed, open_embedding, vector_of
from memory.index import Index
from study.errors import AtelierError, SettingsInvalid

ROOT = Path(__file__).parents[2]


def likeness(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))


# --- built-in ----------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(max_size=60))
def test_an_embedding_is_a_unit_vector_or_nothing(text: str) -> None:
    vector = embed(text)
    length = math.sqrt(sum(x * x for x in vector))
    assert len(vector) == DIMENSIONS
    assert length == pytest.approx(1, abs=1e-5) or not any(vector)


def test_an_embedding_is_the_same_in_every_process() -> None:
    code = "from memory.embedding import embed; print(sum(n * x for n, x in enumerate(embed('close to the sea'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) == sum(n * x for n, x in enumerate(embed("close to the sea")))


def test_shared_words_are_nearer_than_none() -> None:
    assert likeness("I like hiking", "hiking trails") > likeness("I like hiking", "cheap dinner") + 0.1


def test_the_setting_names_the_embedding() -> None:
    made = open_embedding("built-in")
    assert open_embedding("").name == made.name  # an empty setting is no setting
    assert made.name.startswith("built-in")
    assert np.array_equal(made.vectors(["the sea"])[0], vector_of("the sea"))


# --- a provider --------------------------------------------------------------------------------


def test_a_providers_embedding_is_asked_over_http(llm: OpenAIServer) -> None:
    made = open_embedding("openai:letters", llm.url)
    one, other = made.vectors(["abba", "ccc"])
    assert one[:3] == pytest.approx([math.sqrt(0.5), math.sqrt(0.5), 0])
    assert other[:3] == pytest.approx([0, 0, 1])
    (asked,) = llm.embedded
    assert asked["body"]["input"] == ["abba", "ccc"] and asked["body"]["model"] == "letters"
    assert {name.lower(): value for name, value in asked["headers"].items()}["authorization"].endswith("abcdef")


def test_an_index_works_with_a_providers_embedding_and_asks_for_each_question_once(llm: OpenAIServer) -> None:
    index = Index(None, embedding=open_embedding("openai:letters", llm.url))
    index.remember("s", [("a", "zzz"), ("b", "yyy"), ("none", "?!")])
    assert [entry for entry, _, _ in index.nearest("s", "z", 2)][0] == "a"
    asked = len(llm.embedded)
    assert [entry for entry, _, _ in index.nearest("s", "z", 1)] == ["a"]
    assert len(llm.embedded) == asked
    assert all("?!" not in request["body"]["input"] for request in llm.embedded)
    index.close()


def test_a_server_of_ones_own_needs_no_key(llm: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert len(open_embedding("openai:letters", llm.url).vectors(["abc"])[0]) == 26
    with pytest.raises(SettingsInvalid, match="set OPENAI_API_KEY"):
        open_embedding("openai:letters")


def test_a_provider_that_fails_is_named_and_the_key_is_not(llm: OpenAIServer) -> None:
    llm.no_embeddings = Fails(400, "bad key {key}")
    with pytest.raises(AtelierError, match="openai:letters did not answer") as caught:
        open_embedding("openai:letters", llm.url).vectors(["abc"])
    assert "ATELIER_EMBEDDING" in str(caught.value) and "sk-secret" not in str(caught.value)
    with pytest.raises(AtelierError, match="did not answer"):
        open_embedding("openai:letters", "http://127.0.0.1:1/v1").vectors(["abc"])


@pytest.mark.parametrize(
    ("spec", "way_out"),
    [
        ("cohere:embed-4", "pip install langchain-cohere"),
        ("bedrock:titan", "pip install langchain-aws"),
        ("nobody:model", "Correct ATELIER_EMBEDDING"),
        ("google_genai:model", "set GOOGLE_API_KEY"),
        ("wordy", "nor a folder with model.onnx"),
    ],
)
def test_an_embedding_that_cannot_be_opened_is_refused_with_the_way_out(
    spec: str, way_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    with pytest.raises(SettingsInvalid, match=way_out) as caught:
        open_embedding(spec)
    assert "\n" not in str(caught.value)


# --- a model file ------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", ["", "onnx"])
def test_a_model_file_gives_the_mean_of_its_tokens_at_unit_length(tmp_path: Path, inside: str) -> None:
    made = open_embedding(str(write_model(tmp_path / "words", inside)))
    one, two, unknown = made.vectors(["sea hills", "Ocean", "qqq qqq qqq"])
    assert one == pytest.approx([3 / math.sqrt(13), 2 / math.sqrt(13), 0])
    assert two == pytest.approx([1, 0, 0])  # padded to three tokens, which do not count
    assert unknown == pytest.approx([0, 0, 1])
    assert made.vectors([]) == []


def test_an_index_finds_by_a_model_file_what_shares_no_word(tmp_path: Path) -> None:
    index = Index(None, embedding=open_embedding(str(write_model(tmp_path / "words"))))
    index.remember("s", [("a", "hills"), ("b", "ocean")])
    assert [(entry, round(near, 3)) for entry, _, near in index.nearest("s", "sea", 2)] == [("b", 1.0), ("a", 0.0)]
    index.close()


def test_the_name_of_a_model_file_follows_its_content_and_not_its_place(tmp_path: Path) -> None:
    names = [
        open_embedding(str(write_model(tmp_path / place / "words", factor=factor))).name
        for place, factor in (("a", 1.0), ("b", 1.0), ("c", 2.0))
    ]
    assert names[0] == names[1] != names[2]
    assert str(tmp_path) not in names[0]


def test_a_folder_without_its_files_and_a_file_that_is_no_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"holds no model.onnx and no tokenizer.json"):
        open_embedding(str(tmp_path))
    folder = write_model(tmp_path / "words")
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        open_embedding(str(folder)).vectors(["sea"])
    (folder / "tokenizer.json").unlink()
    with pytest.raises(SettingsInvalid, match=r"holds no tokenizer.json"):
        open_embedding(str(folder))
