from __future__ import annotations

import pytest
from tests.journey.made import AROUND, END, answer, entered, found, head, left, recorded, typed_post

from webfoot.journey.record import Record
from webfoot.journey.tree import tree_of


def names(span):
    return [(depth, each.kind, each.name) for depth, each in span.walk()]


def find(span, name):
    return next(each for _, each in span.walk() if each.name == name)


def test_a_typed_post_nests_middleware_route_dependencies_and_endpoint():
    assert names(tree_of(recorded(typed_post()))) == [
        (0, "request", "POST /ponds/7/ducks?dry=true"),
        (1, "application", "Webfoot"),
        (2, "middleware", "ServerErrorMiddleware"),
        (3, "middleware", "ExceptionMiddleware"),
        (4, "route", "create_duck"),
        (5, "dependency", "get_session"),
        (5, "dependency", "get_ranger"),
        (5, "endpoint", "create_duck"),
        (5, "clean-up", "get_session"),
    ]


def test_total_time_is_self_time_and_that_of_the_children():
    for _, span in tree_of(recorded(typed_post())).walk():
        assert span.total_ns == span.self_ns + sum(child.total_ns for child in span.children)


def test_self_times_add_up_to_the_whole():
    record = recorded(typed_post())
    root = tree_of(record)

    assert sum(span.self_ns for _, span in root.walk()) == root.total_ns == record.took_ns


def test_a_span_lasts_from_entering_to_leaving():
    root = tree_of(recorded([*head(), *entered("Gate"), *answer(200), *left("Gate"), *END], step_ns=1000))

    assert find(root, "Gate").total_ns == 6000  # five marks of the answer lie between
    assert find(root, "Gate").is_complete


def test_a_dependency_began_before_it_gave_its_value():
    root = tree_of(recorded(typed_post()))

    assert find(root, "get_session").total_ns == 4000


def test_a_dependency_holds_those_that_it_waited_for():
    steps = [
        *head(),
        ("dependency_entered", {"name": "inner", "took_ns": 3000}),
        ("dependency_entered", {"name": "outer", "took_ns": 15000}),
    ]

    assert names(tree_of(recorded(steps)))[2:] == [(2, "dependency", "outer"), (3, "dependency", "inner")]


def test_a_dependency_without_a_time_is_a_point():
    root = tree_of(recorded([*head(), ("dependency_entered", {"name": "config", "cached": 1}), *END]))

    assert find(root, "config").total_ns == 0


def test_two_middlewares_of_one_name_are_told_apart_by_their_place():
    root = tree_of(recorded([*head(), *entered("Gate", "Gate"), *left("Gate", "Gate"), *END]))

    assert [depth for depth, kind, _ in names(root) if kind == "middleware"] == [2, 3]
    assert all(span.is_complete for _, span in root.walk())


def test_what_was_cut_off_inside_ends_with_what_surrounds_it():
    steps = [*head(), *entered("Gate", "Inner"), ("middleware_left", {"name": "Gate", "index": 0}), *END]
    root = tree_of(recorded(steps))

    assert find(root, "Gate").is_complete
    assert not find(root, "Inner").is_complete
    assert find(root, "Inner").ended == find(root, "Gate").ended


def test_a_crash_half_way_leaves_open_spans_that_end_with_the_record():
    record = recorded([*head(), *entered(*AROUND), *found(), ("endpoint_called", {"name": "create_duck"})])
    root = tree_of(record)

    assert not find(root, "ExceptionMiddleware").is_complete
    assert find(root, "ExceptionMiddleware").ended == record.marks[-1].at
    assert not root.is_complete


def test_a_leaving_without_an_entering_is_passed_over():
    assert names(tree_of(recorded([*head(), *left("Ghost"), *END])))[1:] == [(1, "application", "Webfoot")]


def test_another_server_that_marks_nothing_of_its_own():
    root = tree_of(recorded([*entered("Gate"), *found(), *left("Gate")]))

    assert names(root) == [
        (0, "request", "? ?"),
        (1, "middleware", "Gate"),
        (2, "route", "create_duck"),
    ]


def test_nothing_marked_is_no_tree():
    assert tree_of(Record()) is None


@pytest.mark.parametrize("length", range(1, len(typed_post()) + 1))
def test_any_beginning_of_a_journey_is_a_tree(length):
    root = tree_of(recorded(typed_post()[:length]))

    assert all(span.ended >= span.began for _, span in root.walk())
