"""prometheus-fastapi-instrumentator: counts requests by the template of their route, and shows it at /metrics."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()


@app.get("/ponds/{pond_id}")
def pond(pond_id: int):
    return {"id": pond_id}


Instrumentator(excluded_handlers=["/metrics"]).instrument(app).expose(app)

client = TestClient(app)
for number in range(3):
    assert client.get(f"/ponds/{number}").status_code == 200
assert client.get("/ponds/x").status_code == 422
shown = client.get("/metrics").text
assert 'http_requests_total{handler="/ponds/{pond_id}",method="GET",status="2xx"} 3.0' in shown, shown
assert 'http_requests_total{handler="/ponds/{pond_id}",method="GET",status="4xx"} 1.0' in shown, shown
