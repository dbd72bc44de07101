// How long to wait before the next attempt to reach the server.

/** Doubles from `baseMs` to `maxMs`; half of each delay is drawn by lot, so that clients do not come back together. */
export class Backoff {
  constructor({ baseMs = 500, maxMs = 8000, attempts = 10, random = Math.random } = {}) {
    this.baseMs = baseMs;
    this.maxMs = maxMs;
    this.attempts = attempts;
    this.random = random;
    this.attempt = 0;
  }

  /** The next delay in milliseconds, or null when every attempt is used up. */
  next() {
    if (this.attempt >= this.attempts) return null;
    const whole = Math.min(this.maxMs, this.baseMs * 2 ** this.attempt);
    this.attempt += 1;
    return Math.round(whole / 2 + (whole / 2) * this.random());
  }

  reset() {
    this.attempt = 0;
  }
}
