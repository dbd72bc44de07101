import assert from "node:assert/strict";
import test from "node:test";

import { microphoneObstacle, microphoneProblem } from "../../static/js/voice/microphone.js";

test("a page that is neither on https nor on localhost cannot have a microphone", () => {
  assert.equal(microphoneObstacle({ isSecure: false, hasMediaDevices: false, hasAudioWorklet: true }), "insecure");
  assert.equal(microphoneObstacle({ isSecure: true, hasMediaDevices: true, hasAudioWorklet: false }), "missing");
  assert.equal(microphoneObstacle({ isSecure: true, hasMediaDevices: true, hasAudioWorklet: true }), null);
});

test("each rejection has its own cure", () => {
  assert.equal(microphoneProblem({ name: "NotAllowedError" }), "denied");
  assert.equal(microphoneProblem({ name: "NotFoundError" }), "missing");
  assert.equal(microphoneProblem({ name: "NotReadableError" }), "busy");
});
