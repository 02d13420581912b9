"""webfoot and its peers, side by side: `python -m benchmarks` (or `make bench`).

Machines are noisy, so nothing here is an absolute figure. Ours and one peer run in turn, again and again, and each
turn gives one ratio; the report quotes the median of these ratios and their spread. What is compared is the CPU time
that a request costs the server, because requests per second also measure the load generator.

`cases` says what is measured on a real socket, `memory` what idle connections cost, `inside` holds what is measured
inside a process, `budgets` what the figures are held against; `serving`, `load`, `echoes` and `turns` do the measuring,
`report` writes it down. `instructions` stands beside them: it counts what a change to the hot path has done.
"""
