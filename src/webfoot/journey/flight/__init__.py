"""The flight recorder: what each worker is doing and has done, in a file of shared memory that outlives it.

layout      the bytes of such a file
file        how a worker writes it
reading     how anybody reads it, without the worker's help: `read(path)` gives a `Flight`
epitaph     how a worker ended, written there by whoever looked after it
outlook     what a worker tells those who look at it from outside, while they do
overview    all workers of a server at one moment, for `webfoot top`
finding     which servers are meant: by pid, directory or address
table       an overview as text
directory   where the files are: `flights()` gives those of all servers
"""
