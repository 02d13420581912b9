"""What whoever runs the server asks it: is it alive, is it ready, how much does it do?

board       the numbers of all processes of one server, in memory that they share
meter       how one process counts
metered     a transport that counts
exposition  the numbers as Prometheus reads them
loop_watch  who held the event loop, and whom that held up
loop_sample what the loop runs at a moment
notes       what each request waits for, for those who look from outside
probes      the answers, given before the application
admin       a port of its own for them
"""
