"""Settings: where they are read from, that all of them are told of, and the secrets an installation makes."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from voicex_project.secrets import encryption_keys, installation_secret

ROOT = Path(__file__).parents[2]
READ = re.compile(r'(?:\benv\.\w+|\bsecret|environ\.get)\(\s*"([A-Z_]+)"')
FOLDERS = ("voicex_project", "accounts", "agents", "calls", "voice")
SHOW = "from django.conf import settings; print(settings.PORT, settings.LOGGING['root']['level'])"


def test_the_example_lists_every_setting_and_no_other() -> None:
    read = {
        name
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for name in READ.findall(path.read_text())
    }
    listed = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert read == listed
    assert {"PORT", "PUBLIC_URL", "VOICEX_DATA_DIR", "DATABASE_URL", "REDIS_URL"} <= listed


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A copy of the project file that may have .env files of its own."""
    shutil.copytree(ROOT / "voicex_project", tmp_path / "voicex_project")
    for folder in ("accounts", "agents", "calls", "voice", "templates", "static"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    return tmp_path


def shown(installation: Path, **environment: str) -> str:
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PORT", "LOG_LEVEL", "VOICEX_DATA_DIR")
    }
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=installation,
        env=clean | {"DJANGO_SETTINGS_MODULE": "voicex_project.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_environment_goes_before_env_local_and_that_before_env(installation: Path) -> None:
    assert shown(installation).startswith("3001 ")
    (installation / ".env").write_text("PORT=4001\nLOG_LEVEL=ERROR\n")
    assert shown(installation) == "4001 ERROR"
    (installation / ".env.local").write_text("PORT=4002\n")
    assert shown(installation) == "4002 ERROR"
    assert shown(installation, PORT="4003") == "4003 ERROR"


def test_a_mail_address_that_cannot_be_used_is_refused_at_the_start(installation: Path) -> None:
    with pytest.raises(AssertionError, match="EMAIL_URL must be like"):
        shown(installation, EMAIL_URL="bogus")


@pytest.mark.parametrize("seconds", ["1", "31", "inf"])
def test_a_lease_that_ends_calls_too_soon_or_too_late_is_refused_at_the_start(
    installation: Path, seconds: str
) -> None:
    with pytest.raises(AssertionError, match="CALL_LEASE_S"):
        shown(installation, CALL_LEASE_S=seconds)


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    first = installation_secret(tmp_path / "secrets", "key")
    assert len(first) >= 60
    assert installation_secret(tmp_path / "secrets", "key") == first
    assert installation_secret(tmp_path / "secrets", "other") != first
    assert stat.S_IMODE((tmp_path / "secrets" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert sorted(path.name for path in (tmp_path / "secrets").iterdir()) == ["key", "other"]


def test_two_first_starts_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from voicex_project.secrets import installation_secret\n"
    script += "print(installation_secret(Path(sys.argv[1]), 'key'))"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert len({start.communicate(timeout=30)[0] for start in starts}) == 1


@pytest.mark.parametrize("missing", ["SECRET_KEY", "API_KEY_PEPPER", "CREDENTIALS_KEYS"])
def test_without_debug_no_secret_is_made_up(installation: Path, missing: str) -> None:
    given = {
        "SECRET_KEY": "s" * 60,
        "API_KEY_PEPPER": "p" * 60,
        "CREDENTIALS_KEYS": "c" * 43,
        "ALLOWED_HOSTS": "example.com",
        "DEBUG": "0",
    }
    assert shown(installation, **given)
    with pytest.raises(AssertionError, match=f"{missing} must be set when DEBUG is off"):
        shown(installation, **given | {missing: ""})
    assert not (installation / "var" / "secrets").exists()


def test_encryption_keys_are_taken_with_and_without_their_padding() -> None:
    assert encryption_keys("a" * 43 + ",\n" + "b" * 43 + "=\n") == ["a" * 43 + "=", "b" * 43 + "="]


@pytest.mark.parametrize("text", ["", " , ", "short", "ä" * 43, "a" * 43 + ",b"])
def test_what_cannot_encrypt_is_refused_at_the_start_without_repeating_it(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        encryption_keys(text)
    assert not text.strip(" ,") or text not in str(caught.value)
