// What to do about it, and what it is about. Pure functions.

/** The next steps as the server gives them (webfoot.journey.advice), which does not know its application's name. */
export function steps(journey, app = null) {
  return (journey.advice ?? []).map((step) => (app ? step.replaceAll("module:app", app) : step));
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
