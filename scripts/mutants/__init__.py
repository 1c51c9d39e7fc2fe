"""Mutation testing of the files that carry promises; docs/mutants.md says how, and what came of it."""
