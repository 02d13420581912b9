"""Journeys that were saved as JSON (see `webfoot.journey.schema`): read again, sent again, compared.

reading     a file of journeys
request     what the client had sent, with gaps where something was redacted or not kept
session     what the client of a WebSocket had said, and when
gaps        texts with gaps
ending      how the connection ended
recalled    a record made of it, which can be drawn
difference  two journeys held against each other, station by station
outcome     what the client got in both
frames      what the application sent in both, message by message
"""
