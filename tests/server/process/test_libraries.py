"""What a process imports ahead is what the application would import, and nothing of its user's."""

import os
import sys
import types

import pytest

from webfoot.server.process.libraries import Libraries, Load, UnfitError


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Writes modules into a directory for libraries, and modules of the user's into another one."""
    libraries = tmp_path / "site-packages"
    libraries.mkdir()
    monkeypatch.setattr(sys, "path", [str(libraries), str(tmp_path), *sys.path])
    before = {*sys.modules}

    def write(name, text, own=False):
        path = (tmp_path if own else libraries) / f"{name}.py"
        path.write_text(text)
        return str(path)

    yield write
    for name in {*sys.modules} - before:
        del sys.modules[name]


def test_libraries_are_imported_in_the_order_and_with_the_environment_of_the_application(installed, monkeypatch):
    monkeypatch.setenv("POND", "ours")
    files = [installed("pond_b", "import os\nseen = os.environ.get('POND')\n"), installed("pond_a", "import pond_b\n")]
    libraries = Libraries([("pond_b", files[0]), ("pond_a", files[1])], {**os.environ, "POND": "theirs"})
    libraries.load()
    assert sys.modules["pond_b"].seen == "theirs"
    assert [name for name in sys.modules if name.startswith("pond_")] == ["pond_b", "pond_a"]
    assert os.environ["POND"] == "ours"


def test_only_libraries_are_told(installed):
    installed("pond_library", "")
    installed("pond_user", "import pond_library\n", own=True)
    load = Load()
    __import__("pond_user")
    names = [name for name, _ in load.modules()]
    assert "pond_library" in names
    assert "pond_user" not in names
    assert load.is_plain()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import pond_settings\n", id="needs the user's module"),
        pytest.param(
            "try:\n    import pond_settings\nexcept ImportError:\n    pass\n", id="does without the user's module"
        ),
        pytest.param("raise RuntimeError('configure me first')\n", id="needs to be configured"),
        pytest.param("raise SystemExit\n", id="wants to leave"),
    ],
)
def test_a_library_that_depends_on_the_user_is_not_imported_ahead(installed, text):
    installed("pond_settings", "raise AssertionError('the code of the user ran')\n", own=True)
    file = installed("pond_library", text)
    before = [*sys.meta_path]
    with pytest.raises(UnfitError):
        Libraries([("pond_library", file)], dict(os.environ)).load()
    assert sys.meta_path == before


class Importer:
    def find_spec(self, name, path, target=None):
        return None


@pytest.mark.parametrize(
    ("change", "is_plain"),
    [
        pytest.param(lambda patch: patch.setattr("json.dumps", len), False, id="a function is replaced"),
        pytest.param(lambda patch: patch.setattr("ssl.SSLContext", object), False, id="a class is replaced"),
        pytest.param(lambda patch: patch.setattr(sys, "meta_path", [Importer(), *sys.meta_path]), False, id="imports"),
        pytest.param(lambda patch: patch.setattr(sys, "path_hooks", [len, *sys.path_hooks]), False, id="hooks"),
        pytest.param(lambda patch: patch.setattr("json.pond", len, raising=False), True, id="a function is added"),
        pytest.param(lambda patch: patch.setattr("typing._GenericAlias", len), True, id="a private one"),
        pytest.param(lambda patch: patch.setattr(sys, "excepthook", print), True, id="a hook that is meant for it"),
        pytest.param(
            lambda patch: patch.setattr(sys, "meta_path", [types.new_class("_SixMetaPathImporter")(), *sys.meta_path]),
            True,
            id="six",
        ),
    ],
)
def test_an_application_that_changes_what_others_import_is_noticed(change, is_plain, monkeypatch):
    load = Load()
    with monkeypatch.context() as patch:
        change(patch)
        assert load.is_plain() is is_plain


def test_stamps_tell_a_library_that_has_changed_and_one_that_was_installed(installed, tmp_path):
    file = installed("pond_library", "")
    libraries = Libraries([("pond_library", file)])
    before = libraries.stamps()
    assert libraries.stamps() == before
    os.utime(file, (1, 1))
    changed = libraries.stamps()
    assert changed != before
    os.utime(tmp_path / "site-packages", (1, 1))
    assert libraries.stamps() != changed
