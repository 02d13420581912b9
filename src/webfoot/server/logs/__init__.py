"""What the server writes: lines about itself, a line for each request, and how they reach their reader.

entry -> (lines | atoms) -> access -> output          a request's line
logging.Logger -> handler -> output                   everything else
"""
