// Numbers and codes in words. Pure functions.

/** A time in microseconds, with three figures: `812 µs`, `10.0 ms`, `1.25 s`, `2 min 5 s`. */
export function duration(us) {
  if (us === null || us === undefined || Number.isNaN(us)) return "–";
  if (us < 1) return us === 0 ? "0" : "<1 µs";
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${figures(us / 1000)} ms`;
  if (us < 60_000_000) return `${figures(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function figures(number) {
  return number < 9.995 ? number.toFixed(2) : number < 99.95 ? number.toFixed(1) : number.toFixed(0);
}

/** `17 bytes`, `1.2 kB`, `3.4 MB` */
export function size(bytes) {
  if (bytes === null || bytes === undefined) return "–";
  if (bytes < 1000) return counted(bytes, "byte");
  if (bytes < 1_000_000) return `${figures(bytes / 1000)} kB`;
  return `${figures(bytes / 1_000_000)} MB`;
}

export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `3 %`; a share that is there, but small, is not told as nothing. */
export function percent(share) {
  if (!(share > 0)) return "0 %";
  if (share < 0.005) return "<1 %";
  return share < 1 && share >= 0.995 ? ">99 %" : `${Math.round(share * 100)} %`;
}

/** The time of day of a journey (seconds since the epoch), to the millisecond. */
export function timeOfDay(seconds) {
  const date = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** `2xx`, ... ; `none` where there was no answer, `live` while there is none yet. */
export function statusClass(status, isRunning = false) {
  if (status === null || status === undefined) return isRunning ? "live" : "none";
  return status === 101 ? "2xx" : `${Math.floor(status / 100)}xx`;
}

const PHRASES = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** The reason phrase of RFC 9110, section 15, and of RFC 6585. */
export function phrase(status) {
  return PHRASES[status] ?? "";
}

const CLOSE_CODES = {
  1000: "normal: it was over",
  1001: "going away: the server stops, or the page was left",
  1002: "protocol error",
  1003: "a kind of data that the other side does not take",
  1005: "a close frame without a code",
  1006: "the connection broke: no close frame came",
  1007: "data that does not fit its type, such as text that is not UTF-8",
  1008: "policy violation",
  1009: "a message that is too big",
  1010: "an extension was missing",
  1011: "the server met an error",
  1012: "the server restarts",
  1013: "try again later",
  1014: "a bad answer from a server further in",
  1015: "the TLS handshake failed",
};

/** A WebSocket close code in words (RFC 6455, section 7.4, and IANA's registry). */
export function closeCode(code) {
  if (CLOSE_CODES[code]) return CLOSE_CODES[code];
  if (code >= 3000 && code < 4000) return "registered by a library";
  return code >= 4000 && code < 5000 ? "the application's own code" : "not a code that may be sent";
}

/** What `says` tells of the end of a conversation, or else what its code means; without the code itself. */
export function closing(code, says) {
  const known = code !== null && code !== undefined;
  if (!says) return known ? closeCode(code) : "";
  return known && says.startsWith(`${code}: `) ? says.slice(`${code}: `.length) : says;
}

/** JSON with two spaces; any other text as it is. */
export function pretty(text) {
  const start = text.trimStart()[0];
  if (start !== "{" && start !== "[") return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A value as a developer would write it in JSON, on one line, and not endlessly long. */
export function literal(value, longest = 400) {
  const text = value === undefined ? "" : JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}
