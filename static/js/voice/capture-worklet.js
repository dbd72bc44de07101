// In the audio thread: microphone samples to 20 ms frames of 16-bit 16 kHz PCM, with their level.

import { Framer } from "./framer.js";
import { pcm16FromFloat, rms } from "./pcm.js";
import { AUDIO_IN_HZ } from "./protocol.js";
import { Resampler } from "./resampler.js";

const FRAME_MS = 20;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, AUDIO_IN_HZ);
    this.framer = new Framer((AUDIO_IN_HZ * FRAME_MS) / 1000);
    this.isOpen = true;
    this.port.onmessage = () => { this.isOpen = false; };
  }

  process(inputs) {
    const channel = inputs[0]?.[0];
    if (channel) {
      for (const frame of this.framer.push(this.resampler.push(channel))) {
        const pcm = pcm16FromFloat(frame).buffer;
        this.port.postMessage({ pcm, rms: rms(frame) }, [pcm]);
      }
    }
    return this.isOpen;
  }
}

registerProcessor("voicex-capture", Capture);
