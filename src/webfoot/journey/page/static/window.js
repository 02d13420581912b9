// Which part of a long list is to be drawn. Pure functions.

/** Where each row begins: `tops[i]`; the last entry is where the list ends. `heightOf` is asked, nothing is measured. */
export function laidOut(rows, heightOf) {
  const tops = new Float64Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) tops[i + 1] = tops[i] + heightOf(rows[i]);
  return tops;
}

/** The rows from `first` up to, not including, `end` that are seen between `from` and `to`, and `more` on each side. */
export function inView(tops, from, to, more = 5) {
  const count = tops.length - 1;
  const first = Math.max(0, lastAtOrBefore(tops, from) - more);
  const end = Math.min(count, lastAtOrBefore(tops, to) + 1 + more);
  return { first, end };
}

function lastAtOrBefore(tops, y) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
