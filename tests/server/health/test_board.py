"""The memory that all processes of one server share."""

import os

from webfoot.server.health.board import Board


def test_every_server_has_a_name_of_its_own_which_all_its_processes_know():
    first, second = Board(), Board()
    attached = Board(os.dup(first.descriptor))
    assert attached.name == first.name != second.name
    assert len(first.name) == 13
    assert first.name.isalnum()
