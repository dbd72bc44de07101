// The agent's voice: gapless, stoppable at once, and honest about what has been heard.

import { AUDIO_OUT_HZ } from "./protocol.js";

const WORKLET = new URL("./playback-worklet.js", import.meta.url);

export class Player {
  /** `onReport({playedMs, isPlaying, rms, bufferedMs, droppedMs})` about every 40 ms while sound is played. */
  constructor({ onReport }) {
    this.onReport = onReport;
    this.context = null;
    this.node = null;
    this.playedMs = 0;
  }

  /** Must first be called in a click or key press: browsers keep pages silent until then. */
  async open() {
    if (this.context) return;
    const context = new AudioContext({ sampleRate: AUDIO_OUT_HZ, latencyHint: "interactive" });
    this.context = context;
    // Now, while the click counts; a browser that still says no leaves the conversation in writing.
    if (context.state === "suspended") context.resume().catch(() => {});
    await context.audioWorklet.addModule(WORKLET);
    if (this.context !== context) return; // closed meanwhile
    this.node = new AudioWorkletNode(context, "voicex-playback", {
      numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [1],
    });
    this.node.port.onmessage = ({ data }) => {
      this.playedMs = data.playedMs;
      this.onReport(data);
    };
    this.node.connect(context.destination);
  }

  /** Queues 16-bit samples (an ArrayBuffer, given away). */
  play(pcm) {
    this.node?.port.postMessage({ type: "audio", pcm }, [pcm]);
  }

  /** Silence now: everything not yet played is dropped. */
  stop() {
    this.node?.port.postMessage({ type: "flush" });
  }

  /** A new connection: positions count from its first sample. */
  reset() {
    this.playedMs = 0;
    this.node?.port.postMessage({ type: "reset" });
  }

  /** Milliseconds of this connection's audio that have left the loudspeaker. */
  get heardMs() {
    const latency = this.context?.outputLatency || this.context?.baseLatency || 0;
    return Math.max(0, Math.round(this.playedMs - latency * 1000));
  }

  close() {
    this.node?.port.postMessage({ type: "close" });
    this.node?.disconnect();
    this.context?.close();
    this.context = this.node = null;
  }
}
