import assert from "node:assert/strict";
import test from "node:test";

import { Resampler } from "../../static/js/voice/resampler.js";

const sine = (hz, rateHz, count) => Float32Array.from({ length: count }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rateHz));

function resample(resampler, samples, block) {
  const parts = [];
  for (let i = 0; i < samples.length; i += block) parts.push(...resampler.push(samples.subarray(i, i + block)));
  return Float32Array.from(parts);
}

/** Amplitude of one frequency, the first and last 10 % left out. */
function amplitude(samples, hz, rateHz) {
  const from = Math.floor(samples.length * 0.1);
  const to = Math.floor(samples.length * 0.9);
  let re = 0;
  let im = 0;
  for (let n = from; n < to; n += 1) {
    re += samples[n] * Math.cos((2 * Math.PI * hz * n) / rateHz);
    im += samples[n] * Math.sin((2 * Math.PI * hz * n) / rateHz);
  }
  return (2 * Math.hypot(re, im)) / (to - from);
}

for (const fromHz of [48000, 44100, 32000, 22050, 8000]) {
  test(`${fromHz} Hz comes out at 16 kHz with its length and its tone`, () => {
    const out = resample(new Resampler(fromHz, 16000), sine(1000, fromHz, fromHz), 128);
    assert.ok(Math.abs(out.length - 16000) <= 16, `${out.length} samples`);
    assert.ok(Math.abs(amplitude(out, 1000, 16000) - 1) < 0.02, `amplitude ${amplitude(out, 1000, 16000)}`);
  });
}

test("what 16 kHz cannot hold is removed, not folded down", () => {
  const out = resample(new Resampler(48000, 16000), sine(11000, 48000, 48000), 128);
  assert.ok(amplitude(out, 5000, 16000) < 0.003, `alias ${amplitude(out, 5000, 16000)}`);
});

test("the length of the blocks makes no difference", () => {
  const input = sine(440, 44100, 8820);
  const small = resample(new Resampler(44100, 16000), input, 1);
  const odd = resample(new Resampler(44100, 16000), input, 937);
  assert.equal(small.length, odd.length);
  assert.deepEqual(small, odd);
});

test("the same rate passes through untouched", () => {
  const input = sine(440, 16000, 128);
  assert.equal(new Resampler(16000, 16000).push(input), input);
});
