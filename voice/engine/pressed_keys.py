"""The keys of the telephone that the caller has pressed and that are no message yet."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class PressedKeys:
    """Bounded by whoever adds to them."""

    keys: list[str] = field(default_factory=list)
    first_ms: float = 0.0
    last_ms: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.keys)

    def add(self, key: str, now_ms: float) -> None:
        if not self.keys:
            self.first_ms = now_ms
        self.keys.append(key)
        self.last_ms = now_ms

    def take(self) -> str:
        """As the model is told, and as the transcript shows it."""
        keys, self.keys = self.keys, []
        return f"[pressed {' '.join(keys)}]"
