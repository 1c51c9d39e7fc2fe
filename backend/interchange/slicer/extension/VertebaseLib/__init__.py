"""What the module does at the site and on this machine; it knows nothing of Slicer."""
