"""A server of the Model Context Protocol, made with the official package, for the tests against it.

mcp_server.py stdio FOLDER    over its input and output
mcp_server.py PORT FOLDER     over streamable HTTP

FOLDER gets a file for each thing that the tests want to know of.
"""

import asyncio
import os
import pathlib
import sys

from mcp.server.fastmcp import Context, FastMCP, Image

place, folder = sys.argv[1], pathlib.Path(sys.argv[2])
server = FastMCP("shop", port=0 if place == "stdio" else int(place), log_level="WARNING")


@server.tool()
def add(a: int, b: int) -> str:
    """Adds two numbers."""
    return f"{a + b}"


@server.tool()
def fail(why: str) -> str:
    """Fails."""
    raise ValueError(why)


@server.tool()
async def slow(context: Context) -> str:
    """Takes for ever, and tells of its progress."""
    await context.report_progress(1, 10)
    (folder / "slow-begun").write_text("yes")
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        (folder / "slow-cancelled").write_text("yes")
        raise
    return "done"


@server.tool()
def picture() -> list:
    """Gives words and a picture."""
    return ["Here it is.", Image(data=b"\x89PNG", format="png")]


@server.tool()
def environment() -> str:
    """Tells the names of the variables that it knows."""
    return " ".join(sorted(os.environ))


@server.tool()
def crash() -> str:
    """Ends the server at once."""
    os._exit(3)


@server.tool()
async def grow(context: Context) -> str:
    """Makes one more tool."""

    @server.tool()
    def shrink() -> str:
        """Was not there before."""
        return "small"

    await context.session.send_tool_list_changed()
    return "grown"


print("ready", file=sys.stderr, flush=True)
server.run("stdio" if place == "stdio" else "streamable-http")
