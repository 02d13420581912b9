"""SQLModel: its models are tables, bodies and answers, with a session as a dependency."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.testclient import TestClient
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Session, SQLModel, create_engine, select


class DuckBase(SQLModel):
    name: str = Field(index=True)
    age: int | None = Field(default=None, ge=0)


class Duck(DuckBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    secret: str = "quack"


class DuckPublic(DuckBase):
    id: int


class DuckUpdate(SQLModel):
    name: str | None = None
    age: int | None = None


engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
SQLModel.metadata.create_all(engine)


def get_session():
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
app = FastAPI()


@app.post("/ducks/", response_model=DuckPublic)
def create(duck: DuckBase, session: SessionDep):
    made = Duck.model_validate(duck)
    session.add(made)
    session.commit()
    session.refresh(made)
    return made


@app.get("/ducks/", response_model=list[DuckPublic])
def ducks(session: SessionDep, offset: int = 0, limit: Annotated[int, Query(le=100)] = 100):
    return session.exec(select(Duck).offset(offset).limit(limit)).all()


@app.patch("/ducks/{duck_id}", response_model=DuckPublic)
def update(duck_id: int, changes: DuckUpdate, session: SessionDep):
    duck = session.get(Duck, duck_id)
    if duck is None:
        raise HTTPException(status_code=404, detail="Duck not found")
    duck.sqlmodel_update(changes.model_dump(exclude_unset=True))
    session.add(duck)
    session.commit()
    session.refresh(duck)
    return duck


client = TestClient(app)
assert client.post("/ducks/", json={"name": "Jemima"}).json() == {"name": "Jemima", "age": None, "id": 1}
assert client.post("/ducks/", json={"age": 1}).status_code == 422
assert client.patch("/ducks/1", json={"age": 3}).json() == {"name": "Jemima", "age": 3, "id": 1}
assert client.patch("/ducks/2", json={}).json() == {"detail": "Duck not found"}
assert client.get("/ducks/", params={"limit": 1}).json() == [{"name": "Jemima", "age": 3, "id": 1}]
assert set(client.get("/openapi.json").json()["components"]["schemas"]) >= {"DuckBase", "DuckPublic", "DuckUpdate"}
