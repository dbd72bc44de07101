"""Where recordings are stored, read from the environment: a folder, or a bucket that speaks S3's protocol."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env

CONNECT_LIMIT_S = 5
READ_LIMIT_S = 15


def storages_with_recordings(env: Env, data_dir: Path) -> dict[str, dict[str, Any]]:
    """STORAGES: Django's own, and the one for recordings."""
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "recordings": recordings_store(env, data_dir),
    }


def recordings_store(env: Env, data_dir: Path) -> dict[str, Any]:
    """An entry of STORAGES. Raises ImproperlyConfigured where the bucket's client is not installed."""
    bucket = env.str("RECORDINGS_BUCKET", "")
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": str(data_dir / "recordings"),
                "allow_overwrite": True,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    endpoint = env.str("RECORDINGS_ENDPOINT", "")
    try:
        config = importlib.import_module("botocore.config").Config(
            connect_timeout=CONNECT_LIMIT_S,
            read_timeout=READ_LIMIT_S,
            retries={"max_attempts": 2},
            signature_version="s3v4",
            # A server of one's own may have no name for each bucket, and may not know the newer checksums.
            s3={"addressing_style": "path" if endpoint else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        importlib.import_module("storages.backends.s3")
    except ModuleNotFoundError:
        raise ImproperlyConfigured(
            "RECORDINGS_BUCKET is set, and what it needs is not installed: "
            ".venv/bin/pip install -r requirements-s3.txt"
        ) from None
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": env.str("RECORDINGS_REGION", "") or None,
            "access_key": env.str("RECORDINGS_ACCESS_KEY", "") or None,
            "secret_key": env.str("RECORDINGS_SECRET_KEY", "") or None,
            "client_config": config,
            "default_acl": None,
            "file_overwrite": True,
        },
    }
