// The dependency graph as a tree from the endpoint down. What several ask for is called once, and shown where it was
// first asked for; the others point to it.

import { foreign, h } from "./dom.js";
import { duration } from "./format.js";
import { failure, place } from "./place.js";

export function dependencyTree(journey, deciding) {
  const all = new Map(journey.dependencies.map((each) => [each.number, each]));
  const seen = new Set();
  const branch = (number) => {
    const dependency = all.get(number);
    if (!dependency) return null;
    if (seen.has(number))
      return h(
        "li",
        { class: "shared" },
        foreign(dependency.name, "code"),
        h("span", { class: "tag" }, "the same result"),
      );
    seen.add(number);
    const needs = (dependency.needs ?? []).map(branch).filter(Boolean);
    return h(
      "li",
      {
        class: [deciding === `dependency:${number}` && "deciding", dependency.outcome === "skipped" && "pale"],
        "data-room": `dependency:${number}`,
      },
      line(dependency),
      needs.length > 0 && h("ul", null, needs),
    );
  };
  const roots = rootsOf(journey, all).map(branch);
  const rest = [...all.keys()].filter((number) => !seen.has(number)).map(branch); // a circle cannot be, a gap may
  return h("ul", { class: "dependencies", "aria-label": "dependencies" }, roots, rest);
}

function rootsOf(journey, all) {
  if (journey.endpoint?.needs?.length) return journey.endpoint.needs;
  const needed = new Set([...all.values()].flatMap((each) => each.needs ?? []));
  return [...all.keys()].filter((number) => !needed.has(number));
}

function line(dependency) {
  const tags = [
    dependency.where === "thread" && "thread",
    dependency.scope && dependency.scope !== "request" && `scope ${dependency.scope}`,
    dependency.wanted > 1 && `called once, wanted ${dependency.wanted} times`,
    dependency.outcome === "skipped" && "not called: what it needs did not fit",
    dependency.outcome === "running" && "running",
  ].filter(Boolean);
  return [
    place(dependency.file, dependency.line, dependency.name),
    h("span", { class: "took" }, duration(dependency.took_us)),
    tags.map((tag) => h("span", { class: "tag" }, tag)),
    dependency.override && h("span", { class: "tag override" }, "overridden by ", foreign(dependency.override)),
    dependency.error && failure(dependency.error),
    dependency.clean_up && cleanUp(dependency.clean_up),
  ];
}

function cleanUp(done) {
  const how =
    { left: "cleaned up", raised: "left with the error", swallowed: "clean-up swallowed the error" }[done.outcome] ??
    done.outcome;
  const told = [
    how,
    done.took_us !== null && done.took_us !== undefined && `in ${duration(done.took_us)}`,
    done.at_us !== null && `at ${duration(done.at_us)}`,
  ];
  return h(
    "div",
    { class: "detail" },
    `↑ ${told.filter(Boolean).join(" ")}`,
    done.outcome === "swallowed" && done.error && [": ", foreign(done.error.kind ?? "")],
  );
}
