"""Writes values as YAML with huggingface_hub and PyYAML.

Reads one JSON object a line: kind is "dump" for yaml_dump or "front_matter"
for ModelCardData.to_yaml, line_break and value are their arguments. A map
{"$part": n} stands for item n of parts, the same object wherever it is; a part
may hold earlier ones. Answers with one JSON string a line.
"""

import json
import sys

from huggingface_hub import ModelCardData
from huggingface_hub.utils import yaml_dump


def share(value, parts):
    if isinstance(value, list):
        return [share(item, parts) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"$part"}:
            return parts[value["$part"]]
        return {key: share(item, parts) for key, item in value.items()}
    return value


def answer(case):
    parts = []
    for part in case["parts"] or []:
        parts.append(share(part, parts))
    value = share(case["value"], parts)
    if case["kind"] == "front_matter":
        return ModelCardData(**value).to_yaml(line_break=case["line_break"])
    return yaml_dump(value, sort_keys=False, line_break=case["line_break"])


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
