"""The same work on each stack. A contender is measured only if its answer is the expected one."""
