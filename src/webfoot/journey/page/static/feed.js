// The line to the server: server-sent events in, a few requests out. All addresses are relative to the page.

const RESTARTS_WITHIN = 4000; // ms; who has not come back by then is gone
const OPENS_WITHIN = 10_000; // ms
const SILENT_AFTER = 6000; // ms without a word, though one comes every two seconds

/**
 * @param {import("./store.js").Store} store
 * @param {{state: (state: string, why?: string) => void, server: (server: object) => void, row: (row: object) => void}} tell
 *   `state`: "live", "restarting", "lost", "refused"
 */
export function listen(store, tell) {
  let source = null;
  let leaving = null; // a timer, from the server's farewell on
  let silence = null; // a timer, until a worker that says nothing is given up

  const connect = () => {
    source = new EventSource("api/events");
    hears();
    const on = (name, take) =>
      source.addEventListener(name, (event) => {
        hears();
        take(JSON.parse(event.data));
      });
    on("alive", () => {});
    on("hello", ({ server }) => {
      clearTimeout(leaving);
      leaving = null;
      tell.server(server);
      tell.state("live");
    });
    on("server", ({ server }) => tell.server(server));
    on("reset", () => store.renew());
    on("clear", ({ worker }) => store.clear(worker));
    on("gone", ({ ids }) => store.drop(ids));
    on("journey", (row) => {
      store.put(row);
      tell.row(row);
    });
    on("bye", ({ why }) => {
      tell.state(why === "restart" ? "restarting" : "lost");
      leaving ??= setTimeout(() => tell.state("lost"), RESTARTS_WITHIN);
    });
    source.onerror = () => {
      if (leaving === null) tell.state("lost");
      // The browser tries again by itself, unless it was answered with something that is no stream.
      if (source.readyState !== EventSource.CLOSED) return hears();
      clearTimeout(silence);
      askWhy(tell).then((isHopeless) => isHopeless || setTimeout(connect, 1000));
    };
  };
  /** Something was heard, or may be hoped for. */
  const hears = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      // Its event loop hangs, perhaps; where there are several workers, another one may answer.
      tell.state("lost", "the server does not answer; trying again …");
      source.close();
      connect();
    }, SILENT_AFTER);
  };
  connect();
  addEventListener("pagehide", () => source.close());
}

async function askWhy(tell) {
  try {
    const answer = await fetch("api/journeys?limit=1");
    if (answer.status !== 401 && answer.status !== 403) return false;
    tell.state("refused", (await answer.json()).error);
    return true;
  } catch {
    return false;
  }
}

/** One whole journey. Throws an Error whose message can be shown. */
export async function journey(id) {
  let answer;
  try {
    answer = await fetch(`api/journeys/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(OPENS_WITHIN) });
  } catch {
    throw new Error("The server cannot be reached.");
  }
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.error ?? `The server answered ${answer.status}.`);
}

export function clear() {
  return fetch("api/clear", { method: "POST", headers: { "x-webfoot-page": "1" } });
}
