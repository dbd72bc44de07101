import assert from "node:assert/strict";
import test from "node:test";

import { Backoff } from "../../static/js/voice/backoff.js";

test("delays double up to the limit", () => {
  const backoff = new Backoff({ baseMs: 500, maxMs: 4000, attempts: 5, random: () => 1 });
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next()), [500, 1000, 2000, 4000, 4000]);
});

test("half of a delay is drawn by lot", () => {
  const shortest = new Backoff({ baseMs: 500, random: () => 0 });
  assert.equal(shortest.next(), 250);
  for (let i = 0; i < 100; i += 1) {
    const delay = new Backoff({ baseMs: 1000 }).next();
    assert.ok(delay >= 500 && delay <= 1000);
  }
});

test("attempts are used up and come back with success", () => {
  const backoff = new Backoff({ attempts: 2 });
  backoff.next();
  backoff.next();
  assert.equal(backoff.next(), null);
  backoff.reset();
  assert.notEqual(backoff.next(), null);
});
