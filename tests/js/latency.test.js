import assert from "node:assert/strict";
import test from "node:test";

import { clock, latencyParts, milliseconds } from "../../static/js/voice/latency.js";

test("only what was measured is shown, in the order it happens, the total last", () => {
  const parts = latencyParts({ endpointing_ms: 612.4, transcript_ms: null, first_token_ms: 3.21, own_ms: 8, voice_to_voice_ms: 1042 });
  assert.deepEqual(parts.map((part) => [part.label, part.words]),
    [["Endpointing", "612 ms"], ["Model", "3.2 ms"], ["Own", "8.0 ms"], ["Total", "1.04 s"]]);
  assert.deepEqual(latencyParts(null), []);
});

test("durations read well", () => {
  assert.deepEqual([0, 9.94, 9.96, 999, 1000].map(milliseconds), ["0.0 ms", "9.9 ms", "10 ms", "999 ms", "1.00 s"]);
  assert.deepEqual([0, 7.9, 760, 3723].map(clock), ["0:00", "0:07", "12:40", "1:02:03"]);
});
