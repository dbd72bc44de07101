import assert from "node:assert/strict";
import test from "node:test";

import { Transcript } from "../../static/js/voice/transcript.js";

const said = (role, text, isFinal, turn) => ({ role, text, isFinal, turn });
const turn = (index, role, text, more = {}) => ({ index, role, text, heardText: text, interrupted: false, understood: true, ...more });

test("interim words are replaced until they are final", () => {
  const transcript = new Transcript();
  transcript.hear(said("user", "what are", false, 1));
  transcript.hear(said("user", "what are your hours", true, 1));
  transcript.hear(said("assistant", "We open at nine.", true, 2));
  assert.deepEqual(transcript.lines.map((line) => [line.role, line.text, line.isFinal]),
    [["user", "what are your hours", true], ["agent", "We open at nine.", true]]);
});

test("an interim that comes to nothing leaves no line", () => {
  const transcript = new Transcript();
  transcript.hear(said("user", "uh", false, 1));
  transcript.hear(said("user", "", true, 1));
  assert.equal(transcript.lines.length, 0);
});

test("a guess that is taken back leaves no line, and its turn may still be spoken", () => {
  const transcript = new Transcript();
  transcript.hear(said("user", "the", false, 3));
  transcript.hear(said("user", "", false, 3));
  assert.equal(transcript.lines.length, 0);
  transcript.hear(said("user", "when are you open", true, 3));
  assert.deepEqual(transcript.lines.map((line) => line.text), ["when are you open"]);
});

test("an interrupted turn keeps what was heard beside what was written", () => {
  const transcript = new Transcript();
  transcript.hear(said("assistant", "We open at nine. We close at six.", true, 2));
  transcript.settle(turn(2, "agent", "We open at nine. We close at six.", { interrupted: true, heardText: "We open at" }));
  const [line] = transcript.lines;
  assert.equal(line.interrupted, true);
  assert.equal(line.heardText, "We open at");
});

test("an interruption that was none is taken back", () => {
  const transcript = new Transcript();
  transcript.settle(turn(2, "agent", "We open at nine.", { interrupted: true, heardText: "We" }));
  transcript.settle(turn(2, "agent", "We open at nine."));
  assert.equal(transcript.lines[0].interrupted, false);
  assert.equal(transcript.lines[0].heardText, "We open at nine.");
});

test("exchanges that were not understood are counted once each, however often they are told", () => {
  const transcript = new Transcript();
  transcript.settle(turn(1, "user", "blue mount fish", { understood: false }));
  transcript.settle(turn(2, "agent", "I did not catch that.", { understood: false }));
  transcript.settle(turn(2, "agent", "I did not catch that.", { understood: false }));
  assert.equal(transcript.misunderstoodCount, 1);
  transcript.settle(turn(3, "user", ""));
  assert.equal(transcript.misunderstoodCount, 2);
  transcript.settle(turn(5, "user", "what are your hours"));
  assert.equal(transcript.misunderstoodCount, 2);
});

test("a new connection's turns do not overwrite the earlier ones", () => {
  const transcript = new Transcript();
  transcript.hear(said("user", "first", true, 1));
  transcript.hear(said("user", "cut o", false, 3));
  transcript.reconnected();
  transcript.hear(said("user", "second", true, 1));
  assert.deepEqual(transcript.lines.map((line) => line.text), ["first", "cut o", "second"]);
  assert.ok(transcript.lines.every((line) => line.isFinal));
});

test("a server without turn numbers works too", () => {
  const transcript = new Transcript();
  transcript.hear({ role: "user", text: "hel", isFinal: false });
  transcript.hear({ role: "user", text: "hello", isFinal: true });
  transcript.hear({ role: "user", text: "again", isFinal: true });
  assert.deepEqual(transcript.lines.map((line) => line.text), ["hello", "again"]);
});

test("a tool is a line that says how it went", () => {
  const transcript = new Transcript();
  transcript.callTool({ id: "1", name: "order_status" });
  assert.equal(transcript.lines[0].status, "running");
  transcript.settle({ index: 2, role: "tool", tool: { name: "order_status", status: "ok", durationMs: 12 } });
  transcript.settle({ index: 3, role: "tool", tool: { name: "hang_up", status: "ok", durationMs: 1 } });
  assert.deepEqual(transcript.lines.map(({ name, status, isFinal }) => [name, status, isFinal]), [
    ["order_status", "ok", true],
    ["hang_up", "ok", true],
  ]);
  assert.equal(transcript.misunderstoodCount, 0);
});
