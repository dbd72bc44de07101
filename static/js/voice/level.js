// A level that is pleasant to look at: rises at once, falls slowly, whatever the screen's frame rate.

export class SmoothLevel {
  constructor({ riseMs = 40, fallMs = 220 } = {}) {
    this.riseMs = riseMs;
    this.fallMs = fallMs;
    this.value = 0;
  }

  /** Moves towards `target` (0…1) for `elapsedMs` and returns where it stands. */
  step(target, elapsedMs) {
    const timeConstant = target > this.value ? this.riseMs : this.fallMs;
    this.value += (target - this.value) * (1 - Math.exp(-elapsedMs / timeConstant));
    if (this.value < 0.001) this.value = 0;
    return this.value;
  }
}
