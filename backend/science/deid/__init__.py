"""De-identification by allow-list: what is not named here does not leave the reader.

The standard's profile lists what to remove and so lets through whatever it does not know. Here the reverse
holds: a header is read with a list of tags, every value is checked against what such a value may look like,
and text is only passed on as one of a closed set of words. Comments, private groups (but for two numbers),
overlays and nested sequences are never read; names, identifiers and dates only to be hashed or counted.
"""
