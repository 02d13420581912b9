"""The report as a page: one document, nothing fetched from elsewhere, light or dark as the browser likes it."""

from __future__ import annotations

from html import escape
from typing import Final

from webfoot.server.broken.report import Link, Report, Shot

WAIT: Final = "/__webfoot_broken__"
"""Asked by the page; the answer comes when this server ends, so that the page knows when to load itself anew."""

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2330; --dim: #5b6475; --paper: #fff; --sheet: #f4f5f8; --line: #d9dce3;
  --bad: #b3261e; --mark: #fde7e5 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ee; --dim: #9aa3b5; --paper: #14171e; --sheet: #1c2029;
  --line: #303644; --bad: #ff8a80; --mark: #45211f } }
body { margin: 0; padding: 2rem clamp(1rem, 5vw, 4rem); background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
main { max-width: 70rem; margin: auto }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; color: var(--bad); overflow-wrap: anywhere }
h2 { font: 600 1rem/1.5 ui-monospace, monospace; margin: 1.5rem 0 .5rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
p { color: var(--dim); margin: .25rem 0 1rem }
figure { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: 8px; overflow: hidden }
figcaption { padding: .4rem .8rem; background: var(--sheet); font: .9rem/1.5 ui-monospace, monospace }
figcaption span { color: var(--dim) }
pre { margin: 0; padding: .4rem 0; overflow-x: auto; font: .85rem/1.55 ui-monospace, monospace; tab-size: 4 }
pre div { padding: 0 .8rem; width: max-content; min-width: calc(100% - 1.6rem) }
pre i { display: inline-block; width: 3.5em; padding-right: 1em; text-align: right; font-style: normal;
  color: var(--dim); user-select: none }
pre .at { background: var(--mark) }
pre .at i { color: var(--bad); font-weight: 700 }
"""

_SCRIPT: Final = """
const began = Date.now();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  for (;;) {
    try {
      await fetch("%s", {cache: "no-store"});
      break;
    } catch {
      await sleep(1000);
    }
  }
  await sleep(Math.max(0, 700 - (Date.now() - began)));
  location.reload();
})();
"""


def draw(report: Report, nonce: str, *, reloads: bool) -> str:
    """`nonce`: of the script and the style, for the Content-Security-Policy (CSP Level 3). `reloads`: by itself."""
    then = "Save a file, and this page shows what came of it." if reloads else "Save a file, then send it again."
    refresh = '<noscript><meta http-equiv="refresh" content="2"></noscript>' if reloads else ""
    script = f'<script nonce="{nonce}">{_SCRIPT % WAIT}</script>' if reloads else ""
    chain = "".join(map(_link, report.chain))
    if not chain and report.traceback:
        chain = f"<figure><pre><div>{escape(report.traceback)}</div></pre></figure>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>The application does not start</title>'
        f'{refresh}<style nonce="{nonce}">{_STYLE}</style></head><body><main>'
        f'<h1 role="alert">{escape(report.sentence)}</h1><p>The application is not served. {then}</p>'
        f"{chain}</main>{script}</body></html>\n"
    )


def _link(link: Link) -> str:
    before = f"<p>{escape(link.before)}</p>" if link.before else ""
    more = f"<p>{link.left_out} frames further out are not shown.</p>" if link.left_out else ""
    shots = "".join(map(_shot, reversed(link.shots)))
    return f"{before}<h2>{escape(link.error)}</h2>{shots}{more}"


def _shot(shot: Shot) -> str:
    function = f" <span>in {escape(shot.function)}</span>" if shot.function else ""
    lines = "".join(_line(number, text, number == shot.line) for number, text in shot.lines)
    source = f"<pre>{lines}</pre>" if lines else ""
    return f"<figure><figcaption>{escape(shot.place)}{function}</figcaption>{source}</figure>"


def _line(number: int, text: str, is_it: bool) -> str:
    start = '<div class="at" aria-current="true">' if is_it else "<div>"
    return f"{start}<i>{number}</i>{escape(text) or ' '}</div>"
