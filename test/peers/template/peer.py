"""Renders huggingface_hub's own template with huggingface_hub.

Prints the template as a JSON string, then for each line of standard input, an
object {"data": {...}, "variables": {...}}, the text that ModelCard.from_template
renders. The text is taken as it is rendered, before huggingface_hub parses it
again, which takes the comments out of the front matter.
"""

import json
import sys
from pathlib import Path

import huggingface_hub
from huggingface_hub import ModelCard, ModelCardData


class Rendered(ModelCard):
    def __init__(self, content, **kwargs):
        self.rendered = content
        super().__init__(content, **kwargs)


path = Path(huggingface_hub.__file__).parent / "templates" / "modelcard_template.md"
print(json.dumps(path.read_text(encoding="utf-8")))
for line in sys.stdin:
    case = json.loads(line)
    card = Rendered.from_template(ModelCardData(**case["data"]), template_path=str(path), **case["variables"])
    print(json.dumps(card.rendered))
