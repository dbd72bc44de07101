import assert from "node:assert/strict";
import test from "node:test";

import { PlayoutBuffer } from "../../static/js/voice/playout-buffer.js";

const QUANTUM = 128;
const ones = (count) => new Float32Array(count).fill(1);
const make = (options = {}) => new PlayoutBuffer({ capacity: 4800, lead: 256, fade: 64, ...options });

function play(buffer, quanta) {
  const out = [];
  for (let i = 0; i < quanta; i += 1) {
    const block = new Float32Array(QUANTUM);
    buffer.read(block);
    out.push(...block);
  }
  return out;
}

test("samples come out in order and without a gap", () => {
  const buffer = make({ fade: 1 });
  for (let i = 0; i < 10; i += 1) buffer.write(Float32Array.from({ length: 100 }, (_, n) => i * 100 + n + 1));
  const out = play(buffer, 8);
  assert.deepEqual(out.slice(0, 1000), Array.from({ length: 1000 }, (_, n) => n + 1));
  assert.equal(buffer.played, 1000);
});

test("playing waits for the lead", () => {
  const buffer = make();
  buffer.write(ones(200));
  assert.ok(play(buffer, 1).every((sample) => sample === 0));
  buffer.write(ones(100));
  assert.ok(play(buffer, 1).some((sample) => sample > 0));
});

test("an utterance shorter than the lead is played after waiting as long", () => {
  const buffer = make();
  buffer.write(ones(50));
  play(buffer, 4);
  assert.equal(buffer.played, 50);
});

test("a flush fades out and is silent after the fade", () => {
  const buffer = make();
  buffer.write(ones(4000));
  play(buffer, 4);
  buffer.flush();
  const out = play(buffer, 2);
  for (let i = 1; i < 64; i += 1) assert.ok(out[i] < out[i - 1]);
  assert.ok(out.slice(63).every((sample) => sample === 0));
});

test("dropped samples never count as played", () => {
  const buffer = make();
  buffer.write(ones(4000));
  play(buffer, 4);
  buffer.flush();
  play(buffer, 20);
  assert.equal(buffer.played, 4 * QUANTUM + 64);
});

test("what arrives after a flush is played, beginning softly", () => {
  const buffer = make();
  buffer.write(ones(1000));
  play(buffer, 2);
  buffer.flush();
  buffer.write(ones(1000));
  const out = play(buffer, 10);
  assert.equal(buffer.played, 2 * QUANTUM + 64 + 1000);
  const restart = out.findIndex((sample, index) => index >= 64 && sample > 0);
  assert.ok(out[restart] < 0.05);
  assert.equal(out[restart + 64], 1);
});

test("a flush before anything played leaves silence", () => {
  const buffer = make();
  buffer.write(ones(1000));
  buffer.flush();
  assert.ok(play(buffer, 10).every((sample) => sample === 0));
  assert.equal(buffer.played, 0);
});

test("the buffer is bounded: the oldest samples give way and are counted", () => {
  const buffer = make({ fade: 1 });
  for (let i = 0; i < 10; i += 1) buffer.write(new Float32Array(1000).fill(i));
  assert.equal(buffer.length, 4800);
  assert.equal(buffer.dropped, 5200);
  assert.equal(play(buffer, 1)[0], 5);
  buffer.write(ones(10_000));
  assert.equal(buffer.length, 4800);
});
