"""Benchmarks beside their peers, run by ``make bench``; each module also runs alone with ``--out FILE``."""
