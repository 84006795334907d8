"""Files in calls of MCP tools."""

from __future__ import annotations

from typing import Any

from funaudio_core.errors import BadInput


def explain_refusals(server: Any) -> None:
    """Let an MCP server name the data URI when it refuses a file; Gradio's own sentence asks for a web address.

    Args:
        server: A gradio.mcp.GradioMCPServer. If it has a private address, agents can send nothing but data URIs.
    """
    convert = server.convert_strings_to_filedata

    def convert_or_explain(value: Any, positions: Any) -> Any:
        try:
            return convert(value, positions)
        except ValueError:
            raise BadInput(
                "The file can't be read from what was sent. "
                "Send it as a data URI: data:audio/wav;base64, followed by the file in base64."
            ) from None

    server.convert_strings_to_filedata = convert_or_explain
