"""Reads model cards with huggingface_hub and writes their front matter again.

Reads one JSON string a line, the text of a card, and answers with one JSON
object a line:

  yaml     the front matter as str(ModelCard(text)) has it, with LF
  kept     the same, had the scalars in kept_scalars been read as text
  kept_scalars  plain scalars that YAML 1.1 turns into something that YAML 1.2
           does not see in them: [line, column, text, reason], counted from 1
A text that begins with a list is a file of evaluation results: yaml is that file
as the library writes it.

  error    why the library refuses the card, instead of all that
"""

import json
import re
import sys

import yaml
from huggingface_hub import ModelCard, ModelCardData, eval_result_entries_to_yaml, parse_eval_result_entries
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from huggingface_hub.utils import logging, yaml_dump

logging.set_verbosity_error()

STRING = "tag:yaml.org,2002:str"
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,62})$|0x[0-9a-fA-F]{1,16}$")
FLOAT = re.compile(r"[-+]?[0-9]*\.[0-9]*([eE][-+][0-9]+)?$")


def kept_as_text(node):
    """Says why a plain scalar is kept as text, or None."""
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "bool" and node.value.lower() not in ("true", "false"):
        return "bool"
    if kind == "int" and not DECIMAL.match(node.value):
        return "int"
    if kind == "float" and not (FLOAT.match(node.value) and "inf" not in str(float(node.value))):
        return "float"
    if kind in ("timestamp", "value"):
        return kind
    return None


def keep(node, seen, found):
    """Makes text of what YAML 1.1 takes for something else, below a node."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode) and node.style is None:
        reason = kept_as_text(node)
        if reason:
            found.append([node.start_mark.line, node.start_mark.column, node.value, reason])
            node.tag = STRING
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            keep(item, seen, found)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            keep(key, seen, found)
            if isinstance(key, yaml.ScalarNode) and key.tag not in (STRING, "tag:yaml.org,2002:merge"):
                found.append([key.start_mark.line, key.start_mark.column, key.value, "key"])
                key.tag = STRING
            keep(value, seen, found)


def read_kept(block):
    loader = yaml.SafeLoader(block)
    try:
        node = loader.get_single_node()
        found = []
        if node is None:
            return {}, found
        keep(node, set(), found)
        return loader.construct_document(node) or {}, found
    finally:
        loader.dispose()


def eval_results(text):
    entries = parse_eval_result_entries(yaml.safe_load(text))
    return {"yaml": yaml_dump(eval_result_entries_to_yaml(entries), sort_keys=False)}


def answer(text):
    if text.startswith("- "):
        return eval_results(text)
    match = REGEX_YAML_BLOCK.search(text)
    data, found = read_kept(match.group(2)) if match else ({}, [])
    before = len(re.findall(r"\r\n|\r|\n", match.group(1))) if match else 0
    kept = None
    if found:
        kept = ModelCardData(**data).to_yaml(line_break="\n", original_order=list(data))
    card = ModelCard(text)
    result = {
        "yaml": card.data.to_yaml(line_break="\n", original_order=card._original_order),
        "kept": kept,
        "kept_scalars": [[line + before + 1, column + 1, value, reason] for line, column, value, reason in found],
    }
    json.dumps(result, ensure_ascii=False).encode()  # lone surrogates cannot be written
    return result


for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:  # whatever the library has against the card
        result = {"error": f"{type(error).__name__}: {error}".encode("ascii", "replace").decode()}
    print(json.dumps(result))
