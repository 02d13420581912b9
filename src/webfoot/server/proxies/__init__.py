"""What proxies in front say of a request, and whom of them to believe.

trust            the setting `forwarded_allow_ips`: whom
nodes            an address as proxies write it
x_forwarded      X-Forwarded-For and its like      |  a field -> hops, the nearest proxy's first
forwarded        the field Forwarded (RFC 7239)    |
walk             from hop to hop, as far as trust reaches -> what is believed
believing        per connection: puts what is believed in the place of what the socket says
proxy_protocol   the header of the PROXY protocol, v1 and v2 (read from the wire by `net.introduced`)
"""
