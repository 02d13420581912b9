"""Header fields by which an answer tells of its journey.

answers        the layer around the application that adds them when the response starts
reason         `webfoot-why` and `webfoot-journey`
server_timing  `server-timing`
"""
