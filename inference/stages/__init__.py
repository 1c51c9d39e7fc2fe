"""The stages of the pipeline, one file each: localise, label, segment, fuse."""
