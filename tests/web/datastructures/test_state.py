import pytest

from webfoot.web.datastructures import State


def test_attributes_and_items_are_the_same():
    state = State()
    state.duck = "mallard"
    state["pond"] = 3
    assert (state["duck"], state.pond) == ("mallard", 3)
    assert list(state) == ["duck", "pond"]
    assert "duck" in state
    assert len(state) == 2
    assert repr(state) == "State({'duck': 'mallard', 'pond': 3})"
    del state.duck
    del state["pond"]
    assert not state


def test_the_dict_given_is_shared():
    shared = {"a": 1}
    State(shared).b = 2
    assert shared == {"a": 1, "b": 2}
    assert State(shared).b == 2


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'State' object has no attribute 'duck'"):
        State().duck
    with pytest.raises(AttributeError, match="'State' object has no attribute 'duck'"):
        del State().duck
    with pytest.raises(KeyError):
        State()["duck"]
    assert not hasattr(State(), "duck")
