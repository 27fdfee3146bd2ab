"""The ``crossframe`` command: one module a subcommand."""
