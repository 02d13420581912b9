// In which room of the house was it decided how a journey ends? Pure functions.

import { layersOf } from "./way.js";

const ROOM_OF = {
  connected: "connection",
  secured: "connection",
  chosen: "connection",
  kept_alive: "connection",
  closed: "connection",
  bytes_received: "parser",
  head_parsed: "parser",
  bytes_encoded: "parser",
  bytes_sent: "parser",
  head_accepted: "rules",
  scope_built: "scope",
  app_entered: "app",
  response_started: "scope",
  response_body: "scope",
  response_ended: "scope",
  response_debug: "scope",
  route_matched: "router",
  route_entered: "endpoint",
  values_collected: "validation",
  values_validated: "validation",
  body_read: "body",
  endpoint_called: "endpoint",
  endpoint_returned: "endpoint",
  reply_validated: "reply",
};

/** The key of the room that decided how it ended; null where all went well. */
export function decidingRoom(journey, layers = layersOf(journey)) {
  const why = journey.why;
  if (!why) return null;
  if (why.station.startsWith("middleware")) return decidingLayer(journey, why, layers);
  if (why.station === "decided") return decidedRoom(journey, why, layers);
  if (why.station.startsWith("dependency")) {
    const failed = (journey.dependencies ?? []).find((each) => each.error || each.clean_up?.error);
    return failed ? `dependency:${failed.number}` : "dependencies";
  }
  return ROOM_OF[why.station] ?? null;
}

function decidingLayer(journey, why, layers) {
  const answered = (journey.changes ?? []).find((change) => change.what === "answer");
  const layer =
    (answered && layers.find((each) => each.name === answered.layer && each.index === answered.index)) ||
    layers.find((each) => why.layer === "exception handler" && each.handled) ||
    layers.findLast((each) => why.sentence.includes(each.name)) ||
    layers.at(-1);
  return layer?.key ?? "app";
}

function decidedRoom(journey, why, layers) {
  if (why.layer === "endpoint" || why.layer === "response") return "endpoint";
  const layer =
    layers.findLast((each) => each.decided.some((mark) => mark.facts.status)) ??
    layers.findLast((each) => each.decided.length);
  const isRouted = (journey.marks ?? []).some((mark) => mark.station === "route_entered");
  return why.layer === "guard" && isRouted ? "endpoint" : (layer?.key ?? (isRouted ? "endpoint" : "app"));
}
