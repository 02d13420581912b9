"""Settings from TOML files."""

import os
from pathlib import Path

import pytest

from webfoot.server.settings.file import SettingsFile, nearest_pyproject
from webfoot.server.settings.given import Given
from webfoot.server.settings.options import OptionError

WORDS = {"compat": ("prepare", "quack:prepare")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def values(text: str, part: str = "", name: str = "ducks.toml") -> dict[str, object]:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    return {key: each.value for key, each in SettingsFile(Path(name)).given(part, WORDS).items()}


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ('app = "main:app"', {"app": "main:app"}),
        ("port = 80", {"port": 80}),
        ("access-log = false", {"access_log": False}),
        ("access_log = false", {"access_log": False}),
        ("timeout-head = 3", {"timeout_head": 3.0}),
        ('limit-request-body = "64k"', {"limit_request_body": 65536}),
        ("limit-request-body = 64", {"limit_request_body": 64}),
        ('limit-request-body = "none"', {"limit_request_body": None}),
        ('log-level = "debug"', {"log_level": "debug"}),
        ('forwarded-allow-ips = ["10.0.0.0/8", "unix"]', {"forwarded_allow_ips": ("10.0.0.0/8", "unix")}),
        ('reload-includes = ["*.py", "*.html"]', {"reload_includes": ("*.py", "*.html")}),
        ('headers = ["A: b, c", "D:e"]', {"headers": (("A", "b, c"), ("D", "e"))}),
        ('[headers]\nA = "b"\nLink = ["c", "d"]', {"headers": (("A", "b"), ("Link", "c"), ("Link", "d"))}),
        ('uds-permissions = "660"', {"uds_permissions": "660"}),
        ('ssl-sni = ["a.pem:a.key", ["b.pem", "b.key"], "c.pem"]',
         {"ssl_sni": (("a.pem", "a.key"), ("b.pem", "b.key"), ("c.pem", None))}),
        ("[log-config]\nversion = 1", {"log_config": {"version": 1}}),
        ("compat = true", {"prepare": "quack:prepare"}),
        ("compat = false", {}),
        ("\ufeffport = 80", {"port": 80}),
        ("", {}),
    ],
)  # fmt: skip
def test_values(here: Path, text: str, setting: dict[str, object]) -> None:
    assert values(text) == setting


