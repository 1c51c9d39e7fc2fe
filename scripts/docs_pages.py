"""What the documents' pages need beside Sphinx: links, formulas without a script, scripts that may run.

The site sends a content security policy with every page. The theme has two short scripts in its pages; their
digests are written beside the pages, and the site allows those and no others (`backend/config/documents.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

#: what the documents link to outside of their folder, and the page that shows it
SHOWN_AS = {"../backend/client/README.md": "client.md", "../CHANGELOG.md": "changelog.md"}
SCRIPTS = "scripts.json"
DOCS = Path(__file__).resolve().parents[1] / "docs"
_PAGE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([\w-]+)\.md(#[^)\s]+)?\)")
_PLURALS = re.compile(r"new Function\([^;]*?plural_expr[^;]*?\);", re.DOTALL)
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def lead_to_pages(app: Any, name: str, source: list[str]) -> None:
    """Let links to files outside of the folder lead to the pages that show them."""
    for file, page in SHOWN_AS.items():
        source[0] = source[0].replace(f"]({file}", f"]({page}")
    source[0] = _PAGE_LINK.sub(lambda link: _to_english(link, Path(app.srcdir)), source[0])


def _to_english(link: re.Match[str], folder: Path) -> str:
    """A link of a translated page to one in English only, which stands above the folder of the language."""
    text, page, place = link.groups()
    if (folder / f"{page}.md").exists() or not (DOCS / f"{page}.md").exists():
        return link.group()
    return f'<a href="../{page}.html{place or ""}" lang="en" hreflang="en">{text}</a>'


def inline_formula(writer: Any, node: Any) -> None:
    """A formula within a line as MathML, which browsers draw by themselves."""
    writer.body.append(tex2mathml(node.astext()))
    raise SkipNode


def block_formula(writer: Any, node: Any) -> None:
    """A formula of its own line."""
    writer.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>\n')
    raise SkipNode


def inline_scripts(page: str) -> set[str]:
    """The digests, as a content security policy writes them, of the scripts that stand in a page."""
    found = [text for kind, text in _INLINE.findall(page) if "json" not in kind.lower()]
    return {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found}


def plurals_without_evaluation(app: Any, failed: Exception | None) -> None:
    """Let translated pages count without making code out of text, which the site's policy forbids.

    Holds for English and German, whose plural begins with two.
    """
    if failed is not None or app.builder.name != "html":
        return
    script = Path(app.outdir) / "_static" / "doctools.js"
    text, found = _PLURALS.subn("(n) => (n === 1 ? 0 : 1);", script.read_text())
    if found != 1:
        raise ValueError("doctools.js counts in another way than it did: see plurals_without_evaluation")
    script.write_text(text)


def note_scripts(app: Any, failed: Exception | None) -> None:
    """Write the digests of all scripts that stand in the pages of this build."""
    if failed is not None or app.builder.name != "html":
        return
    pages = Path(app.outdir).rglob("*.html")
    digests = sorted(set().union(*(inline_scripts(page.read_text()) for page in pages)))
    (Path(app.outdir) / SCRIPTS).write_text(json.dumps(digests, indent=1) + "\n")
