"""What is our own in the security schemes; what they share with FastAPI's is in tests/differential/api."""

import asyncio
import functools
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot import Depends, HTTPException, Security, Webfoot
from webfoot.api.errors import PlanError
from webfoot.api.security.scheme import scheme_in
from webfoot.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    HTTPDigest,
    OAuth2,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OpenIdConnect,
    SecurityBase,
    get_authorization_scheme_param,
)
from webfoot.testing import TestClient
from webfoot.trail import TRAIL_KEY
from webfoot.web import HTTPConnection, WebApp, WebSocket, WebSocketRoute

ASCII = st.characters(max_codepoint=0x7F)
PASSWORD = "quack-7-quack"
BASIC = b64encode(f"emma:{PASSWORD}".encode()).decode()


class Marks:
    def __init__(self):
        self.all = []

    is_light = False

    def note(self, station, facts, /):
        self.mark(station, **facts)

    def mark(self, station, /, **facts):
        self.all.append((station, facts))


def asked(scheme, *authorization, trail=None, **scope):
    """What the scheme gives for these Authorization fields."""
    fields = [(b"authorization", value.encode("latin-1")) for value in authorization]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": fields, **scope}
    if trail is not None:
        scope[TRAIL_KEY] = trail
    return asyncio.run(scheme(HTTPConnection(scope)))


READERS = [
    HTTPBasic, HTTPBearer, HTTPDigest, OAuth2, lambda **options: OAuth2PasswordBearer("token", **options),
    lambda **options: OAuth2AuthorizationCodeBearer("authorize", "token", **options),
    lambda **options: OpenIdConnect(openIdConnectUrl="/discover", **options),
]  # fmt: skip


class TestSeveralFields:
    """A proxy may look at another one than we do."""

    @pytest.mark.parametrize("make", READERS)
    @pytest.mark.parametrize("second", ["Bearer b", "Basic " + BASIC, ""])
    def test_are_nobody(self, make, second):
        with pytest.raises(HTTPException) as caught:
            asked(make(), "Basic " + BASIC, second)
        assert caught.value.status_code == 401
        assert caught.value.headers is not None
        assert "WWW-Authenticate" in caught.value.headers
        assert asked(make(auto_error=False), "Basic " + BASIC, second) is None


class TestBasic:
    def test_quotes_in_the_realm_are_escaped(self):
        with pytest.raises(HTTPException) as caught:
            asked(HTTPBasic(realm='the "big" pond\\lake'))
        assert caught.value.headers == {"WWW-Authenticate": r'Basic realm="the \"big\" pond\\lake"'}

    @pytest.mark.parametrize("realm", ["a\r\nSet-Cookie: b", "a\x00", "池"])
    def test_a_realm_that_no_field_can_have(self, realm):
        with pytest.raises(PlanError, match=r"^HTTPBasic: the realm .* cannot stand in a header field$"):
            HTTPBasic(realm=realm)

    def test_every_octet_of_the_encoding_counts(self):
        for extra in ("!", "_", "-", " ", "\xe9", "="):
            with pytest.raises(HTTPException):
                asked(HTTPBasic(), f"Basic {BASIC[:3]}{extra}{BASIC[3:]}")

    def test_what_cannot_be_read_is_an_error_without_auto_error_too(self):
        scheme = HTTPBasic(auto_error=False)
        assert asked(scheme) is None
        assert asked(scheme, "Bearer x") is None
        for field in ("Basic", "Basic !!", "Basic " + b64encode(b"emma").decode()):
            with pytest.raises(HTTPException):
                asked(scheme, field)


