"""The Audiobook page through the API."""

from __future__ import annotations

from gradio_client import Client


def test_a_plan_tells_chapters_and_cast(site: str) -> None:
    text = 'The door opened. "Who is there?" asked Ada.'
    plan = Client(site, verbose=False).predict(None, text, "en", "", api_name="/plan_audiobook")
    assert [chapter["is_narrated"] for chapter in plan["chapters"]] == [True]
    assert {"Narrator", "Ada"} <= {role["name"] for role in plan["cast"]}
