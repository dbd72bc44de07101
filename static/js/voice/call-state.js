// The states of a call as the person sees them: a pure function from state and event to the next state.

export const STATES = Object.freeze([
  "idle", "asking", "no_microphone", "denied", "insecure", "connecting", "listening", "thinking", "speaking",
  "reconnecting", "refused", "ended",
]);

const LIVE = new Set(["listening", "thinking", "speaking"]);
const UNDER_WAY = new Set(["connecting", "listening", "thinking", "speaking", "reconnecting"]);

/** Somebody is connected to the agent now. */
export const isLive = (state) => LIVE.has(state);

/** A call exists that can be hung up. */
export const isUnderWay = (state) => UNDER_WAY.has(state);

/** No call exists and one may be started. */
export const canStart = (state) => !UNDER_WAY.has(state) && state !== "asking";

const MICROPHONE_PROBLEMS = { missing: "no_microphone", busy: "no_microphone", denied: "denied", insecure: "insecure" };

/** Events that do not fit the state leave it as it is: messages of a dying connection may still arrive. */
export function nextState(state, event) {
  switch (event.type) {
    case "ask":
      return canStart(state) ? "asking" : state;
    case "microphone_problem":
      return state === "asking" ? (MICROPHONE_PROBLEMS[event.problem] ?? "no_microphone") : state;
    case "connect":
      return canStart(state) || state === "asking" ? "connecting" : state;
    case "connected":
      return state === "connecting" || state === "reconnecting" ? "listening" : state;
    case "agent_audio":
      return LIVE.has(state) ? "speaking" : state;
    case "agent_quiet": // the reply was heard to its end, or was interrupted
      return state === "speaking" ? "listening" : state;
    case "user_speaking":
      return state === "thinking" ? "listening" : state;
    case "user_finished":
      return state === "listening" ? "thinking" : state;
    case "reconnecting":
      return UNDER_WAY.has(state) ? "reconnecting" : state;
    case "refused":
      return UNDER_WAY.has(state) ? "refused" : state;
    case "ended":
      return UNDER_WAY.has(state) || state === "asking" ? "ended" : state;
    default:
      return state;
  }
}
