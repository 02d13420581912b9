"""Floor 4, the typed API framework (the role of FastAPI); needs pydantic."""

try:
    import pydantic  # noqa: F401 - asked for here, so that its absence is one sentence
except ModuleNotFoundError:
    raise ImportError("the API framework of webfoot needs pydantic: pip install 'webfoot[api]'") from None
