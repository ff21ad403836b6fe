"""JSON Schemas of the files a researcher writes, generated from the models that check them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from study.instruments import Instrument
from study.protocol import Protocol, Task
from study.translation_check import TranslationFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas(mechanisms: Mapping[str, type[BaseModel]]) -> dict[str, dict[str, Any]]:
    """File name relative to the folder of protocols → schema, for protocols, tasks, instruments, translations."""
    return {
        "protocol.schema.json": _protocol(mechanisms),
        "tasks/task.schema.json": {"$schema": DRAFT, **Task.model_json_schema()},
        "instruments/instrument.schema.json": {"$schema": DRAFT, **Instrument.model_json_schema()},
        "translations/translation.schema.json": {"$schema": DRAFT, **TranslationFile.model_json_schema()},
    }


def write_schemas(folder: Path, mechanisms: Mapping[str, type[BaseModel]]) -> list[Path]:
    """Write every schema below the folder of protocols; the paths written."""
    written = []
    for name, schema in schemas(mechanisms).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(as_text(schema), encoding="utf-8")
        written.append(folder / name)
    return written


def as_text(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _protocol(mechanisms: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """As in the file: tasks named by id, instruments in the timeline, translations nowhere, parameters by mechanism."""
    schema = Protocol.model_json_schema()
    properties, definitions = schema["properties"], schema["$defs"]
    properties["tasks"] = {
        "description": "Ids of files in tasks/",
        "items": {"type": "string"},
        "minItems": 1,
        "type": "array",
    }
    del properties["instruments"], properties["translations"]
    definitions["MechanismUse"] = {"oneOf": [_use(name, model, definitions) for name, model in mechanisms.items()]}
    for unused in ("Task", "TaskSection", "Attribute", "CatalogueOption", "Instrument", "Item", "Scale", "Source"):
        definitions.pop(unused, None)
    return {"$schema": DRAFT, **schema}


def _use(name: str, model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    params = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(params.pop("$defs", {}))
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {"name": {"const": name}, "params": params},
    }
