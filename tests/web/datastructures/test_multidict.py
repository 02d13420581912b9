from hypothesis import given
from hypothesis import strategies as st

from webfoot.web.datastructures import ImmutableMultiDict, MultiDict

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=8)


def test_reading_gives_the_last_value_and_getlist_all():
    ducks = ImmutableMultiDict([("duck", "mallard"), ("goose", "grey"), ("duck", "eider")])
    assert ducks["duck"] == "eider"
    assert ducks.getlist("duck") == ["mallard", "eider"]
    assert list(ducks) == ["duck", "goose"]
    assert len(ducks) == 2
    assert ducks.multi_items() == [("duck", "mallard"), ("goose", "grey"), ("duck", "eider")]


def test_multi_items_is_a_copy():
    ducks = ImmutableMultiDict([("a", 1)])
    ducks.multi_items().clear()
    assert ducks.multi_items() == [("a", 1)]


@given(PAIRS, PAIRS)
def test_equality_is_by_key(left, right):
    def by_key(pairs):
        return {key: [value for other, value in pairs if other == key] for key, _ in pairs}

    assert (MultiDict(left) == MultiDict(right)) is (by_key(left) == by_key(right))


@given(PAIRS, st.lists(st.tuples(st.sampled_from(["set", "append", "pop", "popitem", "setlist", "update"]), PAIRS)))
def test_the_list_and_the_dict_tell_the_same_after_any_changes(pairs, changes):
    ducks = MultiDict(pairs)
    for change, arguments in changes:
        for key, value in arguments:
            if change == "set":
                ducks[key] = value
            elif change == "append":
                ducks.append(key, value)
            elif change == "pop":
                ducks.pop(key)
            elif change == "popitem" and ducks:
                ducks.popitem()
            elif change == "setlist":
                ducks.setlist(key, [value] * value)
        if change == "update":
            ducks.update(arguments)
        assert dict(ducks.multi_items()) == dict(ducks.items())
        assert all(ducks.getlist(key)[-1] == value for key, value in ducks.items())
