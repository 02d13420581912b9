// What to do about it: the next step for somebody who does not know the code. Pure functions.

import { endpointOf } from "./way.js";

/** @returns {string[]} at most three steps */
export function advice(journey, app = null) {
  const why = journey.why;
  if (!why) return [];
  const by = BY_STATION[why.station];
  return (by ? by(journey, why, app) : []).slice(0, 3);
}

const BY_STATION = {
  route_matched: (journey, _, app) => {
    const route = journey.route ?? {};
    if (isPreflight(journey)) return forPreflight(journey);
    if (route.outcome === "method_not_allowed") {
      const allowed = (route.allow ?? []).join(" or ");
      return [`Send ${allowed || "another method"}, or add a route for ${journey.method}${at(route)}.`];
    }
    if (route.outcome === "redirect_slash") {
      return [
        "Ask for the address with the slash as the route has it; a redirected POST loses its body with many clients.",
        "Or build the application with redirect_slashes=False.",
      ];
    }
    return [
      meant(journey, route),
      `Or add a route for ${journey.method} ${journey.target?.split("?")[0]}. All that there are: webfoot routes ${app ?? "module:app"}`,
    ].filter(Boolean);
  },
  values_validated: (journey) => {
    const errors = errorsOf(journey);
    const sent = sentField(journey, "content-type");
    const wanted = /content-type .* should be (.+?)\.$/.exec(journey.why.sentence)?.[1];
    if (wanted) return [`Send content-type: ${wanted}${sent ? ` in place of ${sent}` : ""}.`];
    const missing = errors.filter((error) => error.type === "missing").map((error) => error.loc.join("."));
    return [
      missing.length > 0 &&
        `Send ${missing.slice(0, 5).join(", ")}, or give ${missing.length > 1 ? "them defaults" : "it a default"}${at(endpointOf(journey))}.`,
      missing.length < errors.length &&
        `Change what the client sends as the table says, or the types that ${endpointOf(journey)?.name ?? "the endpoint"} asks for${at(endpointOf(journey))}.`,
    ].filter(Boolean);
  },
  reply_validated: (journey) => [
    `Make ${endpointOf(journey)?.name ?? "the endpoint"} return what its response model says, or change the model${at(endpointOf(journey))}.`,
  ],
  decided: (journey, why) => {
    if (!why.sentence.includes("CORSMiddleware")) return [];
    return [
      "If that page may call this API, name its origin, method and headers in CORSMiddleware's allow_origins, allow_methods and allow_headers.",
      "A browser shows this as “CORS error” and hides the status from the page.",
    ];
  },
  endpoint_returned: (journey) => raised(journey.endpoint?.error, journey),
  endpoint_called: () => [],
  dependency_entered: (journey) => raised((journey.dependencies ?? []).find((each) => each.error)?.error, journey),
  app_entered: (journey) => raised(lastError(journey), journey),
  middleware_entered: () => [
    "Nothing further in saw this request: look at the middleware itself, or at the order of the middleware.",
  ],
};

function sentField(journey, name) {
  return journey.request?.headers?.find(([each]) => each.toLowerCase() === name)?.[1];
}

function isPreflight(journey) {
  return journey.method === "OPTIONS" && sentField(journey, "access-control-request-method") !== undefined;
}

function forPreflight(journey) {
  const origin = sentField(journey, "origin") ?? "...";
  const method = sentField(journey, "access-control-request-method");
  return [
    `If a page from there may call this API: app.add_middleware(CORSMiddleware, allow_origins=["${origin}"], allow_methods=["${method}"]).`,
    "A browser asks so before the request proper, and shows any other answer as “CORS error”.",
  ];
}

/** One wrong word in the path is a slip that can be put right. */
function meant(journey, route) {
  const [nearest] = grouped(route.near ?? []);
  const slip = /^segment '([^']+)' is not '([^']+)'$/.exec(nearest?.failed ?? "");
  if (!slip) return null;
  const path = journey.target
    .split("?")[0]
    .split("/")
    .map((part) => (part === slip[1] ? slip[2] : part))
    .join("/");
  const methods = nearest.methods.includes(journey.method) ? [journey.method] : nearest.methods;
  return `Did you mean ${methods.join(" or ")} ${path}?`;
}

/** Candidates of one path that failed by the same are one, with the methods of all. */
export function grouped(near) {
  const groups = new Map();
  for (const each of near) {
    const key = JSON.stringify([each.route, each.failed]);
    const group = groups.get(key) ?? { ...each, methods: [] };
    group.methods.push(...(each.methods ?? []));
    groups.set(key, group);
  }
  return [...groups.values()];
}

function raised(error, journey) {
  if (!error?.file) return [];
  const isMeant = error.status !== null && error.status !== undefined && error.status < 500;
  const where = `${error.file}:${error.line}`;
  if (isMeant) return [`The code means this answer: see the condition above ${where}.`];
  const origin = sentField(journey, "origin");
  return [
    origin &&
      "The answer to an unhandled error may lack CORS headers: a browser then shows a CORS error in place of this one.",
  ].filter(Boolean);
}

function lastError(journey) {
  return (journey.marks ?? []).findLast((mark) => mark.facts?.error)?.facts.error;
}

function at(something) {
  return something?.file ? ` (${something.file.split("/").slice(-2).join("/")}:${something.line})` : "";
}

/** All validation errors of a journey, and what was sent in each place. */
export function errorsOf(journey) {
  const found = [];
  for (const step of journey.validation ?? []) {
    for (const value of step.values ?? [])
      for (const error of value.errors ?? [])
        found.push({ ...error, owner: step.owner, wanted: value.type, raw: value.raw });
  }
  if (found.length) return found;
  return (journey.marks ?? [])
    .filter((mark) => mark.station === "values_validated" || mark.station === "reply_validated")
    .flatMap((mark) =>
      (mark.facts?.errors ?? []).map((error) => ({ ...error, owner: mark.facts.owner ?? mark.facts.model })),
    );
}
