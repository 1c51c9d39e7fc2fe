"""Training of the default weights from synthetic spines."""
