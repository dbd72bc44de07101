import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { Backoff } from "../../static/js/voice/backoff.js";
import { TokenRefused, VoiceClient } from "../../static/js/voice/client.js";

class FakeSocket {
  static all = [];
  constructor(url) {
    this.url = new URL(url);
    this.readyState = 1;
    this.bufferedAmount = 0;
    this.sent = [];
    FakeSocket.all.push(this);
  }
  send(data) { this.sent.push(data); }
  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }
  say(message) { this.onmessage({ data: typeof message === "string" ? message : JSON.stringify(message) }); }
  connected(key = "key1") { this.say({ type: "connected", agentName: "Ann", historyKey: key, callId: "c1", resumed: false }); }
  drop(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

function make(fetchToken = async () => ({ token: "t", url: "/ws/voice" })) {
  FakeSocket.all = [];
  const events = [];
  const client = new VoiceClient({
    agentId: "a1", page: "http://localhost/", fetchToken, WebSocketClass: FakeSocket,
    onEvent: (event) => events.push(event), backoff: new Backoff({ attempts: 3, random: () => 1 }),
  });
  return { client, events, types: () => events.map((event) => event.type), socket: () => FakeSocket.all.at(-1) };
}

// Node 18, which Debian 12 has, takes the list alone; later ones take it by name.
const MOCKED = ["setTimeout"];
const isNode18 = process.versions.node.startsWith("18.");
test.beforeEach(() => mock.timers.enable(isNode18 ? MOCKED : { apis: MOCKED }));
test.afterEach(() => mock.timers.reset());

test("a conversation is told from its first message to its end", async () => {
  const { client, types, events, socket } = make();
  await client.connect();
  socket().connected();
  socket().onmessage({ data: new ArrayBuffer(4) });
  socket().say({ type: "transcript", payload: { role: "user", text: "hi", isFinal: true } });
  socket().say("no json");
  socket().say({ type: "newer_than_this_page" });
  socket().say({ type: "ended", payload: { code: "silence", by: "platform", message: "Nobody spoke." } });
  socket().drop(1000);
  assert.deepEqual(types(), ["connecting", "connected", "audio", "transcript", "ended"]);
  assert.equal(events.at(-1).message, "Nobody spoke.");
  assert.equal(client.callId, "c1");
});

test("a tool of the page is run and its result goes back under the call's id", async () => {
  const { client, events, socket } = make();
  client.tools = { add: async ({ a, b }) => ({ sum: a + b }), fail: () => { throw new Error("Not signed in."); } };
  await client.connect();
  socket().connected();
  for (const [id, name] of [["1", "add"], ["2", "fail"], ["3", "toString"]]) {
    socket().say({ type: "toolCall", payload: { id, name, arguments: { a: 1, b: 2 }, timeLimitMs: 5000 } });
  }
  await settled();
  assert.deepEqual(socket().sent.map((text) => JSON.parse(text)).sort((x, y) => x.payload.id - y.payload.id), [
    { type: "toolResult", payload: { id: "1", result: { sum: 3 } } },
    { type: "toolResult", payload: { id: "2", error: "Not signed in." } },
    { type: "toolResult", payload: { id: "3", error: "This page has no tool with the name toString." } },
  ]);
  assert.equal(events.filter(({ type }) => type === "toolCall").length, 3);
});

test("what a tool says at too great length is cut, so that no message is larger than the server takes", async () => {
  const { client, socket } = make();
  const cyclic = {};
  cyclic.self = cyclic;
  client.tools = {
    list: () => Array(50_000).fill("\u0000ä"), fail: () => { throw new Error("ä".repeat(100_000)); },
    nothing: () => undefined, cyclic: () => cyclic,
  };
  await client.connect();
  socket().connected();
  for (const name of ["list", "fail", "nothing", "cyclic"]) {
    socket().say({ type: "toolCall", payload: { id: name, name, arguments: {}, timeLimitMs: 5000 } });
  }
  await settled();
  assert.equal(socket().sent.length, 4);
  for (const text of socket().sent) assert.ok(new TextEncoder().encode(text).length < 64 * 1024);
  const told = Object.fromEntries(socket().sent.map((text) => JSON.parse(text).payload).map((each) => [each.id, each]));
  assert.ok(told.list.result.startsWith('["'));
  assert.equal(told.nothing.result, null);
  assert.match(told.cyclic.error, /circular/i);
});

test("a result is not sent over a connection that did not ask for it", async () => {
  const { client, socket } = make();
  let finish;
  client.tools = { slow: () => new Promise((resolve) => { finish = resolve; }) };
  await client.connect();
  socket().connected("key1");
  socket().say({ type: "toolCall", payload: { id: "1", name: "slow", arguments: {}, timeLimitMs: 5000 } });
  socket().drop(1006);
  mock.timers.tick(500);
  await settled();
  socket().connected("key1");
  finish("late");
  await settled();
  assert.deepEqual(socket().sent, []);
});

test("a lost server is tried again with a fresh token and the conversation's key", async () => {
  let tokens = 0;
  const { client, types, socket } = make(async () => ({ token: `t${++tokens}`, url: "/ws/voice" }));
  await client.connect();
  socket().connected("key7");
  socket().drop(1006);
  assert.equal(client.isConnected, false);
  mock.timers.tick(500);
  await settled();
  assert.equal(socket().url.searchParams.get("session_id"), "key7");
  assert.equal(socket().url.searchParams.get("token"), "t2");
  socket().connected("key7");
  assert.deepEqual(types(), ["connecting", "connected", "reconnecting", "connected"]);
});

test("attempts end, with the reason", async () => {
  const { client, types, events } = make(async () => { throw new TypeError("failed to fetch"); });
  await client.connect();
  for (let i = 0; i < 5; i += 1) {
    mock.timers.tick(10_000);
    await settled();
  }
  assert.deepEqual(types(), ["connecting", "reconnecting", "connecting", "reconnecting", "connecting", "reconnecting", "connecting", "refused"]);
  assert.equal(events.at(-1).code, "connection_lost");
});

test("a refusal is final and has the server's own words", async () => {
  const { client, events, socket } = make();
  await client.connect();
  socket().say({ type: "error", payload: { code: "capacity", message: "All transcribers are busy." } });
  socket().drop(4503);
  assert.deepEqual(events.at(-1), { type: "refused", code: "capacity", message: "All transcribers are busy." });
  mock.timers.tick(60_000);
  await settled();
  assert.equal(FakeSocket.all.length, 1);
});

test("a refused token is a refusal", async () => {
  const { client, events } = make(async () => { throw new TokenRefused("forbidden", "Viewers may not talk."); });
  await client.connect();
  assert.equal(events.at(-1).type, "refused");
  assert.equal(events.at(-1).message, "Viewers may not talk.");
});

test("a server that shuts down is tried again", async () => {
  const { client, types, socket } = make();
  await client.connect();
  socket().connected();
  socket().say({ type: "error", payload: { code: "server_shutdown", message: "Restarting." } });
  socket().drop(4503);
  assert.equal(types().at(-1), "reconnecting");
});

test("a conversation continued elsewhere has ended", async () => {
  const { client, events, socket } = make();
  await client.connect();
  socket().connected();
  socket().say({ type: "error", payload: { code: "taken_over", message: "Continued elsewhere." } });
  socket().drop(4009);
  assert.deepEqual(events.at(-1), { type: "ended", code: "taken_over", by: "platform", message: "Continued elsewhere." });
});

test("hanging up tells the server, and ends even when it never answers", async () => {
  const { client, events, socket } = make();
  await client.connect();
  socket().connected();
  client.hangUp();
  assert.deepEqual(socket().sent, ['{"type":"hangup"}']);
  mock.timers.tick(2_000);
  assert.equal(events.at(-1).code, "client_hangup");
  assert.equal(socket().closedWith, 1000);
  mock.timers.tick(60_000);
  await settled();
  assert.equal(FakeSocket.all.length, 1);
});

test("a connection that is being closed is sent no sound", async () => {
  const { client, socket } = make();
  await client.connect();
  socket().connected();
  socket().readyState = 2;
  client.sendAudio(new Uint8Array(2));
  assert.deepEqual(socket().sent, []);
});

test("hanging up while reconnecting stops the attempts", async () => {
  const { client, types, socket } = make();
  await client.connect();
  socket().connected();
  socket().drop(1006);
  client.hangUp();
  mock.timers.tick(60_000);
  await settled();
  assert.equal(types().at(-1), "ended");
  assert.equal(FakeSocket.all.length, 1);
});

test("a network that takes nothing any more is a lost connection", async () => {
  const { client, types, socket } = make();
  await client.connect();
  socket().connected();
  client.sendAudio(new ArrayBuffer(640));
  assert.equal(socket().sent.length, 1);
  socket().bufferedAmount = 200_000;
  client.sendAudio(new ArrayBuffer(640));
  assert.equal(types().at(-1), "reconnecting");
});

test("a server that accepts and says nothing is given up", async () => {
  const { client, types } = make();
  await client.connect();
  mock.timers.tick(10_000);
  assert.equal(types().at(-1), "reconnecting");
});

test("nothing is sent before the server is ready", async () => {
  const { client, socket } = make();
  await client.connect();
  client.sendAudio(new ArrayBuffer(640));
  assert.equal(client.sendText("hello"), false);
  assert.deepEqual(socket().sent, []);
});

test("the waiting time can be cut short", async () => {
  const { client, socket } = make();
  await client.connect();
  socket().connected();
  socket().drop(1006);
  client.retryNow();
  await settled();
  assert.equal(FakeSocket.all.length, 2);
});

test("an abandoned connection that closes late changes nothing", async () => {
  const { client, types, socket } = make();
  await client.connect();
  socket().connected();
  const abandoned = socket();
  abandoned.bufferedAmount = 200_000;
  client.sendAudio(new ArrayBuffer(640));
  mock.timers.tick(500);
  await settled();
  socket().connected();
  abandoned.onclose({ code: 1006 });
  abandoned.onmessage({ data: new ArrayBuffer(4) });
  assert.deepEqual(types(), ["connecting", "connected", "reconnecting", "connected"]);
  assert.equal(client.isConnected, true);
});

test("a connection that is lost again and again is given up, however often it was there", async () => {
  const { client, events, socket } = make();
  await client.connect();
  for (let i = 0; i < 3; i += 1) {
    socket().connected();
    mock.timers.tick(1_000);
    socket().drop(1011);
    assert.equal(events.at(-1).type, "reconnecting");
    mock.timers.tick(10_000);
    await settled();
  }
  socket().connected();
  socket().drop(1011);
  assert.deepEqual([events.at(-1).type, events.at(-1).code], ["ended", "connection_lost"]);
});

test("a connection that lasted makes the next loss the first one", async () => {
  const { client, events, socket } = make();
  await client.connect();
  for (let i = 0; i < 6; i += 1) {
    socket().connected();
    mock.timers.tick(10_000);
    socket().drop(1006);
    assert.deepEqual([events.at(-1).type, events.at(-1).attempt], ["reconnecting", 1]);
    mock.timers.tick(500);
    await settled();
  }
});

test("a connection taken for dead is closed as such, not as hung up", async () => {
  const { client, socket } = make();
  await client.connect();
  const dead = socket();
  dead.connected();
  dead.bufferedAmount = 100_000;
  client.sendAudio(new ArrayBuffer(4));
  assert.equal(dead.closedWith, 4900);
});
