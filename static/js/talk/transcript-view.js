// Shows a transcript: one line a turn, interim words greyed, interrupted turns marked where the caller cut in.

import { toolLabel } from "./tool-label.js";

const element = (tag, className, text = "") => {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
};

const TOOL_WORDS = {
  running: "running…",
  ok: "done",
  failed: "failed",
  timed_out: "no answer in time",
  invalid: "called wrongly",
  cancelled: "not done",
};

export class TranscriptView {
  constructor({ list, empty, agentName }) {
    this.list = list;
    this.empty = empty;
    this.agentName = agentName;
    this.nodes = new Map(); // line key → {node, shown}
    this.isFollowing = true; // until the reader scrolls back
    list.addEventListener("scroll", () => {
      this.isFollowing = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    });
    new ResizeObserver(() => this.#follow()).observe(list);
  }

  /** Draws what has changed; lines that are gone disappear. */
  show(lines) {
    const keys = new Set(lines.map((line) => line.key));
    for (const [key, { node }] of this.nodes) {
      if (keys.has(key)) continue;
      node.remove();
      this.nodes.delete(key);
    }
    lines.forEach((line, index) => this.#draw(line, index));
    this.empty.hidden = lines.length > 0;
    this.#follow();
  }

  #follow() {
    if (this.isFollowing) this.list.scrollTop = this.list.scrollHeight;
  }

  #draw(line, index) {
    const shown = JSON.stringify(line);
    let entry = this.nodes.get(line.key);
    if (!entry) {
      entry = { node: element("li", ""), shown: "" };
      this.nodes.set(line.key, entry);
    }
    if (this.list.children[index] !== entry.node) this.list.insertBefore(entry.node, this.list.children[index] ?? null);
    if (entry.shown === shown) return;
    entry.shown = shown;
    const { node } = entry;
    node.className = `talk-line talk-line-${line.role}`;
    node.classList.toggle("is-interim", !line.isFinal);
    if (line.role === "tool") {
      node.dataset.status = line.status;
      const mark = element("span", "talk-line-mark", `${toolLabel(line.name)}: ${TOOL_WORDS[line.status] ?? line.status}`);
      mark.title = line.name;
      node.replaceChildren(mark);
      return;
    }
    node.replaceChildren(
      element("span", "talk-line-who", line.role === "user" ? "You" : this.agentName),
      this.#bubble(line),
    );
    if (line.interrupted) node.append(element("span", "talk-line-mark", "Interrupted"));
    else if (!line.understood && line.role === "user") node.append(element("span", "talk-line-mark", "Not understood"));
  }

  #bubble(line) {
    const bubble = element("p", "talk-line-text");
    const heard = line.interrupted ? line.heardText : line.text;
    const isPrefix = line.text.startsWith(heard);
    bubble.append(isPrefix ? heard : line.text);
    if (isPrefix && heard.length < line.text.length) {
      const unheard = element("span", "talk-line-unheard", line.text.slice(heard.length));
      unheard.title = "Not heard: the agent was interrupted before";
      bubble.append(unheard);
    }
    return bubble;
  }
}
