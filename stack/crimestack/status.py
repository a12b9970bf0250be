"""A table of all servers."""

HEADER = ("server", "state", "pid", "memory", "address", "log")


def rows(servers):
    """One row a server, and whether all of them are up."""
    table, all_up = [HEADER], True
    for server in servers:
        process = server.process
        alive = process.is_alive()
        frozen = process.is_frozen()
        problem = server.not_ready() if alive and not frozen else None
        state = "frozen" if frozen else _state(process, alive, problem)
        all_up = all_up and state == "up"
        memory = process.memory() if alive else None
        table.append(
            (
                server.name,
                state,
                str(process.pid) if alive else "-",
                f"{memory // (1 << 20)} MiB" if memory is not None else "-",
                server.address,
                str(server.logs()[0]),
            )
        )
    return table, all_up


def _state(process, alive, problem):
    if alive:
        return "up" if problem is None else "not ready"
    return "died" if process.known else "down"


def text(table):
    """The table with its columns in line."""
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
    return "\n".join(lines)
