// Where the time of a reply went, in the words of the Talk page.

const PARTS = [
  ["endpointing_ms", "Endpointing", "from your last sound until the turn was taken to be over"],
  ["transcript_ms", "Transcript", "from your last sound until its final words; beside the endpointing, not after it"],
  ["first_token_ms", "Model", "from the question to the model's first words"],
  ["first_audio_ms", "Voice", "from the first sentence to its first sound"],
  ["own_ms", "Own", "Voicex itself, without providers and deliberate waits"],
  ["voice_to_voice_ms", "Total", "from your last sound to the agent's first"],
];

/** [{id, label, help, ms, words}] of the steps that were measured; none for a turn without measurements. */
export function latencyParts(latency) {
  if (!latency) return [];
  return PARTS.filter(([id]) => Number.isFinite(latency[id])).map(([id, label, help]) => ({
    id, label, help, ms: latency[id], words: milliseconds(latency[id]),
  }));
}

/** "840 ms", "1.24 s"; below ten with one decimal. */
export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return `${Math.round(ms)} ms`;
}

/** "0:07", "12:40", "1:02:03". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
