"""fastapi-users: register, log in for a token, be somebody, log out; users in a dictionary."""

import uuid
from dataclasses import dataclass

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import BaseUserDatabase

SECRET = "a secret that is long enough for HMAC-SHA256 to like it"


@dataclass
class User:
    id: uuid.UUID
    email: str
    hashed_password: str
    is_active: bool = True
    is_superuser: bool = False
    is_verified: bool = False


class InDictionary(BaseUserDatabase):
    def __init__(self, users):
        self.users = users

    async def get(self, id):
        return self.users.get(id)

    async def get_by_email(self, email):
        return next((user for user in self.users.values() if user.email.lower() == email.lower()), None)

    async def create(self, create_dict):
        user = User(id=uuid.uuid4(), **create_dict)
        self.users[user.id] = user
        return user

    async def update(self, user, update_dict):
        for name, value in update_dict.items():
            setattr(user, name, value)
        return user


class Manager(UUIDIDMixin, BaseUserManager):
    reset_password_token_secret = verification_token_secret = SECRET


class UserRead(schemas.BaseUser[uuid.UUID]):
    pass


class UserCreate(schemas.BaseUserCreate):
    pass


class UserUpdate(schemas.BaseUserUpdate):
    pass


known = {}


async def get_manager():
    yield Manager(InDictionary(known))


backend = AuthenticationBackend(
    name="jwt",
    transport=BearerTransport(tokenUrl="auth/login"),
    get_strategy=lambda: JWTStrategy(secret=SECRET, lifetime_seconds=3600),
)
users = FastAPIUsers(get_manager, [backend])
app = FastAPI()
app.include_router(users.get_auth_router(backend), prefix="/auth", tags=["auth"])
app.include_router(users.get_register_router(UserRead, UserCreate), prefix="/auth", tags=["auth"])
app.include_router(users.get_users_router(UserRead, UserUpdate), prefix="/users", tags=["users"])


@app.get("/hello")
def hello(user: User = Depends(users.current_user(active=True))):
    return f"hello {user.email}"


client = TestClient(app)
account = {"email": "ada@pond.example", "password": "quack quack"}
made = client.post("/auth/register", json=account)
assert made.status_code == 201, made.text
assert "password" not in made.text
assert client.post("/auth/register", json=account).json() == {"detail": "REGISTER_USER_ALREADY_EXISTS"}
assert client.get("/hello").status_code == 401
wrong = client.post("/auth/login", data={"username": account["email"], "password": "moo"})
assert (wrong.status_code, wrong.json()) == (400, {"detail": "LOGIN_BAD_CREDENTIALS"})
token = client.post("/auth/login", data={"username": account["email"], "password": account["password"]}).json()
as_ada = {"Authorization": f"Bearer {token['access_token']}"}
assert client.get("/hello", headers=as_ada).json() == "hello ada@pond.example"
assert client.patch("/users/me", json={"email": "a@pond.example"}, headers=as_ada).json()["email"] == "a@pond.example"
assert client.get(f"/users/{made.json()['id']}", headers=as_ada).status_code == 403
assert "OAuth2PasswordBearer" in client.get("/openapi.json").json()["components"]["securitySchemes"]
