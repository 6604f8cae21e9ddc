"""The notebooks' cells, run from first to last in one program each."""

import json
import pathlib
import shutil

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_of_a_notebook_run(path, tmp_path, monkeypatch):
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 3 and all(not cell["outputs"] and cell["execution_count"] is None for cell in cells), "stored without outputs"
    for package in ("pandas", "torch"):
        if any(line.startswith(f"import {package}") for cell in cells for line in cell["source"]):
            pytest.importorskip(package, reason=f"skipped: no {package}")
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    names = {}
    for number, cell in enumerate(cells, 1):
        exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 3
