/**
 * The page: signs in, asks, listens, and draws twice a second what has changed.
 *
 * @module
 */
import { Attention } from "./attention.js";
import { byId, setText } from "./dom.js";
import { followEvents } from "./event_stream.js";
import { wireExplain } from "./explain.js";
import { drawPlots } from "./plots.js";
import { drawRates } from "./rates.js";
import { Requests } from "./requests.js";
import { drawRules, noticesOf, wireReload } from "./rules.js";
import { askJson, canAsk, canSignOut, SignedOut, signIn, signOut } from "./session.js";
import { Traffic } from "./traffic.js";

const drawEvery = 500;
const askEvery = 5000;

const traffic = new Traffic();
const requests = new Requests();
const attention = new Attention((filter) => requests.show(filter));
/** The service of each rule. */
let services = new Map();
/** Ends what the page does while somebody is signed in. */
let running = new AbortController();

wireExplain(tell);
wireReload({ tell, after: () => void refresh() });
byId("sign-out").addEventListener("click", () => leave(""));
byId("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId("token");
  signIn(field.value.trim());
  field.value = "";
  void enter({ byHand: true });
});
if (canAsk()) void enter({ byHand: false });
else showSignIn("");

async function enter({ byHand }) {
  try {
    await askJson("/admin/status");
  } catch (error) {
    if (error instanceof SignedOut) {
      return leave(byHand ? "This is not the admin token" : "The admin token is another one now");
    }
    showConnection("broken", tell(error));
    setTimeout(() => void enter({ byHand }), askEvery);
    return;
  }
  byId("sign-in").hidden = true;
  for (const id of ["main", "sections"]) byId(id).hidden = false;
  byId("sign-out").hidden = !canSignOut;
  if (byHand) byId("main").focus();
  running = new AbortController();
  const { signal } = running;
  every(drawEvery, { signal, task: draw });
  every(askEvery, { signal, task: () => void refresh() });
  void refresh();
  void follow(signal);
}

/** Forgets the token, and everything that was shown: it is loaded anew. */
function leave(problem) {
  running.abort();
  signOut();
  if (!byId("main").hidden) {
    sessionStorage.setItem("sign-in-problem", problem);
    location.reload();
    return;
  }
  showSignIn(problem);
}

function showSignIn(problem) {
  const kept = sessionStorage.getItem("sign-in-problem");
  sessionStorage.removeItem("sign-in-problem");
  byId("sign-in").hidden = false;
  setText(byId("sign-in-problem"), problem || kept || "");
  showConnection("", "not signed in");
  byId("token").focus();
}

async function follow(signal) {
  try {
    await followEvents({
      signal,
      onOpen: () => {
        traffic.clear();
        requests.clear();
      },
      onEvent: take,
      onLost: (reason) => showConnection("broken", `connecting again: ${reason}`),
    });
  } catch (error) {
    if (error instanceof SignedOut) leave("The admin token is another one now");
    else throw error;
  }
}

function take(name, data) {
  if (name === "record") {
    requests.add(data);
    attention.add(data);
  } else if (name === "second") {
    traffic.add(data);
  } else if (name === "omitted") {
    requests.omit(data.count);
  } else if (name === "live") {
    showConnection("live", "live");
  }
}

async function refresh() {
  try {
    const [status, { rules }] = await Promise.all([
      askJson("/admin/status"),
      askJson("/admin/rules"),
    ]);
    services = new Map(rules.map(({ name, service }) => [name, service ?? name]));
    attention.setNotices(noticesOf(rules, status));
    drawRules(rules, status);
  } catch (error) {
    // That the proxy is away is told by the stream of events.
    if (error instanceof SignedOut) leave("The admin token is another one now");
  }
}

function draw() {
  if (document.hidden) return;
  attention.draw();
  drawPlots(traffic);
  requests.draw();
  drawRates(traffic, services);
}

function every(milliseconds, { signal, task }) {
  const timer = setInterval(task, milliseconds);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function showConnection(kind, text) {
  const pill = byId("connection");
  pill.className = `pill ${kind}`;
  setText(pill, text);
}

/** What went wrong with a request to the proxy, for people. */
function tell(error) {
  if (error instanceof SignedOut) {
    leave("The admin token is another one now");
    return "";
  }
  return error instanceof TypeError ? "The proxy does not answer" : error.message;
}
