"""Form data; form models; request files; forms and files."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from tests.differential.api.pages.harness import get, post, put, served


class Login(BaseModel):
    username: str
    password: str = Field(min_length=3)
    tags: list[str] = []
    age: int | None = Field(None, alias="years")


class Person(BaseModel):
    kind: Literal["person"]
    name: str = "nobody"
    tags: list[str] = []


class Company(BaseModel):
    kind: Literal["company"]
    name: list[str] = []
    tags: str = "none"


class OnlyLogin(BaseModel):
    model_config = {"extra": "forbid"}

    username: str
    password: str


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    File, Form, UploadFile = lib.File, lib.Form, lib.UploadFile

    @app.post("/login/")
    async def login(username: Annotated[str, Form()], password: Annotated[str, Form(max_length=5)]):
        return [username, password]

    @app.post("/old-login/")
    async def old_login(
        username: str = Form(), age: int = Form(3, ge=1), tags: list[str] = Form([]), on: bool = Form(False)
    ):
        return [username, age, tags, on]

    @app.post("/optional")
    async def optional(note: Annotated[str | None, Form()] = None, text: Annotated[str, Form(alias="the-text")] = "x"):
        return [note, text]

    @app.post("/model")
    async def model(data: Annotated[Login, Form()]):
        return data

    @app.post("/only-model")
    async def only_model(data: Annotated[OnlyLogin, Form()]):
        return data

    @app.post("/optional-model")
    async def optional_model(data: Annotated[Login | None, Form()] = None):
        return data

    @app.post("/one-of")
    async def one_of(data: Annotated[Person | Company, Form(discriminator="kind")]):
        return [type(data).__name__, data]

    @app.post("/one-of-annotated")
    async def one_of_annotated(
        data: Annotated[Annotated[Person | Company, Field(discriminator="kind")], Form()], token: Annotated[str, Form()]
    ):
        return [type(data).__name__, data, token]

    @app.post("/of-a-kind")
    async def of_a_kind(name: Annotated[str, Form(media_type="application/x-duck")], more: dict[str, int] = {}):
        return name

    @app.post("/body-first")
    async def body_first(more: Annotated[str, lib.Body()], name: Annotated[str, Form()]):
        return [more, name]

    @app.post("/files/")
    async def as_bytes(file: Annotated[bytes, File()]):
        return len(file)

    @app.post("/uploadfile/")
    async def upload(file: UploadFile):
        content = await file.read()
        await file.seek(0)
        again = file.file.read(3)
        return {
            "name": file.filename, "type": file.content_type, "size": file.size, "text": content.decode("latin-1"),
            "again": again.decode("latin-1"), "headers": dict(file.headers),
        }  # fmt: skip

    @app.post("/in-a-thread")
    def in_a_thread(file: UploadFile):
        return [file.filename, file.file.read().decode("latin-1")]

    @app.post("/optional-file")
    async def optional_file(
        file: Annotated[bytes | None, File(description="Bytes")] = None, other: UploadFile | None = None
    ):
        return [file and len(file), other and other.filename]

    @app.post("/with-metadata")
    async def with_metadata(file: Annotated[UploadFile, File(description="An upload", title="It")]):
        return file.filename

    @app.post("/many-bytes")
    async def many_bytes(files: Annotated[list[bytes], File(description="Several")]):
        return [len(file) for file in files]

    @app.post("/many")
    async def many(files: list[UploadFile]):
        return [[file.filename, file.size] for file in files]

    @app.post("/mixed")
    async def mixed(
        fileb: Annotated[UploadFile, File()], file: Annotated[bytes, File()], token: Annotated[str, Form()], q: int = 1
    ):
        return [len(file), token, fileb.content_type, q]

    @app.get("/")
    async def page():
        return lib.HTMLResponse(content="<form action='/files/' enctype='multipart/form-data' method='post'></form>")

    return app


page = served(app)
FORM = {"content-type": "application/x-www-form-urlencoded"}


def parts(*parts: tuple[str, bytes], boundary: str = "duck", end: str = "--duck--\r\n") -> dict[str, Any]:
    body = b"".join(b"--duck\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts)
    return {"content": body + end.encode(), "headers": {"content-type": f"multipart/form-data; boundary={boundary}"}}


def named(name: str, rest: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"{rest}'


def test_document(page):
    page.same_document()


def test_forms(page):
    right = {"username": "emma", "password": "1 +&\u00e9"}
    page.right(
        post("/login/", data=right), post("/login/", files={name: (None, value) for name, value in right.items()})
    )
    page.right(post("/old-login/", data={"username": "e", "tags": ["a", "b"], "age": "4", "on": "on"}))
    page.right(post("/old-login/", data={"username": ["a", "b"]}), post("/login", data=right))
    page.wrong(post("/login/"), post("/login/", right), post("/login/", data={"username": "emma"}), get("/login/"))
    page.wrong(
        post("/login/", data={"username": "", "password": "123456"}),
        post("/login/", data={"username": "", "password": ""}),
    )
    page.wrong(post("/old-login/", data={"username": "e", "age": "0", "on": "x"}), post("/old-login/?username=e"))


def test_odd_forms(page):
    for body in [b"", b"=", b"&&", b"username", b"username=a&password", b"username=a&password=%",
                 b"username=%FF&password=%zz", b"username=a;password=b", b"username=a+b&password=%2B&x",
                 b"username=a&username=b&password=c&password=", b"username=%00&password=\x00",
                 b'{"username": "a"}']:  # fmt: skip
        page.same(
            *(post(path, content=body, headers=FORM) for path in ("/login/", "/optional", "/model", "/old-login/"))
        )
    for kind in [
        "application/x-www-form-urlencoded; charset=latin-1",
        "APPLICATION/X-WWW-FORM-URLENCODED",
        "text/plain",
        "",
    ]:
        page.same(post("/login/", content=b"username=%E9&password=b", headers={"content-type": kind}))
    page.right(post("/optional"), post("/optional", data={"note": "", "the-text": ""}), post("/optional", {"note": 1}))


def test_models(page):
    page.right(post("/model", data={"username": "a", "password": "abc", "tags": ["x", "y"], "years": "3", "more": "1"}))
    page.right(post("/model", files={"username": (None, "a"), "password": (None, "abc")}))
    page.wrong(
        post("/model"),
        post("/model", data={"username": "a", "password": "a", "years": "x"}),
        post("/model", {"username": "a"}),
    )
    page.right(post("/only-model", data={"username": "a", "password": "b"}))
    page.wrong(
        post("/only-model", data={"username": "a", "password": "b", "extra": "c"}),
        post("/only-model", data={"extra": ["c", "d"]}),
    )
    page.wrong(post("/only-model", files={"username": (None, "a"), "password": (None, "b"), "extra": ("x.txt", b"c")}))


def test_models_that_may_be_left_out(page):
    right = {"username": "a", "password": "abc"}
    page.right(
        post("/optional-model"), post("/optional-model", data=right), post("/optional-model", data={"other": "x"})
    )
    page.wrong(post("/optional-model", data={"username": ""}), post("/optional-model", data={"password": "abc"}))


def test_one_of_several_models(page):
    for path in ("/one-of", "/one-of-annotated"):
        for body in ["kind=person&name=a&name=b&tags=1&tags=2", "kind=company&name=a&tags=1&tags=2",
                     "kind=person&name=", "kind=company&name=&tags=", "kind=&name=", "kind=person&kind=company",
                     "kind=duck&x=1&x=2", "name=a", "", "kind=person&token=t&other=1"]:  # fmt: skip
            page.same(post(path, content=body.encode(), headers=FORM))


def test_other_values_beside_a_form(page):
    page.right(post("/of-a-kind", data={"name": "a"}), post("/body-first", data={"name": "a", "more": "b"}))
    page.wrong(post("/of-a-kind"), post("/body-first", data={"name": "a"}), post("/body-first", {"name": "a"}))


def test_files(page):
    page.right(post("/files/", files={"file": b"123"}), post("/files/", files={"file": ("a.txt", b"")}))
    page.right(post("/uploadfile/", files={"file": ("a.png", b"\x89PNG\r\n", "image/png")}))
    page.right(
        post("/uploadfile/", files={"file": ("\u00e9 \U0001f986.txt", "\u00e9".encode(), "text/plain; charset=utf-8")})
    )
    page.right(
        post("/uploadfile/", files={"file": ("big.bin", b"x" * 3_000_000)}),
        post("/in-a-thread", files={"file": ("a", b"b")}),
    )
    page.wrong(
        post("/files/"), post("/files/", {"file": "x"}), post("/files/", data={"files": "x"}), post("/uploadfile/")
    )
    page.wrong(post("/uploadfile/", data={"file": "x"}), put("/files/", files={"file": b"1"}))
    page.wrong(post("/uploadfile/", files={"other": b"x"}), post("/uploadfile/", files={"file": (None, b"x")}))
    page.right(post("/with-metadata", files={"file": ("a", b"b")}), post("/files/", data={"file": "text"}))


def test_optional_files(page):
    page.right(
        post("/optional-file"),
        post("/optional-file", files={"file": b"123"}),
        post("/optional-file", files={"other": b"1"}),
    )
    page.same(post("/optional-file", data={"file": ""}), post("/optional-file", data={"file": "x"}))
    page.same(
        post("/optional-file", data={"other": ""}, files={"file": ("", b"")}),
        post("/optional-file", data={"other": "x"}),
    )


def test_many_files(page):
    two = [("files", ("a.txt", b"1")), ("files", ("b.txt", b"22"))]
    for path in ("/many", "/many-bytes"):
        page.right(post(path, files=two), post(path, files=two[:1]))
        page.wrong(post(path), post(path, files={"file": b"1"}), post(path, {"files": ["x"]}))
        page.same(post(path, files=two, data={"files": "x"}), post(path, data={"files": "x"}))
    page.same(post("/uploadfile/", files=[("file", ("a", b"1")), ("file", ("b", b"2"))]))
    page.wrong(post("/many", files=[("files", (f"{n}", b"")) for n in range(1001)]))
    page.wrong(post("/optional", files=[(f"n{n}", (None, b"")) for n in range(1001)]))
    page.wrong(post("/login/", files={"username": (None, b"x" * 1_100_000), "password": (None, "x")}))
    page.wrong(post("/login/", data={"username": "x" * 1_100_000, "password": "123456"}))


def test_both(page):
    files = {"file": ("a", b"12"), "fileb": ("b", b"3", "text/plain")}
    page.right(post("/mixed?q=2", files=files, data={"token": "t"}))
    page.wrong(
        post("/mixed?q=x", files=files), post("/mixed", data={"token": "t", "file": "a", "fileb": "b"}), post("/mixed")
    )
    page.right(get("/"))


def test_odd_multipart(page):
    file = (named("file", '; filename="a.txt"'), b"data")
    odd = [
        parts(file), parts(), parts(file, boundary='"duck"'), parts(file, boundary="goose"),
        parts(("Content-Disposition: form-data", b"x")), parts(("Content-Type: text/plain", b"x")), parts(("x", b"y")),
        parts((named("file", "; filename*=UTF-8''%C3%A9.txt"), b"x")), parts((named("file", '; filename=""'), b"x")),
        parts((named("file", '; filename="../../etc/passwd"'), b"x")),
        parts((named("file", '; filename="C:\\\\a.txt"'), b"x")),
        parts((named("file", '; filename="a.txt"\r\nContent-Transfer-Encoding: base64'), b"eA==")),
        parts((named("file", '; filename="a%22b.txt"'), b"x")), parts((named("file", '; filename="a\\"b.txt"'), b"x")),
        parts(file, end="--duck--"), parts(file, end="--duck--\r\nepilogue\r\n"),
        parts((named("FILE", '; filename="a"'), b"x")),
        {"content": b"not a form", "headers": {"content-type": "multipart/form-data; boundary=duck"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"", "headers": {"content-type": "multipart/form-data; boundary=duck"}},
    ]  # fmt: skip
    for options in odd:
        page.same(post("/uploadfile/", **options), post("/files/", **options), post("/optional", **options))
