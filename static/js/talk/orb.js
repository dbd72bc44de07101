// The living shape in the middle of the call card: moves with the agent's voice, its ring with the caller's.

const TAU = Math.PI * 2;
const POINTS = 96;

// Two colours a mood; they flow into each other when the state changes.
const MOODS = {
  idle: [[116, 143, 252], [77, 171, 247]],
  asking: [[116, 143, 252], [151, 117, 250]],
  connecting: [[116, 143, 252], [59, 201, 219]],
  listening: [[32, 178, 170], [66, 153, 225]],
  thinking: [[132, 94, 247], [214, 106, 222]],
  speaking: [[66, 99, 235], [121, 80, 242]],
  reconnecting: [[245, 159, 0], [247, 103, 7]],
  trouble: [[224, 92, 92], [240, 140, 90]],
  ended: [[140, 150, 165], [173, 181, 189]],
};
const MOOD_OF = { no_microphone: "trouble", denied: "trouble", insecure: "trouble", refused: "trouble" };

const rgba = ([red, green, blue], alpha) => `rgba(${red | 0},${green | 0},${blue | 0},${alpha})`;

export class Orb {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.colours = MOODS.idle.map((colour) => [...colour]);
    this.time = 0;
    this.isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** One frame: levels are 0…1. */
  draw(state, agentLevel, userLevel, elapsedMs) {
    const size = this.#fit();
    const target = MOODS[MOOD_OF[state] ?? state] ?? MOODS.idle;
    const share = 1 - Math.exp(-elapsedMs / 250);
    this.colours.forEach((colour, i) => colour.forEach((value, k) => { colour[k] = value + (target[i][k] - value) * share; }));
    const looks = `${size} ${agentLevel.toFixed(2)} ${userLevel.toFixed(2)} ${this.colours.flat().map(Math.round)}`;
    if (this.isCalm && looks === this.looks) return;
    this.looks = looks;
    if (!this.isCalm) this.time += (elapsedMs / 1000) * (state === "thinking" ? 2.4 : 1 + agentLevel);

    const { context } = this;
    context.clearRect(0, 0, size, size);
    context.save();
    context.translate(size / 2, size / 2);
    const radius = size * 0.29;
    this.#glow(size, agentLevel);
    this.#ring(radius, userLevel);
    for (let layer = 2; layer >= 0; layer -= 1) this.#blob(radius, layer, agentLevel, state === "thinking" ? 0.35 : 0);
    this.#shine(radius);
    context.restore();
  }

  #fit() {
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const size = this.canvas.clientWidth;
    if (this.canvas.width !== Math.round(size * scale)) {
      this.canvas.width = this.canvas.height = Math.round(size * scale);
    }
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    return size;
  }

  #glow(size, level) {
    const glow = this.context.createRadialGradient(0, 0, size * 0.12, 0, 0, size * 0.5);
    glow.addColorStop(0, rgba(this.colours[0], 0.3 + 0.3 * level));
    glow.addColorStop(1, rgba(this.colours[0], 0));
    this.context.fillStyle = glow;
    this.context.fillRect(-size / 2, -size / 2, size, size);
  }

  #ring(radius, level) {
    for (let n = 0; n < 2; n += 1) {
      this.context.beginPath();
      this.context.arc(0, 0, radius * (1.2 + 0.12 * n + level * (0.12 + 0.14 * n)), 0, TAU);
      this.context.strokeStyle = rgba(this.colours[1], 0.1 + level * (0.5 - 0.2 * n));
      this.context.lineWidth = 1.5 + level * 2.5;
      this.context.stroke();
    }
  }

  #blob(radius, layer, level, unrest) {
    const { context, time } = this;
    const wave = radius * (0.03 + 0.22 * level + 0.12 * unrest) * (0.6 + layer * 0.4);
    const base = radius * (1 + 0.16 * level) * (1 + Math.sin(time * 1.1) * 0.015) * (1 + layer * 0.055);
    context.beginPath();
    for (let n = 0; n <= POINTS; n += 1) {
      const angle = (n / POINTS) * TAU;
      const offset =
        Math.sin(angle * 3 + time * 1.3 + layer * 2.1) * 0.5 +
        Math.sin(angle * 2 - time * 1.7 + layer) * 0.35 +
        Math.sin(angle * 5 + time * 2.3 - layer * 1.4) * 0.15 * (0.3 + level);
      const distance = base + wave * offset;
      context.lineTo(Math.cos(angle) * distance, Math.sin(angle) * distance);
    }
    context.closePath();
    const fill = context.createLinearGradient(-radius, -radius, radius, radius);
    const alpha = layer === 0 ? 1 : 0.26 - layer * 0.06;
    fill.addColorStop(0, rgba(this.colours[layer % 2], alpha));
    fill.addColorStop(1, rgba(this.colours[(layer + 1) % 2], alpha));
    context.fillStyle = fill;
    context.fill();
  }

  #shine(radius) {
    const shine = this.context.createRadialGradient(-radius * 0.3, -radius * 0.38, 0, -radius * 0.3, -radius * 0.38, radius * 0.52);
    shine.addColorStop(0, "rgba(255,255,255,0.38)");
    shine.addColorStop(1, "rgba(255,255,255,0)");
    this.context.beginPath();
    this.context.arc(0, 0, radius * 0.94, 0, TAU);
    this.context.fillStyle = shine;
    this.context.fill();
  }
}
