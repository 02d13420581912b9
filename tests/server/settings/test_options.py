"""The table of settings: each value checked once, from whichever source."""

import pickle
from dataclasses import replace

import pytest

from webfoot.server import OptionError, ServerOptions
from webfoot.server.settings.options import OPTIONS, check_names, read_environment


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_default_is_allowed_and_each_setting_is_described(option):
    assert option.check(option.default, "here") == option.default
    assert option.help.endswith(".")
    assert option.flag.startswith("--")
    assert option.environment == f"WEBFOOT_{option.name.upper()}"


def test_flags_and_variables_are_distinct():
    assert len({option.flag for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 70000),
        ("port", -1),
        ("port", True),
        ("port", "80"),
        ("host", ""),
        ("host", "a b"),
        ("workers", 0),
        ("http", "h2"),
        ("timeout_head", 0),
        ("timeout_head", -1),
        ("timeout_keep_alive", float("inf")),
        ("timeout_graceful_shutdown", float("nan")),
        ("timeout_graceful_shutdown", None),
        ("limit_request_body", -1),
        ("access_log", "yes"),
        ("root_path", "api"),
        ("headers", "x: y"),
        ("headers", [("x", "a\r\nb")]),
        ("headers", [("bad name", "y")]),
        ("headers", [("x",)]),
        ("reload_dirs", "src"),
        ("uds", ""),
        ("app", 3),
    ],
)
def test_a_wrong_value_names_option_value_source_and_what_is_allowed(name, value):
    with pytest.raises(OptionError) as caught:
        ServerOptions(**{name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"the option {name} cannot be {value!r} (from ServerOptions): it must be ")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ({"WEBFOOT_PORT": "80"}, {"port": 80}),
        ({"WEBFOOT_PORT": ""}, {}),
        ({"WEBFOOT_RELOAD": "Yes"}, {"reload": True}),
        ({"WEBFOOT_ACCESS_LOG": "off"}, {"access_log": False}),
        ({"WEBFOOT_LIMIT_REQUEST_BODY": "none"}, {"limit_request_body": None}),
        ({"WEBFOOT_LIMIT_REQUEST_BODY": "10MiB"}, {"limit_request_body": 10 * 1024**2}),
        ({"WEBFOOT_LIMIT_REQUEST_HEAD": "64k"}, {"limit_request_head": 65536}),
        ({"WEBFOOT_LIMIT_DISCARD": "1 GB"}, {"limit_discard": 1024**3}),
        ({"WEBFOOT_TIMEOUT_HEAD": "2.5"}, {"timeout_head": 2.5}),
        ({"WEBFOOT_LOG_LEVEL": "DEBUG"}, {"log_level": "debug"}),
        ({"WEBFOOT_RELOAD_INCLUDES": "*.py, *.html"}, {"reload_includes": ("*.py", "*.html")}),
        ({"WEBFOOT_HEADERS": "A: b\nc:d"}, {"headers": (("A", "b"), ("c", "d"))}),
        ({"WEBFOOT_APP": "main:app"}, {"app": "main:app"}),
        ({"WEBFOOT_UNHEARD": "1"}, {}),
    ],
)
def test_reading_the_environment(text, setting):
    assert read_environment(text) == setting


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORT", "eighty"), ("RELOAD", "perhaps"), ("TIMEOUT_BODY", "1s"), ("LIMIT_DISCARD", "5 ducks"), ("HEADERS", "x")],
)
def test_a_wrong_variable_is_named(variable, value):
    with pytest.raises(OptionError, match=rf"\(from WEBFOOT_{variable}\): it must be "):
        ServerOptions.from_environment({f"WEBFOOT_{variable}": value})


def test_values_win_over_the_environment():
    environment = {"WEBFOOT_PORT": "80", "WEBFOOT_HOST": "::1"}
    options = ServerOptions.from_environment(environment, port=81)
    assert (options.host, options.port) == ("::1", 81)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(OptionError, match="there is no option prot; did you mean port"):
        check_names({"prot": 1})
    with pytest.raises(OptionError, match=r"there is no option quack$"):
        ServerOptions.from_environment({}, quack=1)


@pytest.mark.parametrize(
    "together",
    [
        {"uds": "/x", "fd": 3},
        {"reload": True, "workers": 2, "app": "main:app"},
        {"reload": True, "app": print},
        {"workers": 2, "app": print},
        {"limit_max_requests_jitter": 5},
    ],
)
def test_settings_that_exclude_each_other(together):
    with pytest.raises(OptionError, match=r"^the options? "):
        ServerOptions(**together)


def test_every_wait_and_every_size_is_bounded_unless_somebody_wants_it_otherwise():
    unbounded = {option.name for option in OPTIONS if option.section in ("Timeouts", "Limits") and not option.default}
    assert unbounded == {"limit_max_requests", "limit_max_requests_jitter"}


def test_values_are_normalised():
    options = ServerOptions(root_path="/api/", headers=[("X-Pond", "A")], timeout_head=3)
    assert options.root_path == "/api"
    assert options.headers == (("X-Pond", "A"),)
    assert options.header_fields == [(b"x-pond", b"A")]
    assert isinstance(options.timeout_head, float)
    assert replace(options, port=1).root_path == "/api"


def test_options_travel_to_a_worker_process():
    options = ServerOptions("main:app", workers=2, headers=[("a", "b")])
    assert pickle.loads(pickle.dumps(options)) == options


def test_an_idle_connection_outlives_the_idle_timeout_of_common_load_balancers():
    assert ServerOptions().timeout_keep_alive > 60
