"""Scripts of podcasts for the pages and the API: arranged from a source, linked or written by a chat model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from funaudio_core import languages
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.llm import ChatMessage, PromptedChatbot, ask_json
from funaudio_core.engines.llm.spoken import DELIVERY
from funaudio_core.engines.protocols import Chatbot
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import Unsupported
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.podcast.arranging import MIN_MINUTES, ArrangeOptions, arrange
from funaudio_core.podcast.authoring.linking import Draft, write_links
from funaudio_core.podcast.authoring.prompts import Brief, Persona
from funaudio_core.podcast.authoring.topics import write_about
from funaudio_core.podcast.source import Source
from funaudio_core.tasks.cost import CHAT_COST, gpu_cost

NO_WRITER = ""
ARRANGED_SHARE = 0.88  # of the minutes of a show that a model links: its links take the rest


def writers() -> dict[str, EngineSpec[Chatbot]]:
    """Return the chat models that write scripts."""
    offered = registry.available(registry.CHATBOTS)
    return {name: spec for name, spec in offered.items() if DELIVERY in spec.capabilities}


def default_writer() -> str:
    """Return the default chat model if it writes scripts, else NO_WRITER."""
    first = selection.default(registry.CHATBOTS)
    return first.name if first.name in writers() and not first.on_demand else NO_WRITER


def find_writer(name: str) -> EngineSpec[Chatbot]:
    """Return the chat model of that name. Raise Unsupported if it can't write scripts."""
    spec = registry.find(registry.CHATBOTS, name)
    spec.require(DELIVERY)
    return spec


@gpu_task(lambda of: gpu_cost([find_writer(of["writer"])], CHAT_COST))
def ask_writer(
    messages: Sequence[ChatMessage], schema: Mapping[str, Any], max_tokens: int, seed: int, writer: str
) -> Iterator[Any]:
    """Yield the answer of a chat model as JSON of a schema, see engines.llm.ask_json()."""
    chatbot = loader.load(find_writer(writer))
    if not isinstance(chatbot, PromptedChatbot):
        raise Unsupported("{engine} can't write scripts. Choose another chat model.", engine=writer)
    return iter([ask_json(chatbot.model, messages, schema, max_tokens, seed)])


def write_script(
    source: Source | None,
    options: ArrangeOptions,
    writer: str = NO_WRITER,
    language: str = "en",
    manners: Mapping[str, str] | None = None,
    tags: frozenset[str] = frozenset(),
) -> Iterator[Draft]:
    """Yield a script as it grows, the last one complete.

    Args:
        source: Its source; None for a show about the topic of the options.
        options: Hosts, length, form and topic.
        writer: Name of the chat model; NO_WRITER to arrange the source's sentences alone.
        language: ISO 639 code of a show without a source.
        manners: Manner of each host, in a few words.
        tags: Names of event tags that the voices speak.

    Raises:
        BadInput: The wishes can't be fulfilled.
        Unsupported: There is neither a source nor a model, or the model can't write scripts.
        FunAudioError: The model gave no answer that can be used.
    """
    if source is not None and not writer:
        yield Draft(arrange(source, options), 1.0)
        return
    if not writer:
        raise Unsupported("Without a chat model a show needs a text. Paste one, choose a file, or choose a model.")
    spec = find_writer(writer)
    code = source.language if source else language
    languages.require_language(code, spec.languages, spec.title)
    personas = tuple(Persona(name, (manners or {}).get(name, "").strip()) for name in options.hosts)
    brief = Brief(personas, code, options.form, tuple(sorted(tags)), can_retell=spec.tier != "lite")

    def answer(messages: Sequence[ChatMessage], schema: Mapping[str, Any], max_tokens: int) -> Any:  # noqa: ANN401 (JSON)
        return next(iter(ask_writer(messages, schema, max_tokens, seed=options.seed, writer=writer)), None)

    if source is None:
        yield from write_about(options.topic, options.minutes, brief, answer)
        return
    shorter = replace(options, minutes=max(MIN_MINUTES, ARRANGED_SHARE * options.minutes))
    yield from write_links(source, arrange(source, shorter), brief, answer)
