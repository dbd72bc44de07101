"""The reader of the published document finds code by structure, not by its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.document import CLIENT_INTEGRATION, VARIABLE, document_text, javascript_under

PLAIN = """Step 1: Begin

Some words.

javascript
const a = 1;

call(a);

Step 2: Go on

```javascript
const b = 2;
```
More words.

Last

javascript
const c = 3;
"""


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("Step 1", "const a = 1;\n\ncall(a);"),
        ("Step 2", "const b = 2;"),
        ("Last", "const c = 3;"),
    ],
)
def test_code_is_found_under_its_heading(heading: str, code: str) -> None:
    assert javascript_under(PLAIN, heading) == code


def test_a_heading_without_code_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no JavaScript"):
        javascript_under(PLAIN, "Step 9")


def test_without_the_folder_the_client_tests_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(pytest.skip.Exception, match=VARIABLE):
        document_text()


def test_a_folder_without_the_document_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match=CLIENT_INTEGRATION):
        document_text()
