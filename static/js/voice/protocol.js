// The words of /ws/voice: its address, its messages in both directions, and what a close code means to a caller.

export const AUDIO_IN_HZ = 16000;
export const AUDIO_OUT_HZ = 24000;

/** The socket's address. `endpoint` may be a path, an http(s) or a ws(s) URL; `page` is where it is relative to. */
export function socketUrl({ endpoint, page, token, agentId, sessionId }) {
  const url = new URL(endpoint || "/ws/voice", page);
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  url.searchParams.set("token", token);
  url.searchParams.set("agent_id", agentId);
  url.searchParams.set("audio", `pcm_${AUDIO_OUT_HZ}`);
  if (sessionId) url.searchParams.set("session_id", sessionId);
  return url.toString();
}

/** A text frame as an object with a `type`; anything else is null, since a newer server may say more than we know. */
export function parseMessage(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (message === null || typeof message !== "object" || typeof message.type !== "string") return null;
  return message;
}

// Of what a tool gives back the model is told 4,000 characters; a message may have 64 KiB.
const MOST_TOLD = 8000;

/** The result itself, or the beginning of it as text. Throws for what is no JSON. */
function short(result) {
  const text = JSON.stringify(result ?? null) ?? "null";
  return text.length <= MOST_TOLD ? JSON.parse(text) : text.slice(0, MOST_TOLD);
}

export const outgoing = {
  text: (text) => JSON.stringify({ type: "text", payload: { text } }),
  heard: (ms) => JSON.stringify({ type: "heard", payload: { ms } }),
  interrupt: () => JSON.stringify({ type: "interrupt" }),
  hangUp: () => JSON.stringify({ type: "hangup" }),
  toolResult: (id, result) => JSON.stringify({ type: "toolResult", payload: { id, result: short(result) } }),
  toolError: (id, error) => JSON.stringify({ type: "toolResult", payload: { id, error: error.slice(0, MOST_TOLD) } }),
};

/** What a client closes with that takes the connection for dead, not the call for over. */
export const GIVEN_UP = 4900;

const FINAL_CODES = new Set([1000, 4001, 4003, 4004, 4005, 4009, 4013, 4400]);
const BUSY_CODES = new Set([4029, 4503]);

/**
 * What to do when the socket closed: "ended" (a call is over for good), "refused" (it never began, and trying
 * again at once is useless) or "retry". `wasLive`: this conversation has been connected before. A server that
 * is full or limits calls refuses a new call, but one that was under way keeps trying to come back.
 */
export function afterClose(code, errorCode, wasLive) {
  if (FINAL_CODES.has(code)) return wasLive && code !== 4001 ? "ended" : code === 1000 ? "ended" : "refused";
  if (BUSY_CODES.has(code)) return wasLive || errorCode === "server_shutdown" ? "retry" : "refused";
  return "retry";
}

const CLOSE_WORDS = {
  4001: "The server did not accept this page's sign-in. Reload the page and try again.",
  4003: "This agent uses a model above your organisation's plan.",
  4004: "A speech or language provider of this agent is switched off or missing.",
  4005: "This agent does not exist any more, or it is switched off.",
  4008: "Your connection could not keep up with the call.",
  4009: "The conversation was continued somewhere else.",
  4013: "This page sent a message that is too large for the server.",
  4029: "Too many calls at the moment. Wait a minute and try again.",
  4400: "The server did not understand this page. Reload it and try again.",
  4500: "The server had a problem.",
  4503: "The server is busy or restarting. Try again in a moment.",
};

/** A sentence for a close code for which the server sent no message of its own. */
export function closeWords(code) {
  return CLOSE_WORDS[code] ?? "The connection to the server was lost.";
}
