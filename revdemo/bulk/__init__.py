"""Tables and runs beyond one process: Ray shares the work out; only `flow` and `crew` import it."""
