// A journey's marks as the rooms of a house: what was said in each room on the way in and on the way out, which one
// decided, and how far the request came. Pure functions.

import { phrase, size } from "./format.js";

/**
 * @typedef {{key: string, title: string, in?: string, out?: string, inAt?: number, outAt?: number, isReached: boolean}} Room
 * @typedef {Room & {name: string, index: number, inUs: number | null, outUs: number | null, selfUs: number | null,
 *                   decided: string[], error: any, handled: string | null, isOpen: boolean}} Layer
 */

/** The rooms of the server that every request passes, from the outside in. @returns {Room[]} */
export function serverRooms(journey) {
  const { first, last } = reader(journey);
  const room = (key, title, inward, outward, out) => {
    const [way, back] = [inward.map(first).filter(Boolean), outward.map(last).filter(Boolean)];
    const isPlain = way.length > 1 && way[0].station === "connected" && !way[0].facts?.said_by; // the client is told above
    return {
      key,
      title,
      in: way
        .slice(isPlain ? 1 : 0)
        .map((mark) => mark.says)
        .filter(Boolean)
        .join(", "),
      out: back.length ? out(...back) : "",
      inAt: way[0]?.at_us,
      outAt: back.at(-1)?.at_us,
      isReached: way.length > 0,
    };
  };
  const ended = (mark) => `${mark.station === "closed" ? "closed" : "kept alive"}${mark.says ? `: ${mark.says}` : ""}`;
  const sent = () => `${size(sentBytes(journey))} sent`;
  const answered = (...marks) =>
    marks
      .map((mark) => mark.says)
      .filter(Boolean)
      .join(", ");
  return [
    room("connection", "connection", ["connected", "secured", "chosen"], ["kept_alive", "closed"], (...marks) =>
      ended(marks.at(-1)),
    ),
    room("parser", "parser", ["bytes_received", "head_parsed"], ["bytes_sent"], sent),
    room("rules", "rules of HTTP", ["head_accepted"], []),
    room("scope", "ASGI scope", ["scope_built"], ["response_started", "response_ended"], answered),
  ];
}

function sentBytes(journey) {
  return (journey.marks ?? []).reduce(
    (sum, mark) => sum + (mark.station === "bytes_sent" ? (mark.facts?.size ?? 0) : 0),
    0,
  );
}

function reader(journey) {
  const marks = journey.marks ?? [];
  return {
    first: (name) => marks.find((mark) => mark.station === name),
    last: (name) => marks.findLast((mark) => mark.station === name),
  };
}

/** The endpoint; where it was not called, what the router had found, with no outcome. Null where no route was found. */
export function endpointOf(journey) {
  const { route } = journey;
  if (journey.endpoint) return journey.endpoint;
  return route?.outcome === "found" && route.name
    ? { name: route.name, file: route.file, line: route.line, outcome: null, error: null, took_us: null }
    : null;
}

/** What the client saw. */
export function answerInWords(journey) {
  if (journey.status === null || journey.status === undefined) return journey.done ? "no answer" : "no answer yet";
  const sent = journey.response?.body?.size;
  return `${journey.status} ${phrase(journey.status)}${sent ? `, ${size(sent)}` : ""}`.trim();
}

/** The onion, from the outside in. @returns {Layer[]} */
export function layersOf(journey) {
  const layers = [];
  const open = [];
  const spans = middlewareSpans(journey.tree);
  for (const mark of journey.marks ?? []) {
    const { name, index } = mark.facts ?? {};
    if (mark.station === "middleware_entered") {
      const layer = newLayer(mark, layers.length, spans[layers.length]);
      layers.push(layer);
      open.push(layer);
    } else if (mark.station === "middleware_left") {
      const at = open.findLastIndex((layer) => layer.name === name && layer.index === index);
      if (at >= 0) leave(open.splice(at)[0], mark);
    } else if (mark.station === "decided" && open.length) {
      (open.findLast((layer) => layer.name === mark.facts.by) ?? open.at(-1)).decided.push(mark);
    }
  }
  return layers;
}

function newLayer(mark, count, span) {
  const { name, index } = mark.facts;
  const inner = span?.children ?? [];
  const ending = (each) => each.at_us + each.total_us;
  return {
    key: `layer:${count}`,
    title: String(name ?? "middleware"),
    name,
    index,
    inAt: mark.at_us,
    isReached: true,
    isOpen: true,
    decided: [],
    error: null,
    handled: null,
    selfUs: span?.self_us ?? null,
    inUs: inner.length ? inner[0].at_us - span.at_us : null,
    outUs: inner.length ? Math.max(0, ending(span) - Math.max(...inner.map(ending))) : null,
  };
}

function leave(layer, mark) {
  layer.isOpen = false;
  layer.outAt = mark.at_us;
  layer.error = mark.facts.error ?? null;
  if (mark.facts.outcome === "handled")
    layer.handled = `${mark.facts.handler ?? "a handler"} made ${mark.facts.status ?? "an answer"} of it`;
}

function middlewareSpans(tree) {
  if (!tree) return [];
  const below = (tree.children ?? []).flatMap(middlewareSpans);
  return tree.kind === "middleware" ? [tree, ...below] : below;
}

/** Names of the rooms further in that a request which was turned back never saw. */
export function notReached(journey) {
  if (!journey.why || !journey.done) return [];
  const has = (name) => (journey.marks ?? []).some((mark) => mark.station === name);
  if (!has("scope_built")) return ["scope", "application", "router", "endpoint"];
  if (!has("app_entered")) return ["application", "router", "endpoint"];
  if (has("route_entered") || has("endpoint_called")) return [];
  if (has("route_matched")) return ["dependencies", "validation", "endpoint"];
  return has("middleware_entered") ? ["router", "dependencies", "validation", "endpoint"] : [];
}

/** The span in which most of the time was spent, if that is more than half; its name, kind and share. */
export function slowest(tree, tookUs) {
  let most = null;
  const walk = (span) => {
    if (span.kind !== "request" && (!most || span.self_us > most.self_us)) most = span;
    for (const child of span.children ?? []) walk(child);
  };
  if (tree) walk(tree);
  return most && tookUs > 0 && most.self_us / tookUs > 0.5
    ? { name: most.name, kind: most.kind, share: most.self_us / tookUs, us: most.self_us }
    : null;
}
