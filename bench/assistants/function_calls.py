"""Right calls for spoken requests: our voices say them, our recognizer hears them, a chat model calls tools.

The 100 requests of function_call_requests.json, 25 for each ready set, a quarter of them in Chinese and 12 that no tool
fits, are scored by the checker of the Berkeley leaderboard (funaudio_core.evaluation.function_calls).

Run: python -m bench.assistants.function_calls (downloads nothing; qwen2.5-coder-1.5b must be there), --typed for the
written requests without speech, --requests FILE for others (function_call_development.json has the 30 with which
prompts and rules were chosen), --heard FILE to keep what was recognized, --predictions FILE for a file of
Fun-Audio-Chat's published predictions, JSON lines with function, ground_truth and predict.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.engines import loader, registry, voice_catalog
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.spoken_chat import USER, SpokenConversation, SpokenTurn
from funaudio_core.evaluation import function_calls
from funaudio_core.evaluation.function_calls import DECODER_FAILED, MULTIPLE, PARALLEL, RIGHT, Verdict
from funaudio_core.tasks import spoken_chat, synthesis
from funaudio_core.tools import sets
from funaudio_core.tools.calls import CallDecodingError, decode_for_scoring, read_calls
from funaudio_core.tools.schema import find_hotwords
from funaudio_core.types import SpeechRequest

REQUESTS = Path(__file__).with_name("function_call_requests.json")
UNWANTED, REFUSED = "call although no tool fits", "no call"


def main() -> None:
    """Print the verdict on each request that failed, and the shares by set and language."""
    parser = option_parser(__doc__)
    parser.add_argument("--engine", default="qwen2.5-coder-1.5b", help="spoken chatbot that calls the tools")
    parser.add_argument("--requests", type=Path, default=REQUESTS, help="requests with the right calls, JSON")
    parser.add_argument("--heard", type=Path, help="file of transcripts, read if it exists, else written")
    parser.add_argument("--typed", action="store_true", help="leave out speech and recognition")
    parser.add_argument("--predictions", type=Path, help="score this file instead")
    options = parser.parse_args()
    if options.predictions:
        print_scores([*score_predictions(options.predictions)])
        return
    spec = spoken_chat.resolve(options.engine)
    if loader.download_size(spec):
        print(f"{spec.title} is not here: python -m funaudio_core.weights {' '.join(spec.artifacts)}")
        return
    rows = json.loads(options.requests.read_text(encoding="utf-8"))
    heard = [] if options.typed else _hear_all(rows, options.heard, spec.languages)
    verdicts, broken = [], 0
    for number, row in enumerate(rows):
        turn = SpokenTurn(USER, row["text"] if options.typed else heard[number])
        verdict, reply, faults = _ask(turn, row, spec.name)
        broken += faults
        verdicts.append((row, verdict))
        judged = "right" if verdict.is_right else f"{verdict.error} {verdict.detail}"
        print(f"{number:3} {judged}: {row['text']} | {turn.text} | {reply}", flush=True)
    for key in ("set", "language"):
        for group in dict.fromkeys(row[key] for row in rows):
            found = [verdict.is_right for row, verdict in verdicts if row[key] == group]
            print(f"{group}: {sum(found)} of {len(found)}")
    print_scores([verdict for _, verdict in verdicts])
    used = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"calls that a tool refuses: {broken}; {used / len(rows):.1f} CPU-s a request in this process")


def _hear_all(rows: Sequence[Mapping[str, Any]], path: Path | None, languages: frozenset[str]) -> list[str]:
    """Return the requests as they are heard, from a file if there is one. languages: Those of the chatbot."""
    if path is not None and path.exists():
        heard: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return heard
    heard = [_hear(row, number, languages) for number, row in enumerate(rows)]
    if path is not None:
        path.write_text(json.dumps(heard, ensure_ascii=False, indent=1), encoding="utf-8")
    return heard


def _hear(row: Mapping[str, Any], number: int, languages: frozenset[str]) -> str:
    """Return a request as it is heard; the voice changes from one to the next."""
    voices = list(voice_catalog.voices_for_language(row["language"], "kokoro").values())
    request = SpeechRequest(row["text"], row["language"], voices[number % len(voices)], seed=number)
    clip = audio.resample(synthesis.speak_take(request, "kokoro").audio, RECOGNITION_RATE)
    tools = sets.tools_of(row["set"], row["language"])
    *_, heard = spoken_chat.hear(clip, languages=languages, hotwords=find_hotwords(tools))
    return str(heard.text)


def _ask(turn: SpokenTurn, row: Mapping[str, Any], engine: str) -> tuple[Verdict, str, int]:
    """Return the verdict on the calls of a request, the reply on one line, and the number of faulty calls."""
    tools = sets.tools_of(row["set"], row["language"])
    offered = tuple(tool.to_openai() for tool in tools)
    conversation = SpokenConversation((turn,), speak=False, tools=offered, language=row["language"])
    chatbot = loader.load(registry.SPOKEN_CHATBOTS[engine])
    reply = "".join(piece.text for piece in chatbot.converse(conversation))
    found = read_calls(reply, tools)
    calls = [{call.name: call.arguments} for call in found.calls]
    functions = [{"name": tool.name, "parameters": _as_bfcl(tool.parameters)} for tool in tools]
    shown = "; ".join(f"{call.name} {json.dumps(dict(call.arguments), ensure_ascii=False)}" for call in found.calls)
    if not row["calls"] or not calls:
        error = "" if not row["calls"] and not calls else UNWANTED if calls else REFUSED
        return Verdict(error) if error else RIGHT, shown, len(found.faults)
    return function_calls.check(functions, calls, row["calls"], PARALLEL), shown, len(found.faults)


def _as_bfcl(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with the leaderboard's name of the type of numbers."""
    properties = {
        name: {**schema, "type": "float" if schema["type"] == "number" else schema["type"]}
        for name, schema in parameters["properties"].items()
    }
    return {**parameters, "properties": properties}


def score_predictions(path: Path) -> Iterator[Verdict]:
    """Yield the verdict on each line of a file of predictions, as Fun-Audio-Chat's evaluation gives it."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        functions = [tool["function"] for tool in json.loads(row["function"])]
        truth = json.loads(row["ground_truth"])
        kind = PARALLEL if len(truth) > 1 else MULTIPLE
        try:
            yield function_calls.check(functions, decode_for_scoring(row["predict"]), truth, kind)
        except CallDecodingError:
            yield Verdict(DECODER_FAILED)


def print_scores(verdicts: list[Verdict]) -> None:
    """Print the share of right answers and the errors."""
    right, errors = function_calls.summarize(verdicts)
    print(f"right: {right} of {len(verdicts)} ({right / max(len(verdicts), 1):.2%})")
    for error, count in Counter(errors).most_common():
        print(f"  {error}: {count}")


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value]
