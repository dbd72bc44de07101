// What both sides have said so far, in the order it was said, from transcript and turn messages.

const toolLine = (key, name) => ({
  key, role: "tool", name, text: name, isFinal: false, status: "running", interrupted: false, understood: true,
});

/** Roles are "user" and "agent"; the wire's "assistant" is the agent. */
const roleOf = (wireRole) => (wireRole === "user" ? "user" : "agent");

/**
 * One line a turn. A connection has its own turn numbers, so a line's key is connection, turn and role.
 * A line: {key, role, text, isFinal, interrupted, heardText, understood, typed}
 */
export class Transcript {
  constructor() {
    this.lines = [];
    this.connection = 0;
    this.misunderstood = new Set();
  }

  /** A new connection of the same conversation: its turns are counted from the start again. */
  reconnected() {
    this.connection += 1;
    for (const line of this.lines) line.isFinal = true;
    this.lines = this.lines.filter((line) => line.text !== "");
  }

  /** A `transcript` message's payload. Returns the changed line, or null. */
  hear({ role, text, isFinal, turn }) {
    const side = roleOf(role);
    const line = this.#line(side, turn, text);
    if (line === null) return null;
    line.text = text; // an empty guess: nothing was said after all
    line.isFinal = Boolean(isFinal);
    this.#dropEmpty();
    return line;
  }

  /** A `turn` message's payload: the whole truth about one turn. Returns its line, or null for an empty one. */
  settle({ index, role, text, heardText, interrupted, understood, tool }) {
    if (role === "tool") return this.#settleTool(index, tool);
    const side = roleOf(role);
    if (understood === false || (side === "user" && !text)) this.#countMisunderstood(index);
    const line = this.#line(side, index, text);
    if (line === null) return null;
    line.text = text;
    line.isFinal = true;
    line.interrupted = Boolean(interrupted);
    line.heardText = interrupted ? (heardText ?? "") : text;
    line.understood = understood !== false;
    this.#dropEmpty();
    return line;
  }

  /** A `toolCall` message's payload: a line of its own until the turn says how it went. */
  callTool({ id, name }) {
    this.lines.push(toolLine(`${this.connection}:call:${id}`, name));
  }

  #settleTool(index, { name, status }) {
    const open = this.lines.find((line) => line.role === "tool" && line.name === name && !line.isFinal);
    const line = open ?? toolLine(`${this.connection}:${index}:tool`, name);
    if (!open) this.lines.push(line);
    line.isFinal = true;
    line.status = status;
    return line;
  }

  /** How many exchanges of this conversation the agent could make nothing of. */
  get misunderstoodCount() {
    return this.misunderstood.size;
  }

  // The caller's turn and the agent's answer to it may both say so: that is one exchange.
  #countMisunderstood(index) {
    const key = (number) => `${this.connection}:${number}`;
    if (this.misunderstood.has(key(index - 1)) || this.misunderstood.has(key(index + 1))) return;
    this.misunderstood.add(key(index));
  }

  #line(role, turn, text) {
    const found = this.#find(role, turn);
    if (found || text === "") return found ?? null;
    const number = turn ?? `after-${this.lines.length}`;
    const line = {
      key: `${this.connection}:${number}:${role}`, role, text, isFinal: false, interrupted: false, heardText: text,
      understood: true,
    };
    this.lines.push(line);
    return line;
  }

  #find(role, turn) {
    if (turn !== undefined && turn !== null) {
      const key = `${this.connection}:${turn}:${role}`;
      return this.lines.find((line) => line.key === key);
    }
    const last = this.lines.at(-1); // a server without turn numbers: the open line of the same side goes on
    return last && last.role === role && !last.isFinal ? last : undefined;
  }

  #dropEmpty() {
    this.lines = this.lines.filter((line) => line.text !== "");
  }
}
