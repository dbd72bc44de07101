import assert from "node:assert/strict";
import test from "node:test";

import { Framer } from "../../static/js/voice/framer.js";

test("frames have one length and lose no sample, whatever comes in", () => {
  const framer = new Framer(320);
  const out = [];
  let next = 0;
  for (const size of [128, 128, 128, 1, 700, 0, 64, 3000, 451]) {
    const block = Float32Array.from({ length: size }, () => next++ % 4096);
    for (const frame of framer.push(block)) {
      assert.equal(frame.length, 320);
      out.push(...frame);
    }
  }
  assert.equal(out.length, Math.floor(next / 320) * 320);
  out.forEach((sample, index) => assert.equal(sample, index % 4096));
});
