"""Floor 4, the typed API framework (the role of FastAPI); needs pydantic."""
