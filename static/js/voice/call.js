// One call of the Talk page: microphone, connection and loudspeaker together, and the state they are in.

import { isLive, isUnderWay, nextState } from "./call-state.js";
import { VoiceClient } from "./client.js";
import { Microphone, MicrophoneError } from "./microphone.js";
import { levelFromRms } from "./pcm.js";
import { Player } from "./player.js";
import { Transcript } from "./transcript.js";

const HEARD_EVERY_MS = 200;
const LEVEL_KEPT_MS = 120; // a level older than this is silence: nobody has said otherwise

/**
 * `onChange(call)` after everything a person may see: `state`, `notice` {message, code, delayMs, resumed},
 * `transcript`, `latency`, `callId`, `isMuted`, `hasMicrophone`, `microphoneProblem`, `startedAt`, `endedAt`.
 */
export class Call {
  #client = null;
  #microphone;
  #player;
  #heardSentAt = 0;
  #heardTimer = null;
  #levels = { user: { value: 0, at: 0 }, agent: { value: 0, at: 0 } };

  constructor({ agentId, page, fetchToken, onChange, clientOptions = {} }) {
    this.options = { agentId, page, fetchToken, ...clientOptions };
    this.onChange = onChange;
    this.state = "idle";
    this.isMuted = false;
    this.#clear();
    this.#microphone = new Microphone({
      onFrame: (pcm, rms) => {
        this.#setLevel("user", this.isMuted ? 0 : rms);
        this.#client?.sendAudio(pcm);
      },
      onLost: () => this.#microphoneLost(),
    });
    this.#player = new Player({ onReport: (report) => this.#played(report) });
  }

  get hasMicrophone() {
    return this.#microphone.isOpen;
  }

  get deviceId() {
    return this.#microphone.deviceId;
  }

  /** Begins a new conversation; call it from a click or key press. Without a microphone the caller types. */
  async start({ withMicrophone, deviceId = null }) {
    if (isUnderWay(this.state) || this.state === "asking") return;
    this.#clear();
    this.isMuted = false;
    const playerReady = this.#player.open();
    playerReady.catch(() => {}); // awaited below, when the microphone is there
    if (withMicrophone && !(await this.#askForMicrophone(deviceId))) return;
    // Before anything else is awaited: a second click must find the call under way, and hanging up its client.
    const client = new VoiceClient({
      ...this.options,
      onEvent: (event) => {
        if (client === this.#client) this.#receive(event);
      },
    });
    this.#client = client;
    this.#move({ type: "connect" });
    try {
      await playerReady;
    } catch {
      // No loudspeaker: the conversation goes on in writing.
      this.#player.close();
    }
    if (client === this.#client && this.state === "connecting") client.connect(); // else hung up meanwhile
  }

  /** Joins a microphone, or another one, to a call under way. */
  async useMicrophone(deviceId = null) {
    try {
      await this.#microphone.open(deviceId);
      if (!isUnderWay(this.state)) this.#microphone.close();
      this.#microphone.setMuted(this.isMuted);
      this.microphoneProblem = null;
    } catch (error) {
      this.microphoneProblem = this.#problemOf(error);
    }
    this.#changed();
  }

  setMuted(isMuted) {
    this.isMuted = isMuted;
    this.#microphone.setMuted(isMuted);
    this.#changed();
  }

  /** Sends typed words; returns whether there was a connection to take them. */
  say(text) {
    const isSent = this.#client?.sendText(text) ?? false;
    if (isSent) this.#move({ type: "user_finished" });
    return isSent;
  }

  hangUp() {
    this.#client?.hangUp();
  }

  retryNow() {
    if (this.state === "reconnecting" || this.state === "connecting") this.#client?.retryNow();
  }

  /** How loud a side is now, 0…1. */
  level(side) {
    const { value, at } = this.#levels[side];
    return performance.now() - at < LEVEL_KEPT_MS ? value : 0;
  }

  #clear() {
    this.transcript = new Transcript();
    this.notice = {};
    this.latency = null;
    this.callId = null;
    this.microphoneProblem = null;
    this.startedAt = this.endedAt = null;
  }

  async #askForMicrophone(deviceId) {
    this.#move({ type: "ask" });
    try {
      await this.#microphone.open(deviceId);
      this.#microphone.setMuted(false);
      return true;
    } catch (error) {
      this.#player.close();
      this.microphoneProblem = this.#problemOf(error);
      this.#move({ type: "microphone_problem", problem: this.microphoneProblem });
      return false;
    }
  }

  #problemOf(error) {
    if (error instanceof MicrophoneError) return error.problem;
    throw error;
  }

  async #microphoneLost() {
    this.#microphone.close();
    if (isUnderWay(this.state)) await this.useMicrophone();
  }

  #receive(event) {
    switch (event.type) {
      case "connected":
        this.#connected(event);
        break;
      case "audio":
        this.#player.play(event.pcm);
        this.#move({ type: "agent_audio" });
        break;
      case "audioStop":
        this.#player.stop();
        this.#move({ type: "agent_quiet" });
        break;
      case "audioEnd":
        this.#move({ type: "agent_quiet" });
        break;
      case "toolCall":
        this.transcript.callTool(event.payload);
        this.#changed();
        break;
      case "transcript":
        this.#heardWords(event.payload);
        break;
      case "turn":
        this.transcript.settle(event.payload);
        if (event.payload.latency?.voice_to_voice_ms != null) this.latency = event.payload.latency;
        this.#changed();
        break;
      case "error":
        this.notice = { message: event.message, code: event.code };
        this.#changed();
        break;
      case "reconnecting":
        this.#player.stop();
        this.notice = { message: event.message, delayMs: event.delayMs, attempt: event.attempt };
        this.#move({ type: "reconnecting" });
        break;
      case "refused":
      case "ended":
        this.#over(event);
        break;
      default: // "connecting": the state says so already
    }
  }

  #connected({ resumed }) {
    const isFirst = this.startedAt === null;
    this.startedAt ??= Date.now();
    this.callId = this.#client.callId;
    this.notice = isFirst ? {} : { resumed };
    if (!isFirst) {
      this.#player.reset();
      this.transcript.reconnected();
    }
    this.#move({ type: "connected" });
  }

  #heardWords(payload) {
    this.transcript.hear(payload);
    if (payload.role === "user" && payload.text) {
      this.#move({ type: payload.isFinal ? "user_finished" : "user_speaking" });
    } else {
      this.#changed();
    }
  }

  #over(event) {
    this.#microphone.close();
    this.#player.close();
    clearTimeout(this.#heardTimer);
    this.endedAt = Date.now();
    this.notice = { message: event.message, code: event.code, by: event.by };
    this.#move(event);
  }

  #played({ isPlaying, rms }) {
    this.#setLevel("agent", rms);
    const now = performance.now();
    if (isPlaying && now - this.#heardSentAt >= HEARD_EVERY_MS) {
      this.#heardSentAt = now;
      this.#client?.heard(this.#player.heardMs);
    }
    clearTimeout(this.#heardTimer);
    if (!isPlaying) {
      // The last samples are on their way through the loudspeaker's own buffer.
      const { playedMs } = this.#player;
      const { connection } = this.transcript;
      this.#heardTimer = setTimeout(() => {
        if (connection === this.transcript.connection) this.#client?.heard(Math.round(playedMs));
      }, HEARD_EVERY_MS);
    }
  }

  #setLevel(side, rms) {
    this.#levels[side] = { value: levelFromRms(rms), at: performance.now() };
  }

  #move(event) {
    const before = this.state;
    const isAnswer = event.type === "agent_audio" && "resumed" in this.notice;
    if (isAnswer || event.type === "user_speaking" || event.type === "user_finished") this.notice = {}; // it has been read
    this.state = nextState(before, event);
    if (isLive(this.state) && !isLive(before)) this.#heardSentAt = 0;
    this.#changed();
  }

  #changed() {
    this.onChange(this);
  }
}
