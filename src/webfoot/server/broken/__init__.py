"""What is served in place of an application that does not load, while somebody develops it.

report         what failed and where, with the lines around it: data that a process can hand to another
page           the report as HTML
application    the ASGI application that answers everything with it
"""
