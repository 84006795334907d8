"""The endpoints of the Podcast page, with scripted engines."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from funaudio_core.narration.export.watermark import MIN_CONFIDENCE
from tests.conftest import ROOT

SOURCE = (ROOT / "tabs" / "podcast" / "samples" / "lighthouses_en.md").read_text(encoding="utf-8")
SCRIPT = "# Fires\nAda: Fires were lit first.\nBen: Rain put them out.\n# The lens\nAda: Then came the lens."


@pytest.fixture(scope="module")
def client(site: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(site, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


def test_a_text_is_arranged(client: Client) -> None:
    script, facts = client.predict(SOURCE, "Mia, Tom", 1.0, "interview", "", api_name="/arrange_podcast")
    assert "Mia: " in script
    assert "Tom: " in script
    assert facts["title"] == "How lighthouses guide ships"
    with pytest.raises(AppError, match="too short for 50 minutes"):
        client.predict(SOURCE, "Mia, Tom", 50, "interview", "", api_name="/arrange_podcast")


def test_a_topic_without_a_text_takes_a_stored_one(client: Client) -> None:
    script, facts = client.predict(
        "", "Mia, Tom", 1.0, "briefing", "the history of tea", "", "", api_name="/arrange_podcast"
    )
    assert facts["title"] == "How tea came to the world"
    assert (facts["checked"], facts["used"], facts["refused"]) == (True, 0, 0)
    assert "Camellia sinensis" in script
    with pytest.raises(AppError, match="take a stored text: How lighthouses guide ships"):
        client.predict("", "Mia", 1.0, "briefing", "football", "", "", api_name="/arrange_podcast")


def test_a_script_is_spoken_with_a_question(client: Client) -> None:
    arguments = (SCRIPT, "af_heart, am_michael", "en", "none", "Who showed a new kind of lens?", SOURCE, "Lights", "")
    path, subtitles, facts = client.predict(*arguments, api_name="/speak_podcast")
    assert facts["voices"] == {"Ada": "af_heart", "Ben": "am_michael"}
    assert "Question: Who showed a new kind of lens?" in facts["chapters"]
    assert "Augustin Fresnel showed a new kind of lens." in " ".join(subtitles.split())
    assert "<v Ben>" in subtitles
    assert facts["watermark"] >= MIN_CONFIDENCE
    with av.open(str(Path(path))) as container:
        assert [mark["metadata"]["title"] for mark in container.chapters()] == facts["chapters"]


def test_a_damaged_script_is_refused_with_its_line(client: Client) -> None:
    with pytest.raises(AppError, match="Line 2 opens"):
        client.predict(
            "<Person1>Hello.</Person1>\n<Person2>Yes.", "", "en", "none", "", "", "", "", api_name="/speak_podcast"
        )
