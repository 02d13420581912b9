import webfoot
from benchmarks.apps.typed import build

app = build(webfoot, webfoot.Webfoot)
