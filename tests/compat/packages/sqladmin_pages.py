"""sqladmin: list, create and delete rows of a table in the browser, behind a log-in."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqladmin import Admin, ModelView
from sqladmin.authentication import AuthenticationBackend
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Duck(Base):
    __tablename__ = "ducks"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class DuckAdmin(ModelView, model=Duck):
    column_list = [Duck.id, Duck.name]


class Keeper(AuthenticationBackend):
    async def login(self, request):
        form = await request.form()
        request.session["keeper"] = form["username"]
        return form["password"] == "quack"

    async def logout(self, request):
        request.session.clear()
        return True

    async def authenticate(self, request):
        return "keeper" in request.session


engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
Base.metadata.create_all(engine)
app = FastAPI()
Admin(app, engine, authentication_backend=Keeper(secret_key="a secret")).add_view(DuckAdmin)

client = TestClient(app, base_url="http://pond.example")
anonymous = client.get("/admin/duck/list", follow_redirects=False)
assert anonymous.status_code == 302, anonymous
assert anonymous.headers["location"].endswith("/admin/login"), anonymous.headers
logged_in = client.post("/admin/login", data={"username": "ada", "password": "quack"})
assert logged_in.status_code == 200, logged_in
made = client.post("/admin/duck/create", data={"name": "Jemima"}, follow_redirects=False)
assert made.status_code == 302, made
listed = client.get("/admin/duck/list")
assert "Jemima" in listed.text
assert client.get("/admin/duck/details/1").status_code == 200
assert client.get("/admin/statics/css/main.css").status_code == 200
assert client.delete("/admin/duck/delete", params={"pks": "1"}).status_code == 200
assert "Jemima" not in client.get("/admin/duck/list").text
