"""A hook of MkDocs: docstrings name classes and methods in roles (`:meth:`), which Markdown does not know; the names alone are shown."""

import re

ROLE = re.compile(r":(?:class|meth|func|attr|mod|data|exc):(?=<code)")


def on_page_content(html, **_):
    return ROLE.sub("", html)
