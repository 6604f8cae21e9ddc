"""The pages' examples, run from first to last in one program each."""

import importlib.util
import pathlib
import re
import shutil

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Packages whose examples are passed over where they are missing.
OPTIONAL = ("torch", "sktime", "darts", "onnxruntime")


@pytest.mark.parametrize("page", ["docs/python.md", "docs/ko/python.md"])
def test_examples_of_a_page_run(page, tmp_path, monkeypatch):
    pytest.importorskip("pandas", reason="skipped: no pandas")
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    names, ran = {}, 0
    for block in re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.S | re.M):
        absent = [name for name in OPTIONAL if re.search(rf"^(from|import) (gatewise\.)?{name}\b", block, re.M) and importlib.util.find_spec(name) is None]
        if absent:
            print(f"skipped: no {absent[0]}")
            continue
        exec(compile(block, page, "exec"), names)
        ran += 1
    assert ran >= 5
