"""Visitors are told apart by what they cannot make up, and none of them pushes out another."""

import pytest

from revdemo.ui.services.visitors import Followers, Sessions, address


@pytest.mark.parametrize(
    ("peer", "forwarded", "behind_proxy", "found"),
    [
        ("203.0.114.7", "", False, "203.0.114.7"),
        ("203.0.114.7", "8.8.8.8", False, "203.0.114.7"),  # a header that anybody can send
        ("10.0.0.9", "8.8.8.8", True, "8.8.8.8"),
        ("10.0.0.9", "1.1.1.1, 8.8.8.8", True, "8.8.8.8"),  # the first was there before the proxy
        ("10.0.0.9", "1.1.1.1, 8.8.8.8, 10.1.1.1", True, "8.8.8.8"),  # two proxies
        ("10.0.0.9", "8.8.8.8:4711", True, "8.8.8.8"),
        ("10.0.0.9", '"[2606:4700:10:20::1]:4711"', True, "2606:4700:10:20::/64"),
        ("10.0.0.9", "192.168.7.7", True, "192.168.7.7"),  # a proxy inside a private network
        ("10.0.0.9", "", True, "10.0.0.9"),
        ("10.0.0.9", "nonsense, <b>", True, "10.0.0.9"),
        ("2606:4700:10:20::1", "", False, "2606:4700:10:20::/64"),
        ("2606:4700:10:20:ffff::2", "", False, "2606:4700:10:20::/64"),  # the same customer
        ("::ffff:8.8.8.8", "", False, "8.8.8.8"),
        ("127.0.0.1", "", False, "127.0.0.1"),
        (None, "", False, ""),
    ],
)
def test_the_address_of_a_visitor(peer, forwarded, behind_proxy, found):
    assert address({"x-forwarded-for": forwarded}, peer, behind_proxy) == found


def test_sessions_made_up_by_one_visitor_push_out_only_its_own():
    sessions = Sessions(limit=10, share=5)
    assert sessions.saw("a table", "A") == []
    forgotten = [name for number in range(600) for name in sessions.saw(f"made up {number}", "B")]
    assert forgotten == [f"made up {number}" for number in range(595)]
    assert len(sessions) == 6 and sessions.saw("a table", "A") == []


def test_of_too_many_in_all_the_visitor_with_the_most_loses_its_oldest():
    sessions = Sessions(limit=6, share=5)
    for name in ("A1", "A2", "B1", "B2", "B3", "B4"):
        assert sessions.saw(name, name[0]) == []
    assert sessions.saw("C1", "C") == ["B1"]
    assert sessions.saw("B2", "B") == [] and sessions.saw("C2", "C") == ["B3"], (
        "the least used, not the first"
    )


def test_a_session_stays_with_whoever_began_it():
    sessions = Sessions(limit=10, share=2)
    sessions.saw("mine", "A")
    assert [sessions.saw(name, "B") for name in ("mine", "b1", "b2")] == [[], [], []]
    assert sessions.saw("b3", "B") == ["b1"]


def test_whoever_has_a_stream_open_follows():
    followers = Followers()
    with followers.following("a"):
        with followers.following("a"):
            assert "a" in followers and "b" not in followers
        assert "a" in followers
    assert "a" not in followers and None not in followers
