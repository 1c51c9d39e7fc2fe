"""Set-up, tests, linters: what the Makefile calls, one job per file."""
