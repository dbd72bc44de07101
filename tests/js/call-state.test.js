import assert from "node:assert/strict";
import test from "node:test";

import { STATES, canStart, isLive, isUnderWay, nextState } from "../../static/js/voice/call-state.js";

const run = (state, ...types) => types.reduce((at, event) => nextState(at, typeof event === "string" ? { type: event } : event), state);

test("a call from the first click to its end", () => {
  const events = ["ask", "connect", "connected", "agent_audio", "agent_quiet", "user_finished", "agent_audio", "ended"];
  const seen = [];
  events.reduce((at, type) => {
    const next = nextState(at, { type });
    seen.push(next);
    return next;
  }, "idle");
  assert.deepEqual(seen, ["asking", "connecting", "listening", "speaking", "listening", "thinking", "speaking", "ended"]);
});

test("each trouble with the microphone has its state and can be tried again", () => {
  for (const [problem, state] of [["denied", "denied"], ["missing", "no_microphone"], ["busy", "no_microphone"], ["insecure", "insecure"]]) {
    const at = run("idle", "ask", { type: "microphone_problem", problem });
    assert.equal(at, state);
    assert.equal(run(at, "ask"), "asking");
    assert.equal(run(at, "connect"), "connecting");
  }
});

test("a lost server is reached again", () => {
  assert.equal(run("speaking", "reconnecting"), "reconnecting");
  assert.equal(run("speaking", "reconnecting", "reconnecting", "connected"), "listening");
  assert.equal(run("speaking", "reconnecting", "ended"), "ended");
});

test("messages of a dying connection change nothing", () => {
  for (const type of ["agent_audio", "agent_quiet", "user_finished", "connected", "reconnecting", "refused"]) {
    assert.equal(nextState("ended", { type }), "ended");
    assert.equal(nextState("reconnecting", { type: "agent_audio" }), "reconnecting");
  }
});

test("whatever happens, the state is one of the known and says one thing", () => {
  const types = ["ask", "microphone_problem", "connect", "connected", "agent_audio", "agent_quiet", "user_speaking",
    "user_finished", "reconnecting", "refused", "ended", "unknown"];
  for (const state of STATES) {
    assert.ok(!(canStart(state) && isUnderWay(state)));
    assert.ok(!isLive(state) || isUnderWay(state));
    for (const type of types) assert.ok(STATES.includes(nextState(state, { type, problem: "denied" })));
  }
});
