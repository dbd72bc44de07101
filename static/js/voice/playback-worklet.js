// In the audio thread: plays the agent's samples from a bounded buffer and says how far it has come.

import { PlayoutBuffer } from "./playout-buffer.js";
import { floatFromPcm16, rms } from "./pcm.js";
import { AUDIO_OUT_HZ } from "./protocol.js";
import { Resampler } from "./resampler.js";

const CAPACITY_S = 5; // the server runs about 0.2 s ahead; more than this is old news
const LEAD_MS = 40;
const FADE_MS = 5;
const REPORT_MS = 40;

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.isOpen = true;
    this.sinceReport = 0;
    this.loudest = 0;
    this.#reset();
    this.port.onmessage = ({ data }) => this.#take(data);
  }

  process(_inputs, outputs) {
    const out = outputs[0][0];
    const wasPlaying = this.isSounding;
    this.isSounding = this.buffer.read(out) > 0;
    for (let channel = 1; channel < outputs[0].length; channel += 1) outputs[0][channel].set(out);
    this.loudest = Math.max(this.loudest, rms(out));
    this.sinceReport += out.length;
    const isDue = this.sinceReport >= (sampleRate * REPORT_MS) / 1000;
    if (wasPlaying !== this.isSounding || (this.isSounding && isDue)) this.#report();
    return this.isOpen;
  }

  #take(message) {
    if (message.type === "audio") this.buffer.write(this.resampler.push(floatFromPcm16(message.pcm)));
    else if (message.type === "flush") this.buffer.flush();
    else if (message.type === "reset") this.#reset();
    else if (message.type === "close") this.isOpen = false;
  }

  // Positions count from a connection's first sample.
  #reset() {
    this.resampler = new Resampler(AUDIO_OUT_HZ, sampleRate);
    this.buffer = new PlayoutBuffer({
      capacity: Math.round(CAPACITY_S * sampleRate),
      lead: Math.round((LEAD_MS * sampleRate) / 1000),
      fade: Math.round((FADE_MS * sampleRate) / 1000),
    });
    this.isSounding = false;
  }

  #report() {
    this.port.postMessage({
      playedMs: (this.buffer.played * 1000) / sampleRate,
      droppedMs: (this.buffer.dropped * 1000) / sampleRate,
      bufferedMs: (this.buffer.length * 1000) / sampleRate,
      isPlaying: this.isSounding,
      rms: this.isSounding ? this.loudest : 0,
    });
    this.sinceReport = 0;
    this.loudest = 0;
  }
}

registerProcessor("voicex-playback", Playback);
