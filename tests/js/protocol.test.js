import assert from "node:assert/strict";
import test from "node:test";

import { afterClose, closeWords, parseMessage, socketUrl } from "../../static/js/voice/protocol.js";

const page = "https://voice.example.com/o/1/agents/2/talk/";

test("the address follows the page and names token, agent, format and conversation", () => {
  const url = new URL(socketUrl({ endpoint: "/ws/voice", page, token: "a:b", agentId: "7f", sessionId: "5e" }));
  assert.equal(url.origin, "wss://voice.example.com");
  assert.equal(url.pathname, "/ws/voice");
  assert.deepEqual(Object.fromEntries(url.searchParams), { token: "a:b", agent_id: "7f", audio: "pcm_24000", session_id: "5e" });
});

test("an address of its own and a plain page work too", () => {
  assert.ok(socketUrl({ endpoint: "ws://h:3/ws/voice", page, token: "t", agentId: "a" }).startsWith("ws://h:3/ws/voice?"));
  assert.ok(socketUrl({ page: "http://localhost:3001/x", token: "t", agentId: "a" }).startsWith("ws://localhost:3001/ws/voice?"));
  assert.ok(!socketUrl({ page, token: "t", agentId: "a", sessionId: null }).includes("session_id"));
});

test("frames that are no message are null", () => {
  for (const text of ["", "{", "null", "3", "[]", "{}", '{"type":3}']) assert.equal(parseMessage(text), null);
  assert.equal(parseMessage('{"type":"audioEnd"}').type, "audioEnd");
});

test("refusals are final, a lost server is not", () => {
  for (const code of [4001, 4003, 4004, 4005, 4009, 4029, 4400]) assert.equal(afterClose(code, undefined, false), "refused");
  for (const code of [1001, 1006, 1011, 1012, 4500]) assert.equal(afterClose(code, undefined, true), "retry");
  assert.equal(afterClose(1000, undefined, true), "ended");
});

test("a full server refuses a new call, but a call under way keeps trying", () => {
  assert.equal(afterClose(4503, "capacity", false), "refused");
  assert.equal(afterClose(4503, "capacity", true), "retry");
  assert.equal(afterClose(4503, "server_shutdown", false), "retry");
  assert.equal(afterClose(4029, "too_many_calls", true), "retry");
});

test("a live call that was taken over has ended; one whose client was too slow comes back", () => {
  assert.equal(afterClose(4009, "taken_over", true), "ended");
  assert.equal(afterClose(4008, "slow_client", true), "retry");
});

test("every close code has words", () => {
  for (const code of [1006, 4001, 4029, 4999]) assert.match(closeWords(code), /\w+ .*\.$/);
});
