"""Log lines: with call and organisation, as text or JSON, and never with a key or token in them."""

from __future__ import annotations

import json
import logging
import re
import time

from calls import log_context

# Both servers, Django and libraries log addresses; what stands behind the question mark may be a credential.
QUERY = re.compile(r"(/[^\s?\"']*)\?[^\s\"'\])}>]+")
API_KEY = re.compile(r"vx_[A-Za-z0-9_\-]+")
# Links sent by mail: what stands there opens an account.
MAILED_SECRET = re.compile(r"(/accounts/(?:confirm-email|password/reset/key)/)[^/\s\"']+")
# As callers and vendors write them; a date or a time has no sign before it.
PHONE_NUMBER = re.compile(r"(?<![\w+])\+\d(?:[ ()\-.]{0,2}\d){6,14}(?!\d)")
CREDENTIAL_NAMES = "x-api-key|api_?key|token|password|authorization|secret|sessionid|csrftoken"
# As in a query, a header, a form, JSON or a printed dict: name, sign, then a quoted value, or one word with
# an authorization's scheme before it.
NAMED_SECRET = re.compile(
    rf"(?i)(\b(?:{CREDENTIAL_NAMES})\b[\"']?\s*[=:]\s*)"
    r"""(?:b?"[^"]*"|b?'[^']*'|(?:(?:Bearer|Basic|Token|ApiKey)\s+)?[^\s,;&"')\]}]+)"""
)


def scrubbed(text: str) -> str:
    """Without query strings, our keys, keys sent by mail, phone numbers and what is named like a secret."""
    text = QUERY.sub(r"\1?…", text)
    text = API_KEY.sub("vx_…", text)
    text = PHONE_NUMBER.sub("+…", text)
    text = MAILED_SECRET.sub(r"\1…", text)
    return NAMED_SECRET.sub(r"\1…", text)


class WithoutClientTracebacks(logging.Filter):
    """A client's fault (a 403, a foreign host's name) is one line; Django adds a traceback to some."""

    def filter(self, record: logging.LogRecord) -> bool:
        is_refusal = record.name == "django.request" and record.levelno < logging.ERROR
        if is_refusal or record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
        return True


class WithoutStaticFiles(logging.Filter):
    """Access lines of what people did. Uvicorn's have the arguments client, method, path, version, status."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not isinstance(record.args, tuple) or len(record.args) != 5:
            return True
        path, status = str(record.args[2]), record.args[4]
        return not (path.startswith(("/static/", "/healthz")) and isinstance(status, int) and status < 400)


class TextFormatter(logging.Formatter):
    """One line a record, the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if call_id := log_context.call_id.get():
            line = f"{line} call={call_id} organisation={log_context.organisation_id.get()}"
        return scrubbed(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a record, for machines that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        if call_id := log_context.call_id.get():
            entry |= {"call_id": call_id, "organisation_id": log_context.organisation_id.get()}
        if record.exc_info:
            entry["error"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


# Libraries that print what they send and receive: words of callers, and keys.
TALKATIVE = (
    *("httpx", "httpx2", "httpcore", "httpcore2", "h11", "websockets", "urllib3"),
    *("openai", "groq", "elevenlabs", "deepgram", "twilio"),
)


def logging_settings(line_format: str, level: str) -> dict[str, object]:
    """Django's LOGGING: every line, of ours or of a library, through one formatter (`text` or `json`)."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {
                "()": "voicex_project.log.TextFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            },
            "json": {"()": "voicex_project.log.JsonFormatter"},
        },
        "filters": {
            "without_client_tracebacks": {"()": "voicex_project.log.WithoutClientTracebacks"},
            "without_static_files": {"()": "voicex_project.log.WithoutStaticFiles"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": line_format,
                "filters": ["without_client_tracebacks"],
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own handlers would print unscrubbed.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "django.channels.server": {"handlers": [], "propagate": True},
            "uvicorn.access": {"filters": ["without_static_files"]},
            "daphne": {"level": "INFO"},
            # When all is logged it would print each frame of each call.
            "uvicorn.error": {"level": "INFO" if level.upper() == "DEBUG" else level},
            "asyncio": {"level": "WARNING"},
            # Each request to a vendor would be a line; when all is logged, with what was said in it.
            **{name: {"level": "WARNING"} for name in TALKATIVE},
        },
    }
