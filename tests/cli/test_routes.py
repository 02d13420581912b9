"""The table of routes, of whatever has one."""

from tests.cli.test_main import call

from webfoot import APIRouter, Request, Webfoot
from webfoot.cli.route_tables import routes_of
from webfoot.cli.routes import rows
from webfoot.web.routing import Host, Mount, Route, Router


def home(request: Request): ...


class Thing:
    async def __call__(self, scope, receive, send): ...


def listed(routes):
    return [(row.methods, row.path, row.name, row.endpoint) for row in rows(routes)]


def test_routes_mounts_and_applications_without_a_table():
    table = [
        Route("/", home),
        Route("/many", home, methods=["POST", "PUT"], name="many"),
        Mount("/admin", routes=[Route("/users/{id:int}", home, name="user")], name="admin"),
        Mount("/plain", routes=[Route("/x", home)]),
        Mount("/files", app=Thing(), name="files"),
        Route("/asgi", Thing()),
    ]
    assert listed(table) == [
        ("GET", "/", "home", "home"),
        ("POST,PUT", "/many", "many", "home"),
        ("GET", "/admin/users/{id:int}", "admin:user", "home"),
        ("GET", "/plain/x", "home", "home"),
        ("*", "/files/*", "files", "Thing"),
        ("*", "/asgi", "Thing", "Thing"),
    ]
    assert next(iter(rows(table))).where.rpartition(":")[0].endswith("test_routes.py")


def test_hosts_come_before_their_paths():
    table = [
        Host("{pond}.ducks.example:80", app=Router([Route("/x", home)]), name="pond"),
        Host("raw.example", app=Thing()),
        Mount("/m", routes=[Host("in.example", app=Router([Route("/x", home)]))]),
    ]
    assert listed(table) == [
        ("GET", "//{pond}.ducks.example:80/x", "pond:home", "home"),
        ("*", "//raw.example/*", "", "Thing"),
        ("GET", "//in.example/m/x", "home", "home"),
    ]


def test_frontends_stand_behind_the_routes_in_the_order_in_which_they_are_asked(tmp_path):
    app, members = Webfoot(openapi_url=None), APIRouter(prefix="/members")
    app.frontend("/", directory=tmp_path)
    members.frontend("/", directory=tmp_path)
    app.include_router(members)
    app.get("/late")(home)
    assert [row[:3] for row in listed(routes_of(app))] == [
        ("GET", "/late", "home"),
        ("GET", "/members/{frontend_path:path}", "frontend"),
        ("GET", "/{frontend_path:path}", "frontend"),
    ]
    assert listed(routes_of(app))[-1][3] == f"files below {tmp_path}"


def test_the_table_is_found_through_middleware():
    class Around:
        def __init__(self, app):
            self.app = app

    assert routes_of(Around(Around(Router([Route("/", home)])))) is not None
    assert routes_of(Around(Thing())) is None
    looped = Around(None)
    looped.app = looped
    assert routes_of(looped) is None


def test_the_command_on_an_api_with_included_routers(tmp_path):
    (tmp_path / "main.py").write_text(
        "from webfoot import APIRouter, Webfoot\n"
        "inner = APIRouter(prefix='/inner')\n"
        "@inner.get('/{number}')\n"
        "def read(number: int): ...\n"
        "outer = APIRouter()\n"
        "outer.include_router(inner, prefix='/outer')\n"
        "def make():\n"
        "    app = Webfoot(openapi_url=None)\n"
        "    app.include_router(outer, prefix='/v1')\n"
        "    @app.post('/things', name='thing')\n"
        "    def create(): ...\n"
        "    return app\n"
    )
    code, output = call("routes", "main:make", "--factory", cwd=tmp_path)
    assert code == 0
    assert [line.split() for line in output.splitlines()] == [
        ["METHODS", "PATH", "NAME", "ENDPOINT", "WHERE"],
        ["GET", "/v1/outer/inner/{number}", "read", "read", "main.py:3"],
        ["POST", "/things", "thing", "make.<locals>.create", "main.py:10"],
    ]


def test_the_command_on_a_fastapi_application(tmp_path):
    (tmp_path / "main.py").write_text(
        "from fastapi import APIRouter, FastAPI\n"
        "router = APIRouter(prefix='/ducks')\n"
        "@router.get('/{number}')\n"
        "def duck(number: int): ...\n"
        "app = FastAPI(openapi_url=None)\n"
        "app.include_router(router, prefix='/v1')\n"
    )
    code, output = call("routes", "main:app", cwd=tmp_path)
    assert (code, output.splitlines()[1].split()) == (0, ["GET", "/v1/ducks/{number}", "duck", "duck", "main.py:3"])
