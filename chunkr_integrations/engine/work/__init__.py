"""The work of a task, done where a crash or a bomb ends that task alone.

`jobs` are values that can go to another process, `documents` are parsed documents as files, a `runner` does jobs: in
worker processes (`processes`, with `worker` on the other side) or in threads. Server and embedded engine share it.
"""
