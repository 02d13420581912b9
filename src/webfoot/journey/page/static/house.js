// The picture of the house: rooms within rooms. The request comes down on the left and goes up again on the right.

import { dependencyTree } from "./dependencies.js";
import { decidingRoom } from "./deciding.js";
import { foreign, h } from "./dom.js";
import { candidates } from "./evidence.js";
import { floor, roomBox, unreached } from "./floor.js";
import { duration } from "./format.js";
import { failure, place } from "./place.js";
import { onion } from "./onion.js";
import { valueTable } from "./values.js";
import { answerInWords, endpointOf, layersOf, notReached, serverRooms, slowest } from "./way.js";

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
    h(
      "p",
      { class: "legend" },
      h("span", { class: "way in" }, "↓ the way in"),
      " and ",
      h("span", { class: "way out" }, "↑ the way out"),
      ", with the time since the first byte",
    ),
    floor(view, {
      key: "client",
      title: "client",
      in: journey.client ?? "",
      out: answerInWords(journey),
      inAt: 0,
      outAt: journey.done ? journey.took_us : undefined,
      isReached: true,
    }),
    roomBox("server", "server", [server.map((room) => floor(view, room)), application(view, layers)]),
  );
}

function application(view, layers) {
  const entered = view.journey.marks.find((mark) => mark.station === "app_entered");
  const missing = notReached(view.journey);
  const away = missing.length > 0 && unreached(missing);
  if (!entered) return away;
  const room = {
    key: "app",
    title: "application",
    in: String(entered.facts?.app ?? entered.says),
    inAt: entered.at_us,
    isReached: true,
  };
  return roomBox("app", "application", [floor(view, room), onion(view, layers, 0, [inside(view), away])]);
}

/** What lies within the innermost layer: the router, and the room of the route that it found. */
function inside(view) {
  const { journey } = view;
  const routed = journey.marks.filter((mark) => mark.station === "route_matched");
  const rooms = routed.map((mark, index) => routerFloor(view, mark, index === routed.length - 1));
  const parts = [bodyFloor(view), dependencies(view), validation(view), endpointFloor(view), replyFloor(view)].filter(
    Boolean,
  );
  if (!parts.length) return rooms;
  return [rooms, roomBox("route", "route", parts)];
}

function routerFloor(view, mark, isLast) {
  const isFound = mark.facts?.outcome === "found";
  const room = {
    key: isLast ? "router" : "router:outer",
    title: "router",
    in: mark.says,
    inAt: mark.at_us,
    isReached: true,
    isBad: !isFound,
  };
  return floor(view, room, null, isLast && !isFound && candidates(view.journey.route));
}

function bodyFloor(view) {
  const mark = view.journey.marks.find((each) => each.station === "body_read");
  if (!mark || (mark.facts?.kind === "empty" && !mark.facts?.error)) return null;
  return floor(view, {
    key: "body",
    title: "body",
    in: mark.says,
    inAt: mark.at_us,
    isReached: true,
    isBad: Boolean(mark.facts?.error),
  });
}

function dependencies(view) {
  const all = view.journey.dependencies ?? [];
  if (!all.length) return null;
  return floor(
    view,
    { key: "dependencies", title: "dependencies", inAt: all[0].at_us ?? undefined, isReached: true },
    null,
    dependencyTree(view.journey, view.deciding),
  );
}

function validation(view) {
  const marks = view.journey.marks.filter((each) => each.station === "values_validated");
  const steps = (view.journey.validation ?? []).filter((step) => step.values?.length);
  if (!marks.length || !steps.length) return null;
  const isRefused = steps.some((step) => step.outcome === "refused");
  return floor(
    view,
    {
      key: "validation",
      title: "validation",
      in: isRefused ? "" : "all values fit",
      inAt: marks.at(-1).at_us,
      isReached: true,
      isBad: isRefused,
    },
    null,
    steps.map(valueTable),
  );
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
    outAt:
      called && endpoint.took_us !== null && endpoint.took_us !== undefined
        ? called.at_us + endpoint.took_us
        : undefined,
    isReached: isCalled,
    isBad: Boolean(endpoint.error),
    slowName: endpoint.name,
    slowKind: "endpoint",
  };
  const ran = endpoint.where === "thread" ? "in a thread" : "in the event loop";
  const took =
    endpoint.took_us === null || endpoint.took_us === undefined
      ? view.journey.done
        ? null
        : "still running"
      : duration(endpoint.took_us);
  const told = isCalled
    ? [took, ran, endpoint.returned && `gave ${endpoint.returned}`].filter(Boolean).join(" · ")
    : "not called";
  return floor(view, room, h("div", { class: "detail" }, foreign(told)), failure(endpoint.error));
}

function replyFloor(view) {
  const mark = view.journey.marks.find((each) => each.station === "reply_validated");
  if (!mark) return null;
  const isBad = Boolean(mark.facts?.errors?.length || mark.facts?.error);
  return floor(view, { key: "reply", title: "result", out: mark.says, outAt: mark.at_us, isReached: true, isBad });
}
