"""A project of any size set down as rows, without a CT: to see how the site fares at ten thousand series."""
