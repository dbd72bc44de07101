import assert from "node:assert/strict";
import test from "node:test";

import { SmoothLevel } from "../../static/js/voice/level.js";

test("a meter rises faster than it falls and comes to rest", () => {
  const level = new SmoothLevel();
  const up = level.step(1, 50);
  const down = up - level.step(0, 50);
  assert.ok(up > 2 * down);
  for (let i = 0; i < 100; i += 1) level.step(0, 50);
  assert.equal(level.value, 0);
});

test("the screen's frame rate makes no difference", () => {
  const slow = new SmoothLevel();
  const fast = new SmoothLevel();
  slow.step(0.8, 64);
  for (let i = 0; i < 8; i += 1) fast.step(0.8, 8);
  assert.ok(Math.abs(slow.value - fast.value) < 1e-9);
});
