from webfoot.web.datastructures import CommaSeparatedStrings, Secret


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret("hunter2")
    assert "hunter2" not in repr([secret])
    assert str(secret) == "hunter2"
    assert secret
    assert not Secret("")


def test_strings_with_commas_may_be_quoted():
    hosts = CommaSeparatedStrings('a.org, "b, c.org" , d.org')
    assert list(hosts) == ["a.org", "b, c.org", "d.org"]
    assert hosts[1:] == ["b, c.org", "d.org"]
    assert len(hosts) == 3
    assert str(CommaSeparatedStrings(["a", "b"])) == "'a', 'b'"
    assert repr(CommaSeparatedStrings("a,b")) == "CommaSeparatedStrings(['a', 'b'])"
