"""A release laid out for other tools, beside VerSe's layout: the same voxels under the names they ask for."""
