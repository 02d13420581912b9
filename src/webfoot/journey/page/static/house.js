// The picture of the house: rooms within rooms. The request comes down on the left and goes up again on the right.

import { dependencyTree } from "./dependencies.js";
import { duck, foreign, h } from "./dom.js";
import { duration, percent } from "./format.js";
import { failure, place } from "./place.js";
import { candidates } from "./verdict.js";
import { valueTable } from "./values.js";
import { answerInWords, decidingRoom, endpointOf, layersOf, notReached, serverRooms, slowest } from "./way.js";

const WORTH_TELLING = 20_000; // us; of a quick request nobody asks where the time went

export function house(journey) {
  const layers = layersOf(journey);
  const view = {
    journey,
    deciding: decidingRoom(journey, layers),
    slow: journey.took_us >= WORTH_TELLING ? slowest(journey.tree, journey.took_us) : null,
    isDeep: layers.length > 7,
  };
  const [connection, parser, rules, scope] = serverRooms(journey);
  const server = [connection, parser, rules, scope].filter((room) => room.isReached);
  return h(
    "div",
    { class: ["house", view.isDeep && "deep"] },
    h("p", { class: "legend" }, h("span", { class: "way in" }, "↓ the way in"), " and ", h("span", { class: "way out" }, "↑ the way out"), ", with the time since the first byte"),
    floor(view, { key: "client", title: "client", in: journey.client ?? "", out: answerInWords(journey), inAt: 0, outAt: journey.done ? journey.took_us : undefined, isReached: true }),
    roomBox("server", "server", [server.map((room) => floor(view, room)), application(view, layers)]),
  );
}

function roomBox(kind, label, children, { isDeciding = false } = {}) {
  return h("div", { class: ["room", kind, isDeciding && "deciding"], role: "group", "aria-label": label }, children);
}

/** One storey: when it was passed inwards, what it said, and when it was passed outwards. `wide` stands below, over all of it. */
function floor(view, room, extra = null, wide = null) {
  const isDeciding = room.key === view.deciding;
  const slow = view.slow && room.slowName === view.slow.name && room.slowKind === view.slow.kind ? view.slow : null;
  return h(
    "div",
    { class: ["floor", isDeciding && "deciding", !room.isReached && "pale", room.isBad && "bad"], "data-room": room.key },
    h("span", { class: "clock in", title: "passed on the way in" }, room.inAt === undefined ? "" : `↓ ${duration(room.inAt)}`),
    h(
      "div",
      { class: "said" },
      h("div", { class: "line" }, h("span", { class: "title" }, room.title), " ", room.in && (room.in instanceof Node ? room.in : foreign(room.in, "phrase")), room.out && h("span", { class: "outward" }, foreign(room.out))),
      isDeciding && h("div", { class: "here" }, duck("duck small"), h("strong", null, "decided here"), view.journey.why && turnsBack(view) && ": the way ends, and the answer goes back"),
      slow && h("div", { class: "slowest" }, `${percent(slow.share)} of the whole time: ${duration(slow.us)}`),
      extra,
    ),
    h("span", { class: "clock out", title: "passed on the way out" }, room.outAt === undefined ? "" : `↑ ${duration(room.outAt)}`),
    wide && h("div", { class: "wide" }, wide),
  );
}

function turnsBack(view) {
  return notReached(view.journey).length > 0 || endpointOf(view.journey)?.outcome === null;
}

function application(view, layers) {
  const entered = view.journey.marks.find((mark) => mark.station === "app_entered");
  const missing = notReached(view.journey);
  const away = missing.length > 0 && unreached(missing);
  if (!entered) return away;
  const room = { key: "app", title: "application", in: String(entered.facts?.app ?? entered.says), inAt: entered.at_us, isReached: true };
  return roomBox("app", "application", [floor(view, room), onion(view, layers, 0, [inside(view), away])]);
}

function unreached(names) {
  return h("div", { class: "floor pale" }, h("span"), h("div", { class: "said" }, h("span", { class: "title" }, "not reached"), " ", names.join(" · ")), h("span"));
}

