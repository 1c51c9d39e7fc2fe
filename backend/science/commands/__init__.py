"""The commands of ``python -m backend.science``: modules with ``add_arguments(parser)`` and ``run(args)``."""
