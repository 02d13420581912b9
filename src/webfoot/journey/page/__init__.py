"""The page at /__webfoot__/: the last journeys, live. The browser's part lies in `static`.

hub          what the page knows: the journeys under way and the last ones that ended; tells open pages of news
summary      one line of the list
kept         the journeys that ended, bounded in number and bytes
keeping      a file in which they outlast a restart
afterwards   secrets taken out of them, and writing them down, when no request waits for it
doorway      in front of the application: what is the page's, and what is looked at
application  the page's own requests
filters      which journeys of the list are asked for
events       the stream by which an open page hears of news
news         what such a stream tells
audience     the pages that are open, of this worker
crew         all workers of the server as one: who is asked for what
departed     workers that are no more, and what their flight files hold of them
lost         a request of such a worker
meeting      where they find each other
post         what a worker answers to the others
sibling      another worker, as it is seen from here
gate         who may see it
files        the browser's part
serving      the page for a server that is asked for it
"""