/** Layers that ended before the next one began would be siblings; the way of one request nests them all. */
function onion(view, layers, depth, core) {
  if (depth === layers.length) return core;
  const layer = layers[depth];
  const changes = (view.journey.changes ?? []).filter((change) => change.layer === layer.name && change.index === layer.index);
  const times = layer.inUs === null ? layer.selfUs !== null && `own time ${duration(layer.selfUs)}` : `own time ${duration(layer.inUs)} in, ${duration(layer.outUs)} out`;
  const room = { ...layer, in: undefined, slowName: layer.name, slowKind: "middleware", isBad: Boolean(layer.error) && !layer.handled };
  const extra = [
    h("div", { class: "detail" }, layer.isOpen ? view.journey.done && "never left" : times),
    layer.decided.map((mark) => h("div", { class: "detail decision" }, foreign(mark.facts.status ? `answered ${mark.facts.status}: ${mark.facts.what}` : mark.facts.what))),
    changes.map(changeLine),
    layer.error && h("div", { class: ["detail", layer.handled ? "handled" : "wrong"] }, foreign(layer.handled ? `${layer.error.kind}: ${layer.handled}` : `${layer.error.kind} passed through`)),
  ];
  return roomBox("layer", `middleware ${layer.name}`, [floor(view, room, extra), onion(view, layers, depth + 1, core)], { isDeciding: layer.key === view.deciding });
}

function changeLine(change) {
  const arrow = change.way === "in" ? "↓" : "↑";
  if (change.what === "answer") return h("div", { class: "detail change" }, `${arrow} answered itself: `, foreign(change.after ?? ""));
  const verb = change.before === null ? "added" : change.after === null ? "removed" : "changed";
  return h("div", { class: "detail change" }, `${arrow} ${verb} `, foreign(change.name ?? change.what, "code"), change.after !== null && change.after !== undefined && [": ", foreign(change.after)]);
}

/** What lies within the innermost layer: the router, and the room of the route that it found. */
function inside(view) {
  const { journey } = view;
  const routed = journey.marks.filter((mark) => mark.station === "route_matched");
  const rooms = routed.map((mark, index) => routerFloor(view, mark, index === routed.length - 1));
  const parts = [bodyFloor(view), dependencies(view), validation(view), endpointFloor(view), replyFloor(view)].filter(Boolean);
  if (!parts.length) return rooms;
  return [rooms, roomBox("route", "route", parts)];
}

function routerFloor(view, mark, isLast) {
  const isFound = mark.facts?.outcome === "found";
  const room = { key: isLast ? "router" : "router:outer", title: "router", in: mark.says, inAt: mark.at_us, isReached: true, isBad: !isFound };
  return floor(view, room, null, isLast && !isFound && candidates(view.journey.route));
}

function bodyFloor(view) {
  const mark = view.journey.marks.find((each) => each.station === "body_read");
  if (!mark || (mark.facts?.kind === "empty" && !mark.facts?.error)) return null;
  return floor(view, { key: "body", title: "body", in: mark.says, inAt: mark.at_us, isReached: true, isBad: Boolean(mark.facts?.error) });
}

function dependencies(view) {
  const all = view.journey.dependencies ?? [];
  if (!all.length) return null;
  return floor(view, { key: "dependencies", title: "dependencies", inAt: all[0].at_us ?? undefined, isReached: true }, null, dependencyTree(view.journey, view.deciding));
}

function validation(view) {
  const marks = view.journey.marks.filter((each) => each.station === "values_validated");
  const steps = (view.journey.validation ?? []).filter((step) => step.values?.length);
  if (!marks.length || !steps.length) return null;
  const isRefused = steps.some((step) => step.outcome === "refused");
  return floor(view, { key: "validation", title: "validation", in: isRefused ? "" : "all values fit", inAt: marks.at(-1).at_us, isReached: true, isBad: isRefused }, null, steps.map(valueTable));
}

function endpointFloor(view) {
  const endpoint = endpointOf(view.journey);
  if (!endpoint) return null;
  const called = view.journey.marks.find((mark) => mark.station === "endpoint_called");
  const isCalled = Boolean(called) || endpoint.outcome !== null;
  const room = {
    key: "endpoint",
    title: "endpoint",
    in: place(endpoint.file, endpoint.line, endpoint.name),
    inAt: called?.at_us,
    outAt: called && endpoint.took_us !== null && endpoint.took_us !== undefined ? called.at_us + endpoint.took_us : undefined,
    isReached: isCalled,
    isBad: Boolean(endpoint.error),
    slowName: endpoint.name,
    slowKind: "endpoint",
  };
  const ran = endpoint.where === "thread" ? "in a thread" : "in the event loop";
  const took = endpoint.took_us === null || endpoint.took_us === undefined ? (view.journey.done ? null : "still running") : duration(endpoint.took_us);
  const told = isCalled ? [took, ran, endpoint.returned && `gave ${endpoint.returned}`].filter(Boolean).join(" · ") : "not called";
  return floor(view, room, h("div", { class: "detail" }, foreign(told)), failure(endpoint.error));
}

function replyFloor(view) {
  const mark = view.journey.marks.find((each) => each.station === "reply_validated");
  if (!mark) return null;
  const isBad = Boolean(mark.facts?.errors?.length || mark.facts?.error);
  return floor(view, { key: "reply", title: "result", out: mark.says, outAt: mark.at_us, isReached: true, isBad });
}
