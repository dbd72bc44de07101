// The caller's microphone: asks for it, turns it into frames, changes it, mutes it, and says what went wrong.

import { AUDIO_IN_HZ } from "./protocol.js";

const WORKLET = new URL("./capture-worklet.js", import.meta.url);

/** `problem`: insecure (the page is not on https or localhost), denied, missing or busy. */
export class MicrophoneError extends Error {
  constructor(problem, cause) {
    super(`microphone: ${problem}`, { cause });
    this.problem = problem;
  }
}

/** Why this page cannot have a microphone at all, or null when it may ask for one. */
export function microphoneObstacle({ isSecure, hasMediaDevices, hasAudioWorklet }) {
  if (!isSecure) return "insecure";
  return hasMediaDevices && hasAudioWorklet ? null : "missing";
}

/** What a rejection of getUserMedia means. */
export function microphoneProblem(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  if (error.name === "NotReadableError" || error.name === "AbortError") return "busy";
  return "missing";
}

function constraints(deviceId) {
  return {
    audio: {
      channelCount: 1, sampleRate: AUDIO_IN_HZ, echoCancellation: true, noiseSuppression: true, autoGainControl: true,
      ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
    },
  };
}

async function openStream(deviceId) {
  const obstacle = microphoneObstacle({
    isSecure: window.isSecureContext,
    hasMediaDevices: Boolean(navigator.mediaDevices?.getUserMedia),
    hasAudioWorklet: typeof AudioWorkletNode === "function",
  });
  if (obstacle) throw new MicrophoneError(obstacle);
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(deviceId));
  } catch (error) {
    // The chosen device may be gone since: any other is better than none.
    if (deviceId && error.name === "OverconstrainedError") return openStream(null);
    throw new MicrophoneError(microphoneProblem(error), error);
  }
}

/** [{id, label}] of the microphones; labels are known only after permission was given. */
export async function microphones() {
  if (!navigator.mediaDevices?.enumerateDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "audioinput" && device.deviceId !== "")
    .map((device, index) => ({ id: device.deviceId, label: device.label || `Microphone ${index + 1}` }));
}

export class Microphone {
  /** `onFrame(pcm: ArrayBuffer, rms)` every 20 ms; `onLost()` when the device is unplugged or taken away. */
  constructor({ onFrame, onLost }) {
    this.onFrame = onFrame;
    this.onLost = onLost;
    this.stream = null;
    this.context = null;
    this.node = null;
    this.isMuted = false;
  }

  /** Asks for the device (any when null) and begins. Raises MicrophoneError. */
  async open(deviceId = null) {
    const stream = await openStream(deviceId);
    this.close();
    this.stream = stream;
    try {
      await this.#connect();
    } catch (error) {
      this.close();
      throw new MicrophoneError("busy", error);
    }
    const [track] = stream.getAudioTracks();
    track.enabled = !this.isMuted;
    track.onended = () => {
      if (this.stream === stream) this.onLost();
    };
  }

  get deviceId() {
    return this.stream?.getAudioTracks()[0]?.getSettings().deviceId ?? null;
  }

  get isOpen() {
    return this.stream !== null;
  }

  /** A muted microphone goes on in silence, so that the server's clock of the call does. */
  setMuted(isMuted) {
    this.isMuted = isMuted;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !isMuted;
  }

  close() {
    this.node?.port.postMessage("close");
    this.node?.disconnect();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.context && this.context.state !== "closed") this.context.close();
    this.stream = this.context = this.node = null;
  }

  async #connect() {
    let source;
    try {
      this.context = new AudioContext({ sampleRate: AUDIO_IN_HZ, latencyHint: "interactive" });
      source = this.context.createMediaStreamSource(this.stream);
    } catch {
      // Firefox joins a microphone only to a context of its own rate: the worklet resamples then.
      await this.context?.close();
      this.context = new AudioContext({ latencyHint: "interactive" });
      source = this.context.createMediaStreamSource(this.stream);
    }
    const { context } = this;
    await context.audioWorklet.addModule(WORKLET);
    if (context.state === "suspended") await context.resume();
    this.node = new AudioWorkletNode(context, "voicex-capture", {
      numberOfInputs: 1, numberOfOutputs: 1, channelCount: 1, channelCountMode: "explicit",
    });
    this.node.port.onmessage = ({ data }) => this.onFrame(data.pcm, data.rms);
    source.connect(this.node);
    this.node.connect(context.destination); // silent, but what leads nowhere is not run by every browser
  }
}
