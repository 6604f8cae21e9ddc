"""The Python of docs/model-file.md as a module."""

import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "model-file.md"


def blocks(text):
    """The lines of the page with all but its Python blanked, so that errors name lines of the page."""
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = line == "```python"
            yield ""
        else:
            yield line if inside else ""


def load():
    module = types.ModuleType("model_file")
    exec(compile("\n".join(blocks(PAGE.read_text())), PAGE, "exec"), module.__dict__)
    return module


page = load()
