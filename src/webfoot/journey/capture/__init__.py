"""What a thorough record keeps beside its marks: bodies, messages, and what each layer changed. For development.

thorough   the record that keeps all of it
exchange   what passes between the server and the application
layers     what passes between two layers, compared
bodies     the bytes of a body, up to a bound, and what may be told of them
frames     the messages of a WebSocket, the events of a stream
binary     messages that are bytes: what may be kept of them
texts      the text of a body or a message without secrets
json_text  the same for JSON, also where it was cut off
multipart  the same for a form with files
closing    codes of a WebSocket's end, in words
"""
