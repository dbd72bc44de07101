// One conversation over /ws/voice: connects, keeps the conversation across lost connections, and tells what happens.

import { Backoff } from "./backoff.js";
import { GIVEN_UP, afterClose, closeWords, outgoing, parseMessage, socketUrl } from "./protocol.js";

const CONNECT_TIMEOUT_MS = 10_000;
const HANG_UP_TIMEOUT_MS = 2_000;
// A connection that has lasted so long was a good one: the next loss is counted anew.
const STEADY_MS = 10_000;
// Three seconds of microphone that the network has not taken: the connection is dead, even if nobody has said so.
const STALLED_BYTES = 96_000;

/** The token request was answered, with no: `message` is the server's own. */
export class TokenRefused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * `fetchToken()` → {token, url}, raises TokenRefused, or anything else when the server cannot be reached.
 * `tools` by name: functions that take the arguments and give, or promise, what came of it; they throw what went wrong.
 * `onEvent` gets {type}: connecting, connected, transcript, turn, audio, audioStop, audioEnd, toolCall, error,
 * reconnecting {attempt, delayMs, message}, refused {code, message}, ended {code, by, message}.
 * After refused or ended nothing follows.
 */
export class VoiceClient {
  #socket = null;
  #timers = new Set();
  #ending = null;
  #error = null;
  #isOver = false;
  #retryNow = null;

  constructor({
    agentId, page, fetchToken, onEvent, tools = {}, backoff = new Backoff(), WebSocketClass = WebSocket,
  }) {
    this.agentId = agentId;
    this.page = page;
    this.fetchToken = fetchToken;
    this.onEvent = onEvent;
    this.tools = tools;
    this.backoff = backoff;
    this.WebSocketClass = WebSocketClass;
    this.historyKey = null;
    this.callId = null;
    this.isConnected = false;
  }

  /** Starts the conversation; everything else arrives through `onEvent`. */
  async connect() {
    if (this.historyKey === null) this.#tell({ type: "connecting" });
    this.#error = this.#ending = null;
    let grant;
    try {
      grant = await this.fetchToken();
    } catch (error) {
      if (this.#isOver) return;
      if (error instanceof TokenRefused) this.#finish({ type: "refused", code: error.code, message: error.message });
      else this.#retry("The server cannot be reached.");
      return;
    }
    if (!this.#isOver) this.#open(grant);
  }

  /** Microphone samples; dropped while there is no connection. */
  sendAudio(pcm) {
    // A socket that the server is closing takes nothing any more, some time before `onclose` tells.
    if (!this.isConnected || this.#socket.readyState !== 1) return;
    if (this.#socket.bufferedAmount > STALLED_BYTES) this.#lose("The network takes no data any more.");
    else this.#socket.send(pcm);
  }

  /** Returns false when there is no connection to send it over. */
  sendText(text) {
    return this.#send(outgoing.text(text));
  }

  heard(ms) {
    return this.#send(outgoing.heard(ms));
  }

  interrupt() {
    return this.#send(outgoing.interrupt());
  }

  /** Ends the conversation on the caller's wish; `ended` follows within two seconds whatever the server does. */
  hangUp() {
    const ended = { type: "ended", code: "client_hangup", by: "caller", message: "" };
    if (!this.#send(outgoing.hangUp())) {
      this.#finish(ended);
      return;
    }
    this.#ending ??= ended;
    this.#after(HANG_UP_TIMEOUT_MS, () => this.#finish(ended));
  }

  /** Skips what is left of the waiting time between two attempts. */
  retryNow() {
    this.#retryNow?.();
  }

  #open({ token, url }) {
    const endpoint = socketUrl({
      endpoint: url, page: this.page, token, agentId: this.agentId, sessionId: this.historyKey,
    });
    const socket = new this.WebSocketClass(endpoint);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const timer = this.#after(CONNECT_TIMEOUT_MS, () => this.#lose("The server did not answer in time."));
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      if (typeof data !== "string") {
        this.#tell({ type: "audio", pcm: data });
        return;
      }
      const message = parseMessage(data);
      if (message?.type === "connected") this.#cancel(timer);
      if (message) this.#receive(message);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#closed(code);
    };
  }

  #receive(message) {
    const payload = message.payload ?? {};
    switch (message.type) {
      case "connected":
        this.isConnected = true;
        this.historyKey = message.historyKey;
        this.callId = message.callId ?? null;
        this.#after(STEADY_MS, () => this.backoff.reset());
        this.#tell({ type: "connected", resumed: Boolean(message.resumed), agentName: message.agentName });
        break;
      case "transcript":
      case "turn":
        this.#tell({ type: message.type, payload });
        break;
      case "audioStop":
      case "audioEnd":
        this.#tell({ type: message.type });
        break;
      case "toolCall":
        this.#tell({ type: "toolCall", payload });
        this.#runTool(payload);
        break;
      case "error": // tells the reason of a close that follows, or stands alone
        this.#error = payload;
        this.#tell({ type: "error", code: payload.code, message: payload.message });
        break;
      case "ended":
        this.#ending = { type: "ended", code: payload.code, by: payload.by, message: payload.message ?? "" };
        break;
      default: // a newer server may say more
    }
  }

  // The result belongs to the connection that asked: on another one nobody knows the call.
  async #runTool({ id, name, arguments: given }) {
    const socket = this.#socket;
    let answer;
    try {
      if (!Object.hasOwn(this.tools, name)) throw new Error(`This page has no tool with the name ${name}.`);
      answer = outgoing.toolResult(id, await this.tools[name](given));
    } catch (error) {
      answer = outgoing.toolError(id, String(error?.message ?? error));
    }
    if (socket === this.#socket) this.#send(answer);
  }

  #closed(code) {
    const wasLive = this.historyKey !== null;
    const error = this.#error;
    this.#drop();
    const message = error?.message || closeWords(code);
    const isShutdown = [error?.code, this.#ending?.code].includes("server_shutdown");
    const what = this.#ending && !isShutdown ? "ended" : afterClose(code, error?.code, wasLive);
    if (what === "retry") this.#retry(message);
    else if (what === "refused") this.#finish({ type: "refused", code: error?.code ?? String(code), message });
    else this.#finish(this.#ending ?? { type: "ended", code: error?.code ?? String(code), by: "platform", message });
  }

  #retry(message) {
    const delayMs = this.backoff.next();
    if (delayMs === null) {
      const type = this.historyKey === null ? "refused" : "ended";
      this.#finish({ type, code: "connection_lost", by: "platform", message });
      return;
    }
    this.#tell({ type: "reconnecting", attempt: this.backoff.attempt, delayMs, message });
    if (this.#isOver) return;
    const again = () => {
      this.#cancel(timer);
      this.#retryNow = null;
      this.connect();
    };
    const timer = this.#after(delayMs, again);
    this.#retryNow = again;
  }

  // Gives up a connection that is open by name only.
  #lose(message) {
    this.#drop(GIVEN_UP);
    this.#retry(message);
  }

  #drop(code = 1000) {
    const socket = this.#socket;
    this.#socket = null;
    this.isConnected = false;
    this.#clearTimers();
    if (socket && socket.readyState <= 1) socket.close(code);
  }

  #send(message) {
    if (!this.isConnected || this.#socket.readyState !== 1) return false;
    this.#socket.send(message);
    return true;
  }

  #finish(event) {
    if (this.#isOver) return;
    this.#retryNow = null;
    this.#drop();
    this.#tell(event);
    this.#isOver = true;
  }

  #tell(event) {
    if (!this.#isOver) this.onEvent(event);
  }

  #after(ms, action) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer) {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  #clearTimers() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
