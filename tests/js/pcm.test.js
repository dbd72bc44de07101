import assert from "node:assert/strict";
import test from "node:test";

import { floatFromPcm16, levelFromRms, pcm16FromFloat, rms } from "../../static/js/voice/pcm.js";

test("floats become 16-bit samples and what lies outside is clipped", () => {
  assert.deepEqual([...pcm16FromFloat(Float32Array.of(0, 1, -1, 2, -2, 0.5))], [0, 32767, -32767, 32767, -32768, 16384]);
});

test("little-endian bytes become floats and an odd byte at the end is left out", () => {
  const bytes = Uint8Array.of(0x00, 0x40, 0x00, 0x80, 0x7f);
  assert.deepEqual([...floatFromPcm16(bytes.buffer)], [0.5, -1]);
});

test("a sine's loudness is its amplitude over the square root of two, and nothing is silent", () => {
  const sine = Float32Array.from({ length: 1600 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * n) / 160));
  assert.ok(Math.abs(rms(sine) - 0.5 / Math.SQRT2) < 1e-4);
  assert.equal(rms(new Float32Array(0)), 0);
});

test("meters rise with loudness between silence and full", () => {
  const levels = [0, 0.001, 0.01, 0.1, 1].map(levelFromRms);
  assert.equal(levels[0], 0);
  assert.equal(levels.at(-1), 1);
  for (let i = 1; i < levels.length; i += 1) assert.ok(levels[i] >= levels[i - 1]);
  assert.ok(levels[2] > 0.2 && levels[3] < 1);
});
