"""The bytes of a flight file: one worker writes it, mapped into its memory, and anybody of its user may read it.

    0                HEADER    whose file it is, and how large its parts are
    KIN_AT           KIN       what the server is, also when it was started anew
    COUNTS_AT        COUNTS    requests without a row | journeys kept | journeys left out
    WATCHED_AT       a double  until when (seconds since the epoch) somebody wants to read notes; written by readers
    PULSE_AT         PULSE     how the event loop does, while somebody looks; written by a thread of the worker
    FORGOTTEN_AT     a double  what had ended by then (seconds since the epoch) nobody wants to see any more
    EPITAPH_AT       EPITAPH   how the worker ended; written by whoever looked after it
    HEADER_SIZE      rows      one for each request, under way or ended
    behind the rows  journeys  in full, of those that were slow or failed, in blocks of BLOCK bytes

Numbers are little-endian, texts are UTF-8 padded with NUL and cut to their field, times are seconds since the epoch.

A row of ROW_SIZE bytes is taken when the head of a request was read, and never given to another request before its own
has ended; of those that have ended, the one that ended first is used again. Its number stands at its beginning and
at its end, so that a row which is just being written is told from a whole one; 0 is nobody's. A row that is under way
has the state UNDER_WAY; at the end of the request took, sent, status, state and flags are written at once.

A journey begins at a block with ENTRY and goes on as JSON (`webfoot.journey.schema`) over as many blocks as it needs;
none wraps around. The oldest are written over. The check is the CRC-32 of all that follows it, the text included; JSON
never holds the NUL of the mark, so nothing that a client has sent can pass for a journey.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

MAGIC: Final = b"webfoot\0"
VERSION: Final = 1

HEADER: Final = Struct("<8sHHIIIId64s16s")
"""magic | version | bytes of a row | rows | bytes of the journeys | pid of the server | of the worker | time of its
start | name of the application | version of webfoot. The server is the process that a service manager knows: the
supervisor, or the worker itself."""

KIN_AT: Final = 160
KIN: Final = Struct("<32s")
"""A digest: the same for all workers of a server, and for those of the one that comes in its place; see `wiring`."""

COUNTS_AT: Final = 256
COUNTS: Final = Struct("<QQQ")
WATCHED_AT: Final = 512
WATCHED: Final = Struct("<d")
PULSE_AT: Final = 768
PULSE: Final = Struct("<ddI4x256s")
"""when it was written | seconds by which the event loop was behind then | open connections | who holds it, and where"""
FORGOTTEN_AT: Final = 1152
FORGOTTEN: Final = Struct("<d")
EPITAPH_AT: Final = 1280
EPITAPH: Final = Struct("<d512s2048s")
"""when it was found to have ended | how, in words that follow "worker 12" | its stack, as Python prints it"""
HEADER_SIZE: Final = 4096

ROW: Final = Struct("<QddQHBBH2x16s48s64s184s152sQ")
"""number | began | took | bytes of the response body | status | state | flags | port of the client | method | host of
the client, or the path of a Unix socket | request id | path | note | number again"""
ROW_SIZE: Final = ROW.size

BEGIN: Final = Struct("<Qd8x8x2xBBH2x16s48s64x184s152xQ")
"""What is known of a row when it is taken: number | began | state | flags | port | method | host | path | number again.
All else becomes 0."""

END_AT: Final = 16
END: Final = Struct("<dQHBB")
"""took | bytes of the response body | status, 0 without an answer | state | flags"""

PROGRESS_AT: Final = 24
PROGRESS: Final = Struct("<QH")
"""bytes of the response body so far | status, 0 before there is one; of a request that is under way"""
FLAGS_AT: Final = 35
REQUEST_ID_AT: Final = 104
REQUEST_ID: Final = Struct("64s")
PATH_AT: Final = 168
PATH: Final = Struct("184s")
NOTE_AT: Final = 352
NOTE: Final = Struct("152s")

UNDER_WAY: Final = 1
ENDED: Final = 2

KEPT: Final = 1
"""A flag: the journey was kept in full."""
SLOW: Final = 2
FAILED: Final = 4
WEBSOCKET: Final = 8
ENDLESS: Final = 16
"""A flag of what is under way: a stream of events, or a WebSocket, that ends only when somebody ends it."""

BLOCK: Final = 256
ENTRY: Final = Struct("<4sIIIQQ")
"""mark | check | bytes of the text | 0 | number of the request | which kept journey of this file it is"""
ENTRY_MARK: Final = b"WFJ\0"
CHECKED_FROM: Final = 8
"""The check is of all that follows it."""

SUFFIX: Final = ".flight"
"""Files are named SERVER-WORKER-TIME.flight: two pids, and the worker's start in milliseconds since the epoch."""
