"""Journeys that were saved as JSON (see `webfoot.journey.schema`): read again, sent again, compared.

reading     a file of journeys
request     what the client had sent, with gaps where something was redacted or not kept
gaps        texts with gaps
recalled    a record made of it, which can be drawn
difference  two journeys held against each other, station by station
"""
