"""Who may import whom: a test parses every import, and fails when one climbs a floor it must not."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS: dict[str, set[str]] = {
    "voice.core": set(),
    "voice.audio": {"voice.core"},
    "voice.engine": {"voice.core", "voice.audio"},
    "voice.wire": {"voice.core", "voice.audio"},
    "voice.providers": {"voice.core", "voice.audio"},
    "accounts": set(),
    "agents": {"accounts", "voice.core", "voice.audio", "voice.providers"},
    "calls": {"accounts", "agents", "voice.core", "voice.audio", "voice.providers"},
    "voice.edge": {
        "voice.core",
        "voice.audio",
        "voice.engine",
        "voice.wire",
        "voice.providers",
        "accounts",
        "agents",
        "calls",
    },
}
PURE = ("voice.core", "voice.audio", "voice.engine", "voice.wire", "voice.providers")
FRAMEWORKS = {"django", "rest_framework", "channels", "celery", "asgiref", "allauth"}
NAMELESS = {"utils", "helpers", "common", "misc"}
LONGEST_FILE = 300


def source_files(root: Path, floor: str) -> list[Path]:
    return sorted(
        path for path in (root / floor.replace(".", "/")).rglob("*.py") if "migrations" not in path.parts
    )


def floor_of(module: str) -> str | None:
    return next((floor for floor in FLOORS if module == floor or module.startswith(floor + ".")), None)


def imports(root: Path, path: Path) -> Iterator[tuple[ast.stmt, str]]:
    package = list(path.relative_to(root).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            full = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            yield node, full
            yield from ((node, f"{full}.{alias.name}") for alias in node.names)


def breaches(root: Path) -> set[str]:
    found = set()
    for floor, allowed in FLOORS.items():
        for path in source_files(root, floor):
            for node, name in imports(root, path):
                top = name.split(".")[0]
                where = f"{path.relative_to(root)}:{node.lineno} {floor}"
                target = floor_of(name)
                if target and target != floor and target not in allowed:
                    found.add(f"{where} -> {target}")
                if top in {"voicex_project", "tests", "benchmarks"}:
                    found.add(f"{where} -> {top}")
                if floor in PURE and top in FRAMEWORKS:
                    found.add(f"{where} -> {top}")
                if (
                    floor == "voice.core"
                    and top not in sys.stdlib_module_names
                    and not name.startswith("voice.core")
                ):
                    found.add(f"{where} -> {name}")
    return found


def imports_inside_functions(root: Path) -> set[str]:
    """Imports of our own code in a function hide a circle; the provider registry's lazy one goes by name."""
    found = set()
    for floor in FLOORS:
        for path in source_files(root, floor):
            for function in ast.walk(ast.parse(path.read_text())):
                if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                for node in ast.walk(function):
                    name = ""
                    if isinstance(node, ast.ImportFrom):
                        name = node.module or "."
                    elif isinstance(node, ast.Import):
                        name = node.names[0].name
                    if name and (name.startswith(".") or floor_of(name)):
                        found.add(f"{path.relative_to(root)}:{node.lineno} {name}")
    return found


def test_nobody_imports_from_a_floor_they_may_not():
    assert not sorted(breaches(ROOT))


def test_no_import_of_ours_hides_in_a_function():
    assert not sorted(imports_inside_functions(ROOT))


def test_the_pure_floors_work_where_no_framework_is():
    modules = sorted(
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for floor in PURE
        for path in source_files(ROOT, floor)
        if path.name != "__main__.py"
    )
    code = (
        f"import sys, importlib\nfor name in {sorted(FRAMEWORKS)}: sys.modules[name] = None\n"
        f"for name in {modules}: importlib.import_module(name)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_files_stay_small_and_rooms_have_names():
    long_ones = {
        str(path.relative_to(ROOT)): lines
        for floor in [*FLOORS, "voicex_project"]
        for path in source_files(ROOT, floor)
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    nameless = [
        str(path.relative_to(ROOT))
        for floor in [*FLOORS, "voicex_project"]
        for path in source_files(ROOT, floor)
        if NAMELESS & {path.stem, *path.relative_to(ROOT).parts}
    ]
    assert not long_ones
    assert not nameless


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("voice/engine/planted.py", "import django.db"),
        ("voice/engine/planted.py", "from ..providers import registry"),
        ("voice/wire/planted.py", "from voice.edge import consumers"),
        ("voice/core/planted.py", "import numpy"),
        ("agents/planted.py", "def hidden():\n    from calls import models"),
        ("calls/planted.py", "from voice import engine"),
        ("accounts/planted.py", "import voicex_project.settings"),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, path: str, code: str):
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(code)
    assert breaches(tmp_path)
