"""Makes the file that fits the built-in transcriber's model to telephones, from flite's speech (minutes)."""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx

from benchmarks.speech.acoustic_model import DIMENSIONS, STREAMS, AcousticModel, features
from benchmarks.speech.flite_speech import RATE_HZ, silence, spoken, telephoned
from voice.audio.mulaw import pcm_of_mulaw
from voice.audio.resample import resampled
from voice.core.audio import MULAW_8000
from voice.providers.embedded.decoder import TELEPHONE

VOICES = ("kal16", "rms", "slt", "awb")
SENTENCES = 60
WORDS = 6
PAUSE_MS = 300
# Sentences are spoken at the loudness of flite, and up to so much more softly.
SOFTEST_DB, LOUDEST_DB = -12.0, 3.0
SEED = 7
# A Gaussian that was met less often says nothing; one met more often counts no more than this.
FEWEST_FRAMES, MOST_FRAMES = 3.0, 200.0

Array = npt.NDArray[np.float64]


def sentences(count: int, seed: int) -> Iterator[str]:
    """Words of the dictionary at random: all sounds in all neighbourhoods, and no question of a benchmark."""
    dictionary = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    words = [line.split()[0] for line in dictionary.read_text().splitlines()]
    words = [word for word in words if word.isalpha() and len(word) > 2]
    choice = random.Random(seed)
    for _ in range(count):
        yield " ".join(choice.sample(words, WORDS))


def over_telephone(pcm: bytes) -> bytes:
    """What is left of 16 kHz when it has been 8 kHz of μ-law, at 16 kHz again as the transcriber makes it."""
    return resampled(pcm_of_mulaw(telephoned(pcm)), MULAW_8000.rate_hz, RATE_HZ)


def louder(pcm: bytes, decibel: float) -> bytes:
    samples = np.frombuffer(pcm, "<i2") * 10 ** (decibel / 20)
    louder: bytes = np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
    return louder


def cepstra(sounds: Sequence[bytes]) -> list[Array]:
    """What PocketSphinx itself makes of them. To look for one word meanwhile is its quickest search."""
    with tempfile.TemporaryDirectory() as folder:
        sphinx = pocketsphinx.Decoder(loglevel="FATAL", mfclogdir=folder, lm=None, keyphrase="zebra")
        for pcm in sounds:
            sphinx.start_utt()
            sphinx.process_raw(pcm, True, True)
            sphinx.end_utt()
        logs = [path.read_bytes() for path in sorted(Path(folder).glob("*.mfc"))]
    # A length of four bytes, then big-endian numbers.
    return [np.frombuffer(log[4:], ">f4").astype(np.float64).reshape(-1, DIMENSIONS) for log in logs]


def parallel_features(voices: Sequence[str], count: int) -> tuple[Array, Array]:
    """The same frames as they were spoken and over the telephone: [frame, stream, dimension] each."""
    jobs = [(text, voice) for number, voice in enumerate(voices) for text in sentences(count, SEED + number)]
    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(lambda job: spoken(*job), jobs))
    loudness = random.Random(SEED)
    wide = [
        louder(silence(PAUSE_MS) + pcm + silence(PAUSE_MS), loudness.uniform(SOFTEST_DB, LOUDEST_DB))
        for pcm in said
    ]
    pairs = list(zip(cepstra(wide), cepstra([over_telephone(pcm) for pcm in wide]), strict=True))
    # Resampling may have added a frame at the end.
    shortest = [min(len(before), len(after)) for before, after in pairs]
    before = [features(pair[0][:length]) for pair, length in zip(pairs, shortest, strict=True)]
    after = [features(pair[1][:length]) for pair, length in zip(pairs, shortest, strict=True)]
    return np.concatenate(before), np.concatenate(after)


@dataclass(frozen=True, slots=True)
class StreamAdaptation:
    """A mean becomes `matrix` times that mean and a one behind it, a variance is multiplied by `scale`."""

    matrix: Array
    scale: Array


def adaptation(model: AcousticModel, before: Array, after: Array) -> list[StreamAdaptation]:
    """For each stream what takes the model's Gaussians to where telephones have them.

    Each frame is given to the Gaussians that it came from, by its wide-band half. How far its other half lies
    from that, averaged for each Gaussian, says how much the telephone moves that mean: the voices drop out.
    """
    found = []
    for stream in range(STREAMS):
        frames, shifts, spreads = model.changes(stream, before[:, stream], after[:, stream])
        means = model.means[:, stream].reshape(-1, DIMENSIONS)
        weight = np.where(frames > FEWEST_FRAMES, np.minimum(frames, MOST_FRAMES), 0.0)
        known = np.c_[means, np.ones(len(means))]
        weighted = known * weight[:, None]
        steady = 1e-3 * np.eye(DIMENSIONS + 1)
        matrix = np.linalg.solve(weighted.T @ known + steady, weighted.T @ (means + shifts)).T
        scale = np.exp(np.average(np.log(spreads), axis=0, weights=weight))
        found.append(StreamAdaptation(matrix, scale))
    return found


def written(streams: Sequence[StreamAdaptation]) -> str:
    """As PocketSphinx reads it: classes, streams, and of each its size, matrix, offset and scale."""
    lines = ["1", str(len(streams))]
    for stream in streams:
        lines.append(str(DIMENSIONS))
        rows = [*stream.matrix[:, :DIMENSIONS], stream.matrix[:, DIMENSIONS], stream.scale]
        lines += [" ".join(f"{value:.4f}" for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voices", nargs="+", default=list(VOICES), choices=VOICES)
    parser.add_argument("--sentences", type=int, default=SENTENCES, help="of each voice")
    parser.add_argument("--to", type=Path, default=TELEPHONE)
    options = parser.parse_args()
    before, after = parallel_features(options.voices, options.sentences)
    options.to.write_text(written(adaptation(AcousticModel(), before, after)))
    print(f"{options.to}: from {len(before)} frames of {', '.join(options.voices)}")


if __name__ == "__main__":
    main()