class TestDeclarations:
    @pytest.mark.parametrize("make", [APIKeyQuery, APIKeyHeader, APIKeyCookie])
    def test_a_key_needs_a_name(self, make):
        with pytest.raises(PlanError, match=rf"^{make.__name__}: no .* can be called ''$"):
            make(name="")

    @pytest.mark.parametrize("name", ["X Key", "X-Key:", "clé", "a\r\nb"])
    def test_a_header_field_needs_the_name_of_one(self, name):
        with pytest.raises(PlanError, match="no header field can be called"):
            APIKeyHeader(name=name)

    def test_a_flow_without_its_address(self):
        with pytest.raises(PlanError, match=r"^OAuth2: its flows\.password\.tokenUrl cannot be: Field required$"):
            OAuth2(flows={"password": {}})

    @pytest.mark.parametrize("make", [Depends, Security])
    def test_a_class_is_no_scheme(self, make):
        def endpoint(given=make(HTTPBearer)): ...

        said = (
            r"endpoint \(.*test_schemes.py:\d+\): depends on the class HTTPBearer, .* instance, HTTPBearer\(\.\.\.\)$"
        )
        with pytest.raises(PlanError, match=said):
            Webfoot().get("/")(endpoint)
        with pytest.raises(PlanError, match=said):
            Webfoot(dependencies=[make(HTTPBearer)]).get("/")(endpoint)

    def test_scopes_are_a_list(self):
        with pytest.raises(PlanError, match=r"scopes have to be a list of texts, \['eggs'\], not one text"):
            Security(HTTPBearer(), scopes="eggs")


class OwnKey(APIKeyHeader):
    def check_api_key(self, api_key: str | None) -> str | None:
        return f"own {api_key}"


def test_a_subclass_may_judge_the_key():
    app = Webfoot()

    @app.get("/")
    async def home(key=Depends(OwnKey(name="x-key"))):
        return key

    client = TestClient(app)
    assert client.get("/", headers={"x-key": "7"}).json() == "own 7"
    assert client.get("/").json() == "own None"


def test_scheme_in():
    scheme = HTTPBearer()
    assert scheme_in(scheme) is scheme
    assert scheme_in(functools.partial(functools.partial(scheme))) is scheme
    assert scheme_in(scheme.__call__) is None
    assert scheme_in(HTTPBearer) is None
    assert issubclass(HTTPBearer, SecurityBase)


@pytest.mark.parametrize(
    ("value", "parts"),
    [(None, ("", "")), ("", ("", "")), ("a", ("a", "")), ("a  b c ", ("a", "b c")), (" a b", ("", "a b"))],
)
def test_get_authorization_scheme_param(value, parts):
    assert get_authorization_scheme_param(value) == parts


@given(st.text(st.characters(max_codepoint=0xFF), max_size=40), st.sampled_from(["", "Basic ", "bearer ", "Digest "]))
def test_whatever_is_sent_is_taken_or_refused(text, prefix):
    for make in READERS:
        for options in ({}, {"auto_error": False}):
            try:
                asked(make(**options), prefix + text)
            except HTTPException as error:
                assert error.status_code == 401


@given(username=st.text(ASCII.filter(lambda char: char != ":")), password=st.text(ASCII))
def test_name_and_password_come_back(username, password):
    sent = "Basic " + b64encode(f"{username}:{password}".encode()).decode()
    given = asked(HTTPBasic(), sent)
    assert (given.username, given.password) == (username, password)


