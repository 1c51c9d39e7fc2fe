"""How the documents become the pages under /docs: `make docs`. Both languages are built with this file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings.testing")

import docs_pages  # noqa: E402  what Sphinx is told by functions stands there, typed and tested

project = "Vertebase"
copyright = "the authors of Vertebase"
author = "the authors of Vertebase"
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["de/**", "_build"]
templates_path = [str(Path(__file__).parent / "_templates")]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]

autodoc_default_options = {"members": True, "member-order": "bysource", "show-inheritance": False}
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_math_renderer = "mathml"
html_title = "Vertebase"
html_static_path = [str(Path(__file__).parent / "_static")]
html_css_files = ["docs.css"]
html_favicon = str(ROOT / "frontend" / "public" / "favicon.svg")
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": False, "top_of_page_buttons": []}


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(docs_pages.inline_formula, None),
        block_renderers=(docs_pages.block_formula, None),
    )
    app.connect("source-read", docs_pages.lead_to_pages)
    app.connect("build-finished", docs_pages.note_scripts)
    app.connect("build-finished", docs_pages.plurals_without_evaluation)
