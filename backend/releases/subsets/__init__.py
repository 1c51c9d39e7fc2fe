"""Some of a release's cases, as a query finds them in the frozen tables."""
