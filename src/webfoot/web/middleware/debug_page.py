"""A traceback to read, as plain text and as a page. Only ever shown with `debug` on: it holds source and paths."""

from __future__ import annotations

import linecache
import traceback
from html import escape
from string import Template
from types import FrameType

_LINES_AROUND = 4

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$kind at $path</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h1 small { font-weight: normal; opacity: .7; }
details { border: 1px solid #8885; border-radius: 6px; margin: .4rem 0; overflow: hidden; }
summary { padding: .4rem .7rem; cursor: pointer; } summary code { opacity: .75; }
pre { margin: 0; padding: .5rem 0; overflow-x: auto; background: #8881; }
pre span { display: block; padding: 0 .7rem; } pre .at { background: #e5484d40; }
pre i { font-style: normal; opacity: .5; user-select: none; }
</style>
</head>
<body>
<h1>$kind <small>$method $path</small></h1>
<p>$text</p>
$frames
<details><summary>As plain text</summary><pre><span>$plain</span></pre></details>
</body>
</html>
""")


def plain_traceback(exc: BaseException) -> str:
    return "".join(traceback.format_exception(exc))


def html_traceback(exc: BaseException, method: str, path: str) -> str:
    """The innermost frame first, as that is where one looks; causes are in the plain text at the end."""
    frames = [_frame(frame, line) for frame, line in traceback.walk_tb(exc.__traceback__)]
    if frames:
        frames[-1] = frames[-1].replace("<details>", "<details open>", 1)
    return _PAGE.substitute(
        kind=escape(type(exc).__name__),
        method=escape(method),
        path=escape(path),
        text=escape(str(exc)),
        frames="\n".join(reversed(frames)),
        plain=escape(plain_traceback(exc)),
    )


def _frame(frame: FrameType, line: int) -> str:
    code = frame.f_code
    where = f"<summary>{escape(code.co_qualname)} <code>{escape(code.co_filename)}:{line}</code></summary>"
    return f"<details>{where}<pre>{_source(code.co_filename, line)}</pre></details>"


def _source(file: str, line: int) -> str:
    shown: list[str] = []
    for number in range(max(1, line - _LINES_AROUND), line + _LINES_AROUND + 1):
        text = linecache.getline(file, number).rstrip("\n")
        if text or number == line:
            mark = ' class="at"' if number == line else ""
            shown.append(f"<span{mark}><i>{number:5}</i> {escape(text)}</span>")
    return "".join(shown)
