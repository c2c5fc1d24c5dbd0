"""Reads a PDF file with pdfminer.six and prints what is where as JSON.

One object: pages, each with its size, its characters as [text, left, bottom,
right, top] in points, its words in reading order, and its links.
"""

import json
import sys

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar, LTTextContainer
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1


def characters(item):
    if isinstance(item, LTChar):
        yield item
    elif hasattr(item, "__iter__"):
        for child in item:
            yield from characters(child)


def links(page):
    for annotation in resolve1(page.annots) or []:
        action = resolve1(resolve1(annotation).get("A"))
        if action and "URI" in action:
            yield action["URI"].decode()


path = sys.argv[1]
pages = []
for layout in extract_pages(path):
    text = "".join(box.get_text() for box in layout if isinstance(box, LTTextContainer))
    found = [[c.get_text(), c.x0, c.y0, c.x1, c.y1] for c in characters(layout) if c.get_text().strip()]
    pages.append({"width": layout.width, "height": layout.height, "characters": found, "text": text, "links": []})
with open(path, "rb") as file:
    document = PDFDocument(PDFParser(file))
    for page, out in zip(PDFPage.create_pages(document), pages):
        out["links"] = list(links(page))
    json.dump({"pages": pages, "outline": [title for _, title, *_ in document.get_outlines()]}, sys.stdout)
