"""The networks: shapes of layers only, no weights and no input or output of files."""
