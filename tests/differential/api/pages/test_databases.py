"""SQL databases: SQLModel's models as bodies and replies, a session as a dependency."""

from typing import Annotated, Any

import pytest
from tests.differential.api.pages.harness import ask, delete, get, patch, post, served

sqlmodel = pytest.importorskip("sqlmodel")
StaticPool = pytest.importorskip("sqlalchemy.pool").StaticPool
Field, Session, SQLModel = sqlmodel.Field, sqlmodel.Session, sqlmodel.SQLModel


class DuckBase(SQLModel):
    name: str = Field(index=True)
    age: int | None = Field(default=None, index=True)


class Duck(DuckBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    secret_name: str = Field()


class DuckPublic(DuckBase):
    id: int


class DuckCreate(DuckBase):
    secret_name: str


class DuckUpdate(DuckBase):
    name: str | None = None
    age: int | None = None
    secret_name: str | None = None


def app(lib: Any) -> Any:
    engine = sqlmodel.create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)

    def session():
        with Session(engine) as session:
            yield session

    Connected = Annotated[Session, lib.Depends(session)]

    app = lib.FastAPI(lifespan=lambda app: _created(engine))

    @app.post("/ducks/", response_model=DuckPublic)
    def create(duck: DuckCreate, session: Connected):
        stored = Duck.model_validate(duck)
        session.add(stored)
        session.commit()
        session.refresh(stored)
        return stored

    @app.post("/tables/")
    def create_whole(duck: Duck, session: Connected) -> Duck:
        session.add(duck)
        session.commit()
        session.refresh(duck)
        return duck

    @app.get("/ducks/", response_model=list[DuckPublic])
    def every(session: Connected, offset: int = 0, limit: Annotated[int, lib.Query(le=100)] = 100):
        return session.exec(sqlmodel.select(Duck).offset(offset).limit(limit)).all()

    @app.get("/ducks/{duck_id}", response_model=DuckPublic)
    def one(duck_id: int, session: Connected):
        duck = session.get(Duck, duck_id)
        if not duck:
            raise lib.HTTPException(status_code=404, detail="Duck not found")
        return duck

    @app.patch("/ducks/{duck_id}", response_model=DuckPublic)
    def change(duck_id: int, duck: DuckUpdate, session: Connected):
        stored = session.get(Duck, duck_id)
        if not stored:
            raise lib.HTTPException(status_code=404, detail="Duck not found")
        stored.sqlmodel_update(duck.model_dump(exclude_unset=True))
        session.add(stored)
        session.commit()
        session.refresh(stored)
        return stored

    @app.delete("/ducks/{duck_id}")
    def remove(duck_id: int, session: Connected):
        duck = session.get(Duck, duck_id)
        if not duck:
            raise lib.HTTPException(status_code=404, detail="Duck not found")
        session.delete(duck)
        session.commit()
        return {"ok": True}

    return app


class _created:
    """A lifespan: the tables are there while the application is."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def __aenter__(self) -> None:
        SQLModel.metadata.create_all(self.engine)

    async def __aexit__(self, *error: Any) -> None:
        self.engine.dispose()


page = served(app)


def test_document(page):
    page.same_document()


def test_a_life(page):
    page.right(get("/ducks/"), post("/ducks/", {"name": "Jemima", "secret_name": "Puddle"}), get("/ducks/1"))
    page.right(
        post("/ducks/", {"name": "Donald", "secret_name": "x", "age": 3, "id": 9}), get("/ducks/?limit=1&offset=1")
    )
    page.right(
        patch("/ducks/2", {"age": 4}), patch("/ducks/2", {}), get("/ducks/2"), delete("/ducks/1"), get("/ducks/")
    )
    page.right(post("/tables/", {"name": "Whole", "secret_name": "y", "id": 12}))
    page.wrong(get("/ducks/1"), delete("/ducks/1"), patch("/ducks/1", {"name": "x"}), patch("/ducks/2", {"age": "x"}))
    page.wrong(
        post("/ducks/", {"name": "x"}), post("/ducks/"), get("/ducks/?limit=101"), ask("PATCH", "/ducks/2", json=[])
    )
