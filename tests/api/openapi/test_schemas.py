from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, computed_field

from webfoot.api.openapi.schemas import SchemaBook
from webfoot.api.params import Query


class Duck(BaseModel):
    name: str
    age: int = 0


class Pond(BaseModel):
    ducks: list[Duck]

    @computed_field
    def size(self) -> int:
        return len(self.ducks)


def test_a_schema_is_empty_until_the_book_is_settled() -> None:
    book = SchemaBook()
    schema = book.of_value(int, Query(), "Count")
    assert schema == {}
    assert book.settle() == {}
    assert schema == {"type": "integer", "title": "Count"}


def test_equal_types_are_asked_once_and_titled_each_for_itself() -> None:
    book = SchemaBook()
    first, second = book.of_value(list[Duck], Query(), "First"), book.of_value(list[Duck], Query(), "Second")
    components = book.settle()
    assert list(components) == ["Duck"]
    assert first == {"type": "array", "items": {"$ref": "#/components/schemas/Duck"}, "title": "First"}
    assert second == {**first, "title": "Second"}


def test_a_reference_has_no_title_of_the_value() -> None:
    book = SchemaBook()
    schema = book.of_value(Duck, Query(), "Duck")
    book.settle()
    assert schema == {"$ref": "#/components/schemas/Duck"}


def test_what_is_written_into_a_schema_by_hand_stays() -> None:
    book = SchemaBook()
    by_hand, untouched = book.of_value(list[Duck], Query(), "A"), book.of_value(list[Duck], Query(), "A")
    by_hand["items"] = {"x-mine": True}
    by_hand["title"] = "Mine"
    book.settle()
    assert by_hand["items"] == {"$ref": "#/components/schemas/Duck", "x-mine": True}
    assert by_hand["title"] == "Mine"
    assert untouched["items"] == {"$ref": "#/components/schemas/Duck"}
    assert untouched["title"] == "A"


def test_constraints_descriptions_and_defaults() -> None:
    book = SchemaBook()
    plain = book.of_value(int, Query(), "N")
    told = book.of_value(Annotated[int, Field(gt=1)], Query(5, description="How many", deprecated=True), "N")
    pond = book.of_value(Duck, Query(Duck(name="a")), "N")
    nothing = book.of_value(int | None, Query(None), "N")
    book.settle()
    assert plain == {"type": "integer", "title": "N"}
    assert told == {
        "type": "integer",
        "exclusiveMinimum": 1,
        "default": 5,
        "description": "How many",
        "deprecated": True,
        "title": "N",
    }
    assert pond == {"$ref": "#/components/schemas/Duck", "default": {"name": "a", "age": 0}}
    assert "default" not in nothing


def ask(book: SchemaBook, *models: Any) -> list[dict[str, Any]]:
    return [book.of_reply(model, "Response_read_it", TypeAdapter(model)) for model in models]


def test_replies_are_described_as_they_are_written() -> None:
    book = SchemaBook()
    [reply] = ask(book, Pond)
    taken = book.of_value(Pond, Query(), "")
    components = book.settle()
    assert reply == {"$ref": "#/components/schemas/Pond-Output"}
    assert taken == {"$ref": "#/components/schemas/Pond-Input"}
    assert list(components) == ["Duck", "Pond-Input", "Pond-Output"]


def test_without_separation_only_computed_fields_separate() -> None:
    book = SchemaBook(separate=False)
    replies = ask(book, Duck, list[Pond])
    book.of_value(Pond, Query(), "")
    assert list(book.settle()) == ["Duck", "Pond-Input", "Pond-Output"]
    assert replies[0] == {"$ref": "#/components/schemas/Duck"}
    assert replies[1]["title"] == "Response Read It"


def test_a_type_that_cannot_be_hashed_is_described_too() -> None:
    book = SchemaBook()
    schema = book.of_value(Annotated[int, ["a remark"]], Query(), "N")
    book.settle()
    assert schema == {"type": "integer", "title": "N"}
