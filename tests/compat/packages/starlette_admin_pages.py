"""starlette-admin: list, create and edit rows of a table in the browser, and its own JSON."""

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette_admin.contrib.sqla import Admin, ModelView


class Base(DeclarativeBase):
    pass


class Duck(Base):
    __tablename__ = "ducks"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
Base.metadata.create_all(engine)
app = Starlette()
admin = Admin(engine, title="Pond", secret_key="a secret that is long enough")
admin.add_view(ModelView(Duck))
admin.mount_to(app)

with TestClient(app, base_url="https://pond.example") as client:
    home = client.get("/admin/")
    assert home.status_code == 200, home
    assert "Pond" in home.text
    assert client.get("/admin/duck/list").status_code == 200
    assert client.get("/admin/duck/create").status_code == 200
