// The Talk page: joins the page's buttons and words to one call at a time.

import { describe, microphoneHelp } from "./talk/status.js";
import { Meters } from "./talk/meters.js";
import { TranscriptView } from "./talk/transcript-view.js";
import { Call } from "./voice/call.js";
import { canStart, isLive, isUnderWay } from "./voice/call-state.js";
import { TokenRefused } from "./voice/client.js";
import { clock, latencyParts } from "./voice/latency.js";
import { microphones } from "./voice/microphone.js";

const OFFER_AFTER = 2; // exchanges that were not understood
const TOKEN_TIMEOUT_MS = 8_000;
const MICROPHONE_KEY = "voicex_microphone";

const root = document.getElementById("talk");
const at = (id) => document.getElementById(`talk-${id}`);
const { agentId, agentName, tokenUrl, callUrl } = root.dataset;

/** A token for one connection. Raises TokenRefused when the server says no, TypeError when it says nothing. */
async function fetchToken() {
  const response = await fetch(tokenUrl, {
    method: "POST",
    headers: { "X-CSRFToken": root.querySelector("[name=csrfmiddlewaretoken]").value, Accept: "application/json" },
    credentials: "same-origin",
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const body = isJson ? await response.json() : {};
  if (response.ok && body.token) return body;
  if (response.status >= 500) throw new TypeError(`token request answered ${response.status}`);
  const words = response.redirected || response.status === 401
    ? "You have been signed out. Sign in again and come back to this page."
    : response.status === 403
      ? "You may not talk to this agent. Ask an owner of the organisation for the member role, or reload the page."
      : response.status === 404
        ? "This agent does not exist any more, or it is switched off."
        : "The server did not allow a call. Reload the page and try again.";
  throw new TokenRefused(body.code ?? "token_refused", body.message ?? body.detail ?? words);
}

// For trying an agent's tools from the browser's console: voicexTools.NAME = (given) => whatever came of it.
const tools = (window.voicexTools ??= {});
const call = new Call({
  agentId, page: window.location.href, fetchToken, onChange: () => show(), clientOptions: { tools },
});
const transcriptView = new TranscriptView({ list: at("log"), empty: at("empty"), agentName });
new Meters({ canvas: at("orb"), meters: { user: at("meter-user"), agent: at("meter-agent") }, call }).start();

/** Writes text only where it changes: a status that is written again is read aloud again. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let shownState = "idle";
function show() {
  const { state } = call;
  const isOver = state === "ended" || state === "refused";
  root.dataset.state = state;
  root.dataset.live = String(isLive(state));
  const { title, hint } = describe(call, agentName);
  write(at("title"), title);
  write(at("hint"), hint);

  at("start").hidden = !canStart(state);
  at("controls").hidden = !isUnderWay(state);
  at("begin").disabled = at("begin-text").disabled = !canStart(state);
  write(at("begin-label"), startWords(state));
  at("retry").hidden = state !== "reconnecting";
  at("mute").hidden = !call.hasMicrophone;
  at("mute").setAttribute("aria-pressed", String(call.isMuted));
  at("mute").setAttribute("aria-label", call.isMuted ? "Unmute microphone" : "Mute microphone");
  at("use-microphone").hidden = call.hasMicrophone || !isLive(state);
  at("device").hidden = !call.hasMicrophone;
  at("live").hidden = !isLive(state);

  const link = at("call-link");
  link.hidden = !(isOver && call.callId);
  if (call.callId) link.href = callUrl.replace("0".repeat(24), call.callId);

  at("text").disabled = at("send").disabled = !isLive(state);
  const trouble = at("microphone-trouble");
  trouble.hidden = !(call.microphoneProblem && isUnderWay(state));
  write(trouble, trouble.hidden ? "" : microphoneHelp(call.microphoneProblem));
  showOffer();
  showLatency();
  showTimer();
  transcriptView.show(call.transcript.lines);
  if (state !== shownState) keepFocus(shownState, state);
  shownState = state;
}

/** Buttons come and go with the state: whoever works from the keyboard is led to the one that is next. */
function keepFocus(before, after) {
  if (isLive(after) && !isLive(before)) (call.hasMicrophone ? at("mute") : at("text")).focus();
  else if (canStart(after) && !canStart(before)) at("begin").focus();
}

function startWords(state) {
  if (state === "ended") return "Talk again";
  return ["refused", "denied", "no_microphone", "insecure"].includes(state) ? "Try again" : "Start talking";
}

function showOffer() {
  const isOffered = isUnderWay(call.state) && call.transcript.misunderstoodCount >= OFFER_AFTER;
  root.classList.toggle("is-text-offered", isOffered);
  if (at("offer").hidden === !isOffered) return;
  at("offer").hidden = !isOffered;
  at("text").placeholder = isOffered ? "Type your question here…" : "Type instead of speaking…";
}

let shownLatency = null;
function showLatency() {
  if (call.latency === shownLatency) return;
  shownLatency = call.latency;
  const parts = latencyParts(call.latency);
  at("latency").hidden = at("latency-note").hidden = parts.length === 0;
  at("latency").replaceChildren(...parts.map(({ id, label, help, words }) => {
    const item = document.createElement("div");
    item.dataset.part = id;
    item.title = help;
    const name = document.createElement("dt");
    name.textContent = label;
    const value = document.createElement("dd");
    value.textContent = words;
    item.append(name, value);
    return item;
  }));
}

function showTimer() {
  const timer = at("timer");
  timer.hidden = call.startedAt === null;
  if (call.startedAt !== null) write(timer, clock(((call.endedAt ?? Date.now()) - call.startedAt) / 1000));
}
setInterval(showTimer, 500);

// --- the microphone of choice ---------------------------------------------------------------------
function chosenMicrophone() {
  try {
    return localStorage.getItem(MICROPHONE_KEY);
  } catch {
    return null; // storage is off: whichever the browser takes
  }
}

async function listMicrophones() {
  const select = at("microphone");
  const devices = await microphones();
  select.replaceChildren(...devices.map(({ id, label }) => new Option(label, id, false, id === call.deviceId)));
  select.disabled = devices.length < 2;
}

at("microphone").addEventListener("change", async ({ target }) => {
  try {
    localStorage.setItem(MICROPHONE_KEY, target.value);
  } catch {
    // It holds for this call at least.
  }
  await call.useMicrophone(target.value);
  await listMicrophones();
});
navigator.mediaDevices?.addEventListener("devicechange", () => {
  if (call.hasMicrophone) listMicrophones();
});

// --- buttons --------------------------------------------------------------------------------------
async function start(withMicrophone) {
  await call.start({ withMicrophone, deviceId: withMicrophone ? chosenMicrophone() : null });
  if (call.hasMicrophone) await listMicrophones();
}

at("begin").addEventListener("click", () => start(true));
at("begin-text").addEventListener("click", () => start(false));
at("hang-up").addEventListener("click", () => call.hangUp());
at("retry").addEventListener("click", () => call.retryNow());
at("mute").addEventListener("click", () => call.setMuted(!call.isMuted));
at("use-microphone").addEventListener("click", async () => {
  await call.useMicrophone(chosenMicrophone());
  if (call.hasMicrophone) await listMicrophones();
});
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (text && call.say(text)) at("text").value = "";
});
window.addEventListener("online", () => call.retryNow());
window.addEventListener("pagehide", () => call.hangUp());

show();
