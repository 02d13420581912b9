"""Flags come from the table of settings."""

import click
import pytest

from webfoot.cli.flags import ServerCommand, SettingFlag, setting_flags
from webfoot.cli.run import command as run_command
from webfoot.cli.sources import settings_of
from webfoot.server import OptionError
from webfoot.server.settings.options import OPTIONS

NO_FLAGS = ("app", "ssl_context_factory")  # an argument, and what only Python can give


def parse(*words, defaults=None, fixed=None):
    """The settings that a command line stands for."""
    seen = []

    @click.command(cls=ServerCommand)
    @setting_flags()
    @click.pass_context
    def command(ctx, app):
        seen.append(settings_of(ctx, app, fixed or {}, **(defaults or {})))

    command.main([*words], standalone_mode=False)
    return seen[0]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for option in OPTIONS:
        monkeypatch.delenv(option.environment, raising=False)


def test_every_setting_that_text_can_give_has_a_flag():
    flags = {param.option.name for param in run_command.params if isinstance(param, SettingFlag)}
    assert flags == {option.name for option in OPTIONS}.difference(NO_FLAGS)


def test_values():
    options = parse(
        "main:app", "--port", "0", "--reload-dir", "a", "--reload-dir", "b", "--limit-request-body", "1m",
        "--no-access-log", "--use-colors", "--factory", "--header", "A: b, c", "--timeout-head", "1",
    )  # fmt: skip
    assert (options.app, options.port, options.reload_dirs) == ("main:app", 0, ("a", "b"))
    assert (options.limit_request_body, options.access_log, options.use_colors) == (2**20, False, True)
    assert (options.factory, options.headers, options.timeout_head) == (True, (("A", "b, c"),), 1.0)


def test_none_is_said_as_none():
    assert parse("main:app", "--limit-request-body", "none").limit_request_body is None


def test_flags_before_the_environment_before_the_commands_own_defaults(monkeypatch):
    own = {"timeout_graceful_shutdown": 1.0}
    assert parse("main:app").timeout_graceful_shutdown == 10.0
    assert parse("main:app", defaults=own).timeout_graceful_shutdown == 1.0
    monkeypatch.setenv("WEBFOOT_TIMEOUT_GRACEFUL_SHUTDOWN", "2")
    assert parse("main:app", defaults=own).timeout_graceful_shutdown == 2.0
    assert parse("main:app", "--timeout-graceful-shutdown", "3", defaults=own).timeout_graceful_shutdown == 3.0


def test_what_a_command_is_about_heeds_no_environment(monkeypatch):
    monkeypatch.setenv("WEBFOOT_WORKERS", "4")
    monkeypatch.setenv("WEBFOOT_RELOAD", "off")
    assert (parse("main:app").workers, parse("main:app").reload) == (4, False)
    options = parse("main:app", fixed={"workers": 1, "reload": True})
    assert (options.workers, options.reload) == (1, True)


def test_a_misspelt_variable_is_told_of(monkeypatch, capsys):
    monkeypatch.setenv("WEBFOOT_WORKER", "4")
    monkeypatch.setenv("WEBFOOT_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("WEBFOOT_LIMIT_HEADER", "")
    assert parse("main:app").workers == 1
    told = "webfoot: the variable WEBFOOT_WORKER is no setting; did you mean WEBFOOT_WORKERS?\n"
    assert capsys.readouterr().err == told


def test_a_switch_can_be_switched_back(monkeypatch):
    monkeypatch.setenv("WEBFOOT_ACCESS_LOG", "0")
    assert parse("main:app").access_log is False
    assert parse("main:app", "--access-log").access_log is True


def test_errors_name_the_flag():
    with pytest.raises(OptionError, match=r"the option reload_dirs cannot be '' \(from --reload-dir\)"):
        parse("main:app", "--reload-dir", "")
    with pytest.raises(OptionError, match="no application was named"):
        parse()


def test_help_names_every_flag_with_its_default_under_its_section():
    text = run_command.get_help(click.Context(run_command))
    for option in OPTIONS:
        if option.name not in NO_FLAGS:
            assert option.flag in text
            assert f"{option.section}:" in text
    assert "[default: 8000]" in text.replace("\n", " ")