class TestSecretsStaySecret:
    def test_not_in_a_repr(self):
        assert PASSWORD not in repr(HTTPBasicCredentials(username="emma", password=PASSWORD))
        assert PASSWORD not in str(HTTPAuthorizationCredentials(scheme="Bearer", credentials=PASSWORD))

    @pytest.mark.parametrize("make", READERS)
    @pytest.mark.parametrize(
        "fields",
        [
            [PASSWORD],
            [f"{PASSWORD} {PASSWORD}"],
            [f"Basic {PASSWORD}!"],
            ["Basic " + b64encode(f"{PASSWORD}é".encode()).decode()],
            ["Basic " + b64encode(PASSWORD.encode()).decode()],
            [f"Bearer {PASSWORD}", f"Bearer {PASSWORD}"],
        ],
    )
    def test_not_in_the_journey_nor_in_the_error(self, make, fields):
        marks = Marks()
        for options in ({}, {"auto_error": False}):
            try:
                asked(make(**options), *fields, trail=marks)
            except HTTPException as error:
                told, cause = [], error
                while cause is not None:
                    told += [repr(cause), str(cause), repr(vars(cause)), repr(cause.args)]
                    cause = cause.__cause__ or cause.__context__
                assert not any(PASSWORD in one or BASIC in one for one in told)
        assert PASSWORD not in repr(marks.all)
        assert b64encode(PASSWORD.encode()).decode()[:12] not in repr(marks.all)

    def test_not_a_key(self):
        marks = Marks()
        asked(APIKeyQuery(name="key", auto_error=False), trail=marks, query_string=f"yek={PASSWORD}".encode())
        ((station, facts),) = marks.all
        assert station == "decided"
        assert PASSWORD not in repr(facts)


class TestTheJourneyTellsWhy:
    @pytest.mark.parametrize(
        ("scheme", "fields", "why"),
        [
            (HTTPBearer(), [], "there is no Authorization field"),
            (HTTPBearer(), ["Bearer a", "Bearer b"], "there are several Authorization fields"),
            (HTTPBearer(), ["Basic a"], "the Authorization field is not of the scheme Bearer"),
            (HTTPBearer(), ["Bearer"], "the Authorization field has no scheme with credentials"),
            (HTTPBasic(), ["Basic !"], "the Basic credentials are not ASCII in base64 with a colon"),
            (APIKeyHeader(name="X-Key"), [], "the header field 'X-Key' is missing or empty"),
        ],
    )
    def test_a_refusal(self, scheme, fields, why):
        marks = Marks()
        with pytest.raises(HTTPException):
            asked(scheme, *fields, trail=marks)
        assert marks.all == [("decided", {"by": type(scheme).__name__, "what": why, "status": 401})]

    def test_none(self):
        marks = Marks()
        assert asked(HTTPBearer(auto_error=False), trail=marks) is None
        ((_, facts),) = marks.all
        assert facts == {
            "by": "HTTPBearer", "what": "there is no Authorization field, so its value is None", "status": None
        }  # fmt: skip

    def test_the_status_is_that_of_the_error(self):
        class Forbidding(HTTPBearer):
            def make_not_authenticated_error(self):
                return HTTPException(403)

        marks = Marks()
        with pytest.raises(HTTPException):
            asked(Forbidding(), trail=marks)
        assert marks.all[0][1]["status"] == 403

    def test_an_error_of_another_kind(self):
        class NotYou(Exception):
            pass

        class Odd(HTTPBearer):
            def make_not_authenticated_error(self):
                return NotYou("at all")

        with pytest.raises(NotYou):
            asked(Odd(), trail=Marks())


def test_a_websocket_of_the_toolkit():
    scheme = APIKeyQuery(name="key", auto_error=False)

    async def endpoint(websocket: WebSocket):
        key = await scheme(websocket)
        await websocket.accept()
        await websocket.send_text(str(key))
        await websocket.close()

    client = TestClient(WebApp(routes=[WebSocketRoute("/", endpoint)]))
    for path, told in (("/?key=a", "a"), ("/", "None")):
        with client.websocket_connect(path) as session:
            assert session.receive_text() == told


def test_one_scheme_reads_the_request_once():
    """Asked for by three dependencies, it runs once."""
    runs = []

    class Counted(HTTPBearer):
        async def __call__(self, request: HTTPConnection):
            runs.append(1)
            return await super().__call__(request)

    scheme, app = Counted(), Webfoot()

    @app.get("/", dependencies=[Depends(scheme)])
    def endpoint(one=Depends(scheme), other=Security(scheme)):
        return one is other

    assert TestClient(app).get("/", headers={"authorization": "Bearer x"}).json() is True
    assert runs == [1]
