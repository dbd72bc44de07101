// Changes the sample rate of a stream, block by block: some browsers cannot open a microphone at 16 kHz.

const TAPS_PER_PHASE = 24;
const KAISER_BETA = 7;

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 30; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** A low-pass filter cut into one short filter for each position between two input samples. */
function polyphase(up, down) {
  const taps = Math.ceil(TAPS_PER_PHASE * Math.max(1, down / up));
  const length = taps * up;
  const cutoff = 0.92 / Math.max(up, down); // of the upsampled Nyquist rate
  const centre = (length - 1) / 2;
  const phases = Array.from({ length: up }, () => new Float32Array(taps));
  for (let n = 0; n < length; n += 1) {
    const x = n - centre;
    const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
    const window = bessel(KAISER_BETA * Math.sqrt(1 - (x / (centre + 0.5)) ** 2)) / bessel(KAISER_BETA);
    phases[n % up][Math.floor(n / up)] = sinc * window * up;
  }
  for (const phase of phases) {
    const sum = phase.reduce((total, tap) => total + tap, 0);
    for (let k = 0; k < taps; k += 1) phase[k] /= sum; // the same loudness at every position
  }
  return phases;
}

export class Resampler {
  constructor(fromHz, toHz) {
    const divisor = greatestCommonDivisor(fromHz, toHz);
    this.up = toHz / divisor;
    this.down = fromHz / divisor;
    this.passThrough = this.up === this.down;
    if (this.passThrough) return;
    this.phases = polyphase(this.up, this.down);
    this.taps = this.phases[0].length;
    this.pending = new Float32Array(this.taps - 1); // silence before the first sample
    this.position = 0; // of the next output sample, in upsampled steps from the first pending input sample
  }

  /** Floats in, the floats that are complete out. The blocks may have any length. */
  push(samples) {
    if (this.passThrough) return samples;
    const input = new Float32Array(this.pending.length + samples.length);
    input.set(this.pending);
    input.set(samples, this.pending.length);
    const starts = input.length - this.taps + 1; // input positions a whole filter fits at
    const count = Math.max(0, Math.ceil((starts * this.up - this.position) / this.down));
    const output = new Float32Array(count);
    for (let n = 0; n < count; n += 1) {
      const start = Math.floor(this.position / this.up);
      const filter = this.phases[this.position % this.up];
      let sum = 0;
      for (let k = 0; k < this.taps; k += 1) sum += filter[k] * input[start + this.taps - 1 - k];
      output[n] = sum;
      this.position += this.down;
    }
    const used = Math.min(starts, Math.floor(this.position / this.up));
    if (used > 0) {
      this.pending = input.slice(used);
      this.position -= used * this.up;
    } else {
      this.pending = input;
    }
    return output;
  }
}
