// What the Talk page says about each state of a call: what is going on, and what the person can do about it.

const ENDED_WORDS = {
  client_hangup: "You hung up.",
  agent_hangup: "The agent said goodbye and hung up.",
  silence: "Nobody spoke for a long time.",
  max_duration: "The call reached its longest time.",
  taken_over: "The conversation was continued somewhere else.",
  connection_lost: "The server could not be reached again.",
  server_shutdown: "The server was stopped.",
  provider_failed: "A speech or language provider failed.",
  provider_refused: "A vendor refused this agent's key, account or settings.",
  slow_client: "Your connection could not keep up with the call.",
};

const DENIED_HELP =
  "Your browser blocks the microphone for this page. Click the icon beside the address, allow the microphone, " +
  "then try again. You can also type instead.";

const MISSING_HELP = "No microphone was found. Connect one and try again, or type instead.";
const INSECURE_HELP =
  "Browsers give a microphone only to pages on https or localhost. Open this page through https, or type instead.";
const BUSY_HELP = "Another program is using the microphone. Close it and try again, or type instead.";

const PROBLEM_HELP = { denied: DENIED_HELP, missing: MISSING_HELP, busy: BUSY_HELP, insecure: INSECURE_HELP };

/** The sentence for a microphone that failed while a call goes on. */
export const microphoneHelp = (problem) => PROBLEM_HELP[problem] ?? MISSING_HELP;

/** {title, hint} for a call as it stands. */
export function describe(call, agentName) {
  const { notice } = call;
  const trouble = notice.code ? notice.message : undefined; // the server's words in a call that goes on
  switch (call.state) {
    case "idle":
      return { title: "Ready when you are", hint: "Speak as you would on the phone. You can interrupt at any time." };
    case "asking":
      return { title: "Asking for your microphone", hint: "Your browser wants your permission. Please choose Allow." };
    case "no_microphone":
      return { title: "No microphone", hint: microphoneHelp(call.microphoneProblem) };
    case "denied":
      return { title: "Microphone blocked", hint: DENIED_HELP };
    case "insecure":
      return { title: "This page is not secure", hint: INSECURE_HELP };
    case "connecting":
      return { title: "Connecting…", hint: `Calling ${agentName}.` };
    case "listening":
      return { title: listeningTitle(call), hint: trouble ?? listeningHint(call) };
    case "thinking":
      return { title: "Thinking…", hint: trouble ?? `${agentName} is working out an answer.` };
    case "speaking":
      return {
        title: `${agentName} is speaking`,
        hint: trouble ?? (call.hasMicrophone && !call.isMuted ? "Speak to interrupt." : "Type to interrupt."),
      };
    case "reconnecting":
      return { title: "Connection lost", hint: `${notice.message ?? ""} Reconnecting; the conversation goes on.`.trim() };
    case "refused":
      return { title: "The call could not start", hint: notice.message ?? "" };
    default:
      return { title: "Call ended", hint: ENDED_WORDS[notice.code] ?? notice.message ?? "" };
  }
}

function listeningTitle(call) {
  if (!call.hasMicrophone) return "Type your question";
  return call.isMuted ? "You are muted" : "Listening";
}

function listeningHint(call) {
  if (call.notice.resumed === true) return "Connected again. The conversation goes on where it was.";
  if (call.notice.resumed === false) return "Connected again. The earlier conversation could not be resumed.";
  if (!call.hasMicrophone) return "The agent answers aloud and in writing.";
  return call.isMuted ? "The agent cannot hear you." : "Go ahead, ask something.";
}
