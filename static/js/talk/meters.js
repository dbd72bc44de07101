// Draws what is heard on both sides, once a screen frame: the orb and the two bars.

import { isUnderWay } from "../voice/call-state.js";
import { SmoothLevel } from "../voice/level.js";
import { Orb } from "./orb.js";

const ANNOUNCE_EVERY_MS = 200;
const RESTING_FRAME_MS = 48; // nobody talks: the orb only breathes, and a battery lasts longer

export class Meters {
  /** `meters`: {user, agent} elements with role=meter and a child that grows. */
  constructor({ canvas, meters, call }) {
    this.orb = new Orb(canvas);
    this.call = call;
    this.sides = Object.entries(meters).map(([side, node]) => ({
      side, node, bar: node.querySelector(".talk-meter-bar"), level: new SmoothLevel(),
    }));
    this.before = performance.now();
    this.announcedAt = 0;
  }

  start() {
    const frame = (now) => {
      this.#draw(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  #draw(now) {
    if (!isUnderWay(this.call.state) && now - this.before < RESTING_FRAME_MS) return;
    const elapsedMs = Math.min(100, Math.max(0, now - this.before));
    this.before = now;
    const levels = {};
    for (const { side, bar, level } of this.sides) {
      levels[side] = level.step(this.call.level(side), elapsedMs);
      bar.style.transform = `scaleX(${levels[side].toFixed(3)})`;
    }
    this.orb.draw(this.call.state, levels.agent, levels.user, elapsedMs);
    if (now - this.announcedAt < ANNOUNCE_EVERY_MS) return;
    this.announcedAt = now;
    for (const { side, node } of this.sides) node.setAttribute("aria-valuenow", String(Math.round(levels[side] * 100)));
  }
}
