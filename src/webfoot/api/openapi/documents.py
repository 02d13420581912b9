"""More than one document for an application: one for each version, or each audience, of a part of its routes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from enum import Enum
from typing import Any, TypedDict, Unpack

from webfoot.api.errors import PlanError
from webfoot.api.openapi.document import describe, tables_of
from webfoot.api.openapi.operation_ids import planned
from webfoot.api.options import refuse_unknown


class DocumentOptions(TypedDict, total=False):
    """What a document may say otherwise than its application; the names mean what they mean there."""

    title: str
    summary: str | None
    description: str
    version: str
    openapi_tags: list[dict[str, Any]] | None
    servers: list[dict[str, Any]] | None
    terms_of_service: str | None
    contact: dict[str, Any] | None
    license_info: dict[str, Any] | None
    openapi_external_docs: dict[str, Any] | None
    openapi_version: str
    separate_input_output_schemas: bool
    root_path_in_servers: bool
    swagger_ui_init_oauth: dict[str, Any] | None
    swagger_ui_parameters: dict[str, Any] | None


class Document:
    """A document of those routes of `app` that have one of the `tags`, are under `prefix`, and that `select` takes.

    What was not given is the application's, as it is when it is asked for. A route that the application hides
    (`include_in_schema=False`) is in no document. Operation ids are the same in all of them.
    """

    swagger_ui_oauth2_redirect_url: str | None

    def __init__(
        self,
        app: Any,
        openapi_url: str,
        *,
        tags: Collection[str | Enum] | None = None,
        prefix: str = "",
        select: Callable[[Any], bool] | None = None,
        docs_url: str | None = None,
        redoc_url: str | None = None,
        **about: Unpack[DocumentOptions],
    ) -> None:
        refuse_unknown(Document.__init__, about, DocumentOptions)
        for name, url in (("openapi_url", openapi_url), ("docs_url", docs_url), ("redoc_url", redoc_url)):
            if url is not None and not url.startswith("/"):
                raise PlanError(f"{name}={url!r} has to begin with '/'")
        for name in ("title", "version"):
            if not about.get(name, True):
                raise PlanError(f"{name}={about.get(name)!r}: a document needs one")
        if isinstance(tags, str):
            raise PlanError(f"tags={tags!r} has to be a list of texts, [{tags!r}], not one text")
        self._app = app
        self._tags = None if tags is None else {_text(tag) for tag in tags}
        self._prefix = prefix
        self._select = select
        self._about = about
        self.openapi_url: str | None = openapi_url
        self.docs_url = docs_url
        self.redoc_url = redoc_url
        self.swagger_ui_oauth2_redirect_url = f"{docs_url.rstrip('/')}/oauth2-redirect" if docs_url else None
        self.openapi_schema: dict[str, Any] | None = None
        self._described: tuple[object, object] | None = None

    def __getattr__(self, name: str) -> Any:
        """What the application says, where this document says nothing else."""
        if name not in DocumentOptions.__annotations__:
            raise AttributeError(f"a Document has no attribute {name!r}")
        return self._about[name] if name in self._about else getattr(self._app, name)  # type: ignore[literal-required]

    def openapi(self) -> dict[str, Any]:
        """The document, made when it is first asked for, and once more when the routes have changed.

        Assign another function to change it.
        """
        tables = tables_of(self._app)
        if self.openapi_schema is None or self._described not in (None, tables):
            routes, webhooks = list(self._selected(self._app.routes)), list(self._selected(self._app.webhooks.routes))
            self.openapi_schema = describe(self, routes, webhooks, self._tags_of([*routes, *webhooks]))
            self._described = tables
        return self.openapi_schema

    def _selected(self, routes: Collection[Any]) -> Iterator[Any]:
        for route in planned(routes):
            tagged = self._tags is None or not self._tags.isdisjoint(map(_text, route.tags))
            if tagged and _is_under(route.path, self._prefix) and (self._select is None or self._select(route)):
                yield route

    def _tags_of(self, routes: list[Any]) -> list[dict[str, Any]]:
        """Of the tags that the application describes, those that are used here; one's own are all shown."""
        if "openapi_tags" in self._about:
            return self._about["openapi_tags"] or []
        used = {_text(tag) for route in routes for tag in route.tags}
        return [tag for tag in self._app.openapi_tags or () if tag.get("name") in used]


def _text(tag: str | Enum) -> str:
    return str(tag.value) if isinstance(tag, Enum) else tag


def _is_under(path: str, prefix: str) -> bool:
    """`/v1` is a prefix of `/v1` and `/v1/ducks`, and not of `/v10`. Webhooks, which have no path, are under none."""
    return not prefix or path == prefix or path.startswith(prefix.rstrip("/") + "/")
