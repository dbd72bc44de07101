// The agent's sound between network and loudspeaker: a bounded ring that plays without gaps and stops at once.

/**
 * Lengths are samples. `lead` is collected before playing begins, so that a late frame makes no gap; an
 * utterance shorter than that starts when it has waited as long. `fade` softens a stop and a start.
 */
export class PlayoutBuffer {
  constructor({ capacity, lead, fade }) {
    this.ring = new Float32Array(capacity);
    this.start = 0;
    this.length = 0;
    this.lead = lead;
    this.fade = fade;
    this.tail = new Float32Array(0); // what still sounds after a flush
    this.tailStart = 0;
    this.waited = 0;
    this.gain = 0;
    this.isPlaying = false;
    this.played = 0;
    this.dropped = 0;
  }

  /** Takes samples in. When the ring is full the oldest give way and are counted in `dropped`. */
  write(samples) {
    const capacity = this.ring.length;
    let fresh = samples;
    if (fresh.length > capacity) {
      this.dropped += fresh.length - capacity;
      fresh = fresh.subarray(fresh.length - capacity);
    }
    const excess = this.length + fresh.length - capacity;
    if (excess > 0) {
      this.start = (this.start + excess) % capacity;
      this.length -= excess;
      this.dropped += excess;
    }
    const end = (this.start + this.length) % capacity;
    const first = Math.min(fresh.length, capacity - end);
    this.ring.set(fresh.subarray(0, first), end);
    this.ring.set(fresh.subarray(first), 0);
    this.length += fresh.length;
  }

  /** Fills `out` with what is to sound now, silence where there is nothing; returns how many samples were real. */
  read(out) {
    out.fill(0);
    let filled = this.#readTail(out);
    if (!this.isPlaying && this.length > 0) {
      this.waited += out.length;
      this.isPlaying = this.length >= this.lead || this.waited > this.lead;
    }
    if (this.isPlaying) {
      while (filled < out.length && this.length > 0) {
        this.gain = Math.min(1, this.gain + 1 / this.fade);
        out[filled] = this.ring[this.start] * this.gain;
        this.start = (this.start + 1) % this.ring.length;
        this.length -= 1;
        filled += 1;
      }
      if (this.length === 0) this.#rest();
    }
    this.played += filled;
    return filled;
  }

  /** Drops everything not yet played, but for a few milliseconds that fade out instead of clicking. */
  flush() {
    const count = this.isPlaying ? Math.min(this.fade, this.length) : 0;
    const tail = new Float32Array(count);
    for (let i = 0; i < count; i += 1) {
      const sample = this.ring[(this.start + i) % this.ring.length];
      tail[i] = sample * this.gain * (1 - (i + 1) / count);
    }
    this.tail = tail;
    this.tailStart = 0;
    this.start = 0;
    this.length = 0;
    this.#rest();
  }

  #readTail(out) {
    const count = Math.min(out.length, this.tail.length - this.tailStart);
    out.set(this.tail.subarray(this.tailStart, this.tailStart + count));
    this.tailStart += count;
    return count;
  }

  #rest() {
    this.isPlaying = false;
    this.waited = 0;
    this.gain = 0;
  }
}
