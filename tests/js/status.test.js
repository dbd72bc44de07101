import assert from "node:assert/strict";
import test from "node:test";

import { describe, microphoneHelp } from "../../static/js/talk/status.js";
import { STATES } from "../../static/js/voice/call-state.js";

const call = (state, more = {}) => ({ state, notice: {}, hasMicrophone: true, isMuted: false, microphoneProblem: null, ...more });

test("every state has a title, and every trouble a way out", () => {
  for (const state of STATES) assert.match(describe(call(state), "Ann").title, /\w/);
  for (const state of ["denied", "insecure", "no_microphone"]) assert.match(describe(call(state), "Ann").hint, /type instead/);
  for (const problem of ["denied", "insecure", "missing", "busy"]) assert.match(microphoneHelp(problem), /type instead/);
});

test("an end says why, in the server's words where ours know nothing", () => {
  assert.equal(describe(call("ended", { notice: { code: "silence" } }), "Ann").hint, "Nobody spoke for a long time.");
  assert.equal(describe(call("ended", { notice: { code: "new_reason", message: "The line was sold." } }), "Ann").hint, "The line was sold.");
  assert.equal(describe(call("refused", { notice: { code: "capacity", message: "All busy." } }), "Ann").hint, "All busy.");
});

test("a problem in a call that goes on is shown", () => {
  assert.equal(describe(call("listening", { notice: { code: "provider_failed", message: "The voice is late." } }), "Ann").hint, "The voice is late.");
});

test("muted, written and resumed calls say so", () => {
  assert.equal(describe(call("listening", { isMuted: true }), "Ann").title, "You are muted");
  assert.match(describe(call("listening", { hasMicrophone: false }), "Ann").title, /Type/);
  assert.match(describe(call("listening", { notice: { resumed: true } }), "Ann").hint, /goes on/);
  assert.match(describe(call("listening", { notice: { resumed: false } }), "Ann").hint, /could not be resumed/);
});
