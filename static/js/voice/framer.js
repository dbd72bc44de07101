// Cuts a stream of samples into frames of one length: the audio worklet gives 128 at a time, the wire wants 20 ms.

export class Framer {
  constructor(frameSamples) {
    this.frame = new Float32Array(frameSamples);
    this.filled = 0;
  }

  /** Returns the frames that became complete. */
  push(samples) {
    const frames = [];
    let taken = 0;
    while (taken < samples.length) {
      const count = Math.min(this.frame.length - this.filled, samples.length - taken);
      this.frame.set(samples.subarray(taken, taken + count), this.filled);
      this.filled += count;
      taken += count;
      if (this.filled === this.frame.length) {
        frames.push(this.frame);
        this.frame = new Float32Array(this.frame.length);
        this.filled = 0;
      }
    }
    return frames;
  }
}