def test_paths_are_meant_from_the_directory_of_the_file(here: Path) -> None:
    text = (
        'app-dir = "src"\nssl-certfile = "/a.pem"\nssl-keyfile = "a.key"\nlog-config = "log.json"\nuds = "a.sock"\n'
        'bind = ["unix:b.sock", "[::1]:80"]\nreload-dirs = ["src", "lib"]\nssl-sni = ["b.pem:c/b.key"]\n'
    )
    assert values(text, name="etc/ducks.toml") == {
        "app_dir": "etc/src",
        "ssl_certfile": "/a.pem",
        "ssl_keyfile": "etc/a.key",
        "log_config": "etc/log.json",
        "uds": "etc/a.sock",
        "bind": ("unix:etc/b.sock", "[::1]:80"),
        "reload_dirs": ("etc/src", "etc/lib"),
        "ssl_sni": (("etc/b.pem", "etc/c/b.key"),),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\nprot = 80", "there is no option prot (from ducks.toml:2); did you mean port?"),
        ("timeout-haed = 1", "there is no option timeout-haed (from ducks.toml:1); did you mean timeout-head?"),
        ("timeout_haed = 1", "there is no option timeout_haed (from ducks.toml:1); did you mean timeout_head?"),
        ("[dve]\nport = 1", "there is no option dve (from ducks.toml:1); did you mean dev?"),
        ("quack = 1", "there is no option quack (from ducks.toml:1)"),
        ('port = "80"', "the option port cannot be '80' (from ducks.toml:1): it must be an integer from 0 to 65535"),
        ("workers = true", "the option workers cannot be True (from ducks.toml:1): it must be an integer of 1 or more"),
        ('reload = "yes"', "the option reload cannot be 'yes' (from ducks.toml:1): it must be true or false"),
        ("compat = 1", "the option compat cannot be 1 (from ducks.toml:1): it must be true or false"),
        ("timeout-head = nan", "the option timeout_head cannot be nan (from ducks.toml:1)"),
        ("date-header = 2026-01-01", "the option date_header cannot be datetime.date(2026, 1, 1) (from ducks.toml:1)"),
        ('bind = "127.0.0.1:80"', "the option bind cannot be '127.0.0.1:80' (from ducks.toml:1): it must be a list"),
        ('bind = ["x"]', "the option bind cannot be ['x'] (from ducks.toml:1): it must be a list; each item must be"),
        ("[headers]\nA = 1", "the option headers cannot be {'A': 1} (from ducks.toml:1)"),
        ("uds-permissions = 660", 'it must be permissions of a file in octal digits, such as "660"'),
        ("ssl-keyfile-password = 1234", "the option ssl_keyfile_password cannot be what was given (from ducks.toml:1)"),
        ('ssl-context-factory = "a:b"', "(from ducks.toml:1): it must be a function, given in Python, or none"),
        ("app-dir = 'a'\n\napp_dir = 'b'",
         "the option app_dir is given twice (from ducks.toml:1 and from ducks.toml:3)"),
        ("port = \n", "the settings cannot be read from ducks.toml: line 1, column 8: invalid value"),
        ("port = [1,", "the settings cannot be read from ducks.toml: line 1, column 11: "),
        ("port = 1\nport = 2", "the settings cannot be read from ducks.toml: line 2, column 9: cannot overwrite"),
        ("dev = 1", "dev must be a table of settings for one command (from ducks.toml:1)"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence_with_their_place(here: Path, text: str, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        values(text)
        values(text, "dev")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(here: Path) -> None:
    Path("latin.toml").write_bytes(b"port = 1\nhost = 'd\xfccks'\n")
    for name, why in [
        ("nowhere.toml", "no such file or directory"),
        (".", "is a directory"),
        ("latin.toml", "line 2, column 10: the byte 0xfc is not UTF-8"),
    ]:
        with pytest.raises(OptionError) as caught:
            SettingsFile(Path(name))
        assert str(caught.value) == f"the settings cannot be read from {name}: {why}"


def test_where_the_settings_stand_in_a_file(here: Path) -> None:
    assert values("[tool.webfoot]\nport = 1", name="pyproject.toml") == {"port": 1}
    assert values("[tool.webfoot]\nport = 1", name="others.toml") == {"port": 1}
    for text, why in [("[tool.ruff]", "there is no table"), ("[tool]\nwebfoot = 1", "no table, but a value, is")]:
        with pytest.raises(OptionError, match=f"pyproject.toml: {why} \\[tool.webfoot\\]"):
            values(text, name="pyproject.toml")


def test_a_table_for_one_command(here: Path) -> None:
    text = "[tool.webfoot]\nport = 1\n[tool.webfoot.dev]\nport = 2\n"
    assert values(text, name="pyproject.toml") == {"port": 1}
    file = SettingsFile(Path("pyproject.toml"))
    assert file.given("dev") == {"port": Given(2, "pyproject.toml:4")}


class TestTheNearestPyproject:
    TEXT = "[tool.webfoot]\nport = 1\n"

    def test_here_or_above(self, here: Path) -> None:
        inner = here / "a" / "b"
        inner.mkdir(parents=True)
        (inner / "pyproject.toml").write_text("[project]\nname = 'webfoot-of-others'\n")
        assert nearest_pyproject(inner) is None
        (here / "pyproject.toml").write_text(self.TEXT)
        found = nearest_pyproject(inner)
        assert found is not None
        assert found.path == here / "pyproject.toml"

    @pytest.mark.parametrize("root", [".git", "home"])
    def test_not_above_a_repository_or_the_home(self, here: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
        inner = here / "a" / "b"
        inner.mkdir(parents=True)
        (here / "pyproject.toml").write_text(self.TEXT)
        if root == "home":
            monkeypatch.setenv("HOME", str(here / "a"))
        else:
            (here / "a" / root).mkdir()
        assert nearest_pyproject(inner) is None
        (here / "a" / "pyproject.toml").write_text(self.TEXT)
        assert nearest_pyproject(inner) is not None

    @pytest.mark.skipif(os.getuid() != 0, reason="needs root to give a file away")
    def test_files_of_others_do_not_count_above(self, here: Path) -> None:
        inner = here / "a"
        inner.mkdir()
        path = here / "pyproject.toml"
        path.write_text(self.TEXT)
        os.chown(path, 12345, -1)
        assert nearest_pyproject(inner) is None
        assert nearest_pyproject(here) is not None
        os.chown(inner, 12345, -1)
        assert nearest_pyproject(inner) is not None

    def test_a_broken_one_matters_if_it_speaks_of_us(self, here: Path) -> None:
        (here / "pyproject.toml").write_text("[project\n")
        assert nearest_pyproject(here) is None
        (here / "pyproject.toml").write_text("[tool.webfoot\n")
        with pytest.raises(OptionError, match=r"pyproject.toml: line 1, column 14: "):
            nearest_pyproject(here)
