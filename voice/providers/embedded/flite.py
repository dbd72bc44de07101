"""flite through ctypes: text in; samples, word times and phones out. Only the voice's worker loads it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_float, c_int, c_short, c_void_p
from dataclasses import dataclass
from typing import Any, ClassVar

MISSING_MESSAGE = (
    "the speech library flite is not installed; on Debian or Ubuntu: sudo apt install libflite1 "
    "(or flite), then try again"
)
CONTINUE, STOP = 0, -1
# The fewest samples flite hands over at once: 32 ms at 16 kHz.
STREAM_SAMPLES = 512


class FliteMissing(Exception):
    """flite or one of its voices cannot be loaded; the message names the package."""


class Wave(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("type", c_char_p),
        ("sample_rate", c_int),
        ("num_samples", c_int),
        ("num_channels", c_int),
        ("samples", POINTER(c_short)),
    ]


class StreamingInfo(ctypes.Structure):
    pass


StreamCallback = CFUNCTYPE(c_int, POINTER(Wave), c_int, c_int, c_int, POINTER(StreamingInfo))
StreamingInfo._fields_ = [
    ("min_buffsize", c_int),
    ("asc", StreamCallback),
    ("utt", c_void_p),
    ("item", c_void_p),
    ("userdata", c_void_p),
]


class UtteranceHead(ctypes.Structure):
    _fields_: ClassVar[Any] = [("features", c_void_p)]


@dataclass(frozen=True, slots=True)
class FliteWord:
    """A spoken word and the token of the text it belongs to; times in ms from the first sample."""

    token: str
    # Where flite's reader stood after the token: the same for all words of one token, and no others.
    token_position: int
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Manner:
    """How to say it: `stretch` 2 is half the pace; `pitch` 1 is the voice's own.

    `deviation_hz` is how far the pitch moves about its middle; None leaves it to the voice.
    """

    stretch: float = 1.0
    pitch: float = 1.0
    deviation_hz: float | None = None


# (samples as bytes, the words, known from the first call on) -> whether to go on
OnAudio = Callable[[bytes, list[FliteWord]], bool]


class Flite:
    """One process's flite. Not for two threads at once, except from within an `on_audio`."""

    def __init__(self) -> None:
        self._core = self._load("libflite.so.1")
        self._load("libflite_usenglish.so.1")
        cmulex = self._load("libflite_cmulex.so.1")
        self._declare()
        self._core.flite_init()
        cmulex.cmu_lex_init.restype = c_void_p
        self._lexicon = cmulex.cmu_lex_init()
        self._voices: dict[str, int] = {}

    @staticmethod
    def _load(name: str) -> ctypes.CDLL:
        try:
            return ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            raise FliteMissing(MISSING_MESSAGE) from error

    def _declare(self) -> None:
        core = self._core
        signatures: dict[str, tuple[Any, list[Any]]] = {
            "new_audio_streaming_info": (POINTER(StreamingInfo), []),
            "audio_streaming_info_val": (c_void_p, [c_void_p]),
            "feat_set": (None, [c_void_p, c_char_p, c_void_p]),
            "feat_set_float": (None, [c_void_p, c_char_p, c_float]),
            "new_utterance": (c_void_p, []),
            "utt_set_input_text": (c_int, [c_void_p, c_char_p]),
            "flite_do_synth": (c_void_p, [c_void_p, c_void_p, c_void_p]),
            "utt_relation": (c_void_p, [c_void_p, c_char_p]),
            "relation_head": (c_void_p, [c_void_p]),
            "item_next": (c_void_p, [c_void_p]),
            "ffeature_string": (c_char_p, [c_void_p, c_char_p]),
            "ffeature_float": (c_float, [c_void_p, c_char_p]),
            "ffeature_int": (c_int, [c_void_p, c_char_p]),
            "delete_utterance": (None, [c_void_p]),
            "lex_lookup": (c_void_p, [c_void_p, c_char_p, c_char_p, c_void_p]),
            "val_car": (c_void_p, [c_void_p]),
            "val_cdr": (c_void_p, [c_void_p]),
            "val_string": (c_char_p, [c_void_p]),
            "delete_val": (None, [c_void_p]),
        }
        for name, (result, arguments) in signatures.items():
            function = getattr(core, name)
            function.restype, function.argtypes = result, arguments

    def _voice(self, name: str) -> int:
        if name not in self._voices:
            register = getattr(self._load(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
            register.restype, register.argtypes = c_void_p, [c_char_p]
            self._voices[name] = register(None)
        return self._voices[name]

    def speak(self, voice_name: str, text: str, manner: Manner, on_audio: OnAudio) -> None:
        """Say ASCII text; samples are 16-bit little-endian mono at 16 kHz.

        Raises FliteMissing when the voice is not there.
        """
        core, voice = self._core, self._voice(voice_name)
        words: list[FliteWord] | None = None

        def receive(wave: Any, start: int, size: int, last: int, info: Any) -> int:
            nonlocal words
            if words is None:
                words = self._words(info.contents.utt)
            if size <= 0:
                return CONTINUE
            first = ctypes.addressof(wave.contents.samples.contents) + 2 * start
            return CONTINUE if on_audio(ctypes.string_at(first, 2 * size), words) else STOP

        callback = StreamCallback(receive)
        info = core.new_audio_streaming_info()
        info.contents.asc = callback
        info.contents.min_buffsize = STREAM_SAMPLES
        # Features of the utterance come before those of the voice, which several utterances share.
        utterance = core.new_utterance()
        features = ctypes.cast(utterance, POINTER(UtteranceHead)).contents.features
        core.feat_set(features, b"streaming_info", core.audio_streaming_info_val(info))
        core.feat_set_float(features, b"duration_stretch", manner.stretch)
        core.feat_set_float(features, b"f0_shift", manner.pitch)
        if manner.deviation_hz is not None:
            core.feat_set_float(features, b"int_f0_target_stddev", manner.deviation_hz)
        core.utt_set_input_text(utterance, text.encode("ascii"))
        # What cannot be said at all is deleted by flite itself.
        if core.flite_do_synth(utterance, voice, core.utt_synth):
            core.delete_utterance(utterance)

    def _words(self, utterance: int) -> list[FliteWord]:
        core, found = self._core, []
        item = core.relation_head(core.utt_relation(utterance, b"Word"))
        while item:
            start_s = core.ffeature_float(item, b"R:SylStructure.daughter1.daughter1.R:Segment.p.end")
            end_s = core.ffeature_float(item, b"R:SylStructure.daughtern.daughtern.R:Segment.end")
            if end_s > start_s:
                token = core.ffeature_string(item, b"R:Token.parent.name").decode("ascii", "replace")
                position = core.ffeature_int(item, b"R:Token.parent.file_pos")
                found.append(FliteWord(token, position, start_s * 1000, end_s * 1000))
            item = core.item_next(item)
        return found

    def phones(self, word: str) -> list[str]:
        """A lower-case word's sounds from the lexicon or, failing that, from its letters: "ax", "ow1"."""
        core = self._core
        value = core.lex_lookup(self._lexicon, word.encode("ascii"), None, None)
        found, rest = [], value
        while rest:
            found.append(core.val_string(core.val_car(rest)).decode("ascii"))
            rest = core.val_cdr(rest)
        if value:
            core.delete_val(value)
        return found
