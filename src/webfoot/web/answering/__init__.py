"""Who answers an exception, and whether there is still something to answer.

`answers` is what travels in the scope: has a response started, and which handlers are there. `handlers` finds the
application's handler and lets it answer a request; `sockets` does so for a WebSocket, with what is still possible.
"""
