"""Remote synthesis, recognition and chat, with a fake server that behaves as real ones are documented to."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
import wave
from collections.abc import Callable, Iterator
from itertools import pairwise, repeat

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.engines import registry, remote
from funaudio_core.engines.llm import ChatMessage, choose, match_grammar
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer, Synthesizer
from funaudio_core.engines.remote import speech as speaking
from funaudio_core.engines.remote.chat_completions import RemoteChatModel
from funaudio_core.engines.remote.discovery import Server
from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.engines.remote.http_client import HttpClient
from funaudio_core.errors import BadInput, FunAudioError, Unsupported
from funaudio_core.runtime import cancellation
from funaudio_core.types import Audio, Conversation, SpeechRequest, Style, Turn, Voice
from tests.conftest import example, noise
from tests.remote_fake import Answer, Asked, Fake, serving

TIMEOUT_SECONDS = 180.0  # seconds to wait for another thread
TONE = (np.sin(np.arange(24_000) / 20) * 8_000).astype("<i2").tobytes()  # a second at 24 kHz
PCM = {"type": "audio/pcm", "headers": {"X-Sample-Rate": "24000"}}
SPEECH, TRANSCRIPTIONS, CHAT = "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/chat/completions"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as server:
        yield server


def make_synthesizer(
    fake: Fake, model: str = "cosyvoice3", kind: str = "sglang-omni", **endpoint_options: tuple[str, ...]
) -> Synthesizer:
    return remote.synthesizer(
        Endpoint(fake.url, model, kind, **endpoint_options), "", tuple(registry.SYNTHESIZERS.values())
    ).load()


def make_recognizer(fake: Fake, kind: str = "whisper", **endpoint_options: tuple[str, ...]) -> Recognizer:
    return remote.recognizer(Endpoint(fake.url, "m", kind, **endpoint_options), "").load()


def clip_of(language: str = "en") -> Audio:
    return audio.load(example(language).path)


def clone_request(
    text: str = "Hello there.", language: str = "en", transcript: str = "What is said.", **style: object
) -> SpeechRequest:
    reference = Voice("reference", "en", clip=clip_of(), text=transcript)
    return SpeechRequest(text, language, reference, Style(**style), seed=7)  # type: ignore[arg-type]


def preset_request(text: str = "Hello there.") -> SpeechRequest:
    return SpeechRequest(text, "en", Voice("amy", "en", preset="amy"))


def join_audio(pieces: Iterator[object]) -> Audio:
    return audio.concat([piece.audio for piece in pieces])  # type: ignore[attr-defined]


# speech


def test_samples_do_not_depend_on_chunks(fake: Fake) -> None:
    cuts = [0, 1, 2, 5, 1_000, 1_001, 30_001, len(TONE)]
    fake.answers[SPEECH] = lambda _: Answer(iter([TONE[a:b] for a, b in pairwise(cuts)]), **PCM)  # type: ignore[arg-type]
    sound = join_audio(make_synthesizer(fake).stream(clone_request()))
    assert sound.rate == 24_000
    assert np.array_equal(np.rint(sound.samples * 32_768), np.frombuffer(TONE, "<i2"))


def test_odd_byte_at_end_is_ignored(fake: Fake) -> None:
    fake.answers[SPEECH] = Answer(TONE + b"\x01", **PCM)  # type: ignore[arg-type]
    assert len(join_audio(make_synthesizer(fake).stream(clone_request())).samples) == len(TONE) // 2


@pytest.mark.parametrize(
    ("headers", "kind", "rate"),
    [
        ({"X-Sample-Rate": "22050"}, "audio/pcm", 22_050),
        ({}, "audio/L16; rate=16000; channels=1", 16_000),
        ({}, "application/octet-stream", 24_000),
    ],
)
def test_sample_rate_is_read_or_default(fake: Fake, headers: dict[str, str], kind: str, rate: int) -> None:
    fake.answers[SPEECH] = Answer(TONE, 200, headers, kind)
    assert join_audio(make_synthesizer(fake).stream(clone_request())).rate == rate


@pytest.mark.parametrize(
    "headers", [{"X-Sample-Rate": "fast"}, {"X-Channels": "2"}, {"X-Sample-Rate": "0"}, {"X-Sample-Rate": "9" * 5_000}]
)
def test_invalid_audio_format_is_refused(fake: Fake, headers: dict[str, str]) -> None:
    fake.answers[SPEECH] = Answer(TONE, 200, headers, "audio/pcm")
    with pytest.raises(FunAudioError, match="one channel at a known rate"):
        list(make_synthesizer(fake).stream(clone_request()))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer({"status_code": 500, "detail": "No such voice"}), r"failed \(500\): No such voice\."),
        (Answer({"text": "?"}), "application/json instead of audio/pcm"),
        (Answer(b"<html>", type="text/html"), "text/html instead of audio/pcm"),
        (Answer(TONE, type="audio/mpeg"), "audio/mpeg instead of audio/pcm"),
        (Answer(b"RIFF" + TONE, type="application/octet-stream"), "audio/wav instead of audio/pcm"),
        (Answer(b"", type="audio/pcm"), "returned no audio"),
        (Answer(iter([TONE]), type="audio/pcm", cut=True), "disconnected"),
        (
            Answer({"error": {"message": "exactly one speech reference is required"}}, 400),
            r"rejected the request \(400\): exactly",
        ),
    ],
)
def test_invalid_speech_response_is_reported(fake: Fake, answer: Answer, message: str) -> None:
    fake.answers[SPEECH] = answer
    with pytest.raises(FunAudioError, match=message):
        list(make_synthesizer(fake).stream(clone_request()))


def test_endless_speech_is_aborted(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "MAX_SENTENCE_SECONDS", 3.0)
    fake.answers[SPEECH] = lambda _: Answer(repeat(TONE), **PCM)  # type: ignore[arg-type]
    with pytest.raises(FunAudioError, match=r"> 3 s instead of 'Hello there\.'"):
        list(make_synthesizer(fake).stream(clone_request()))
    assert fake.left.wait(TIMEOUT_SECONDS)


def body_of(fake: Fake, request: SpeechRequest, engine: Synthesizer) -> dict[str, object]:
    fake.answers[SPEECH] = Answer(TONE, **PCM)  # type: ignore[arg-type]
    list(engine.stream(request))
    body: dict[str, object] = fake.of(SPEECH)[-1].body
    return body


def test_reference_in_same_language_has_transcript(fake: Fake) -> None:
    body = body_of(fake, clone_request(rate=1.5), make_synthesizer(fake))
    assert body.pop("ref_audio")
    assert body == {
        "model": "cosyvoice3",
        "input": "Hello there.",
        "voice": "default",
        "response_format": "pcm",
        "stream": True,
        "stream_format": "audio",
        "seed": 7,
        "speed": 1.5,
        "ref_text": "What is said.",
    }


@pytest.mark.parametrize("speech_request", [clone_request("你好。", "zh"), clone_request(transcript="")])
def test_cross_lingual_reference_has_no_transcript(fake: Fake, speech_request: SpeechRequest) -> None:
    body = body_of(fake, speech_request, make_synthesizer(fake))
    assert "ref_text" not in body
    assert "instructions" not in body


def test_instruction_is_sent_without_transcript(fake: Fake) -> None:
    body = body_of(fake, clone_request(instruction="Speak like a  robot."), make_synthesizer(fake))
    assert body["instructions"] == "Speak like a robot."
    assert "ref_text" not in body
    assert (
        body_of(fake, clone_request(emotion="happy"), make_synthesizer(fake))["instructions"]
        == "请非常开心地说一句话。"
    )


def test_unsupported_speech_requests_are_refused(fake: Fake) -> None:
    engine = make_synthesizer(fake, kind="generic", capabilities=("voice-clone",))
    assert "ref_text" in body_of(
        fake, clone_request(instruction="Speak like a robot."), engine
    )  # the server ignores instructions
    for request in (clone_request("你好。", "zh"), clone_request(transcript="")):
        with pytest.raises(Unsupported, match="cross-lingual"):
            engine.stream(request)
    with pytest.raises(Unsupported, match="voice-clone"):
        make_synthesizer(fake, kind="openai").stream(clone_request())
    with pytest.raises(BadInput, match="Hindi"):
        make_synthesizer(fake).stream(clone_request(language="hi"))
    with pytest.raises(BadInput, match="no voice called 'amy'"):
        make_synthesizer(fake, kind="openai").stream(preset_request())
    assert len(fake.of(SPEECH)) == 1


def test_openai_gets_known_fields_only(fake: Fake) -> None:
    engine = make_synthesizer(fake, "tts-1", "openai", voices=("amy",))
    assert set(body_of(fake, preset_request(), engine)) == {
        "model",
        "input",
        "voice",
        "response_format",
        "stream_format",
    }


def test_other_instance_gets_consent(fake: Fake) -> None:
    body = body_of(fake, clone_request(), make_synthesizer(fake, kind="funaudio", capabilities=("voice-clone",)))
    assert (body["consent"], body["language"]) == (True, "en")


@pytest.mark.parametrize(("rate", "sent"), [(48_000, 24_000), (16_000, 16_000)])
def test_reference_is_limited_wav(rate: int, sent: int) -> None:
    head, content = speaking.encode_reference(noise(40.0, rate)).split(",")
    with wave.open(io.BytesIO(base64.b64decode(content))) as file:
        properties = file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()
    assert (head, properties) == ("data:audio/wav;base64", (1, 2, sent, 30 * sent))


def test_markup_and_unknown_tags_are_removed(fake: Fake) -> None:
    assert (
        body_of(fake, clone_request("**Well** [laughter] now [pause]."), make_synthesizer(fake))["input"]
        == "Well [laughter] now."
    )
    plain = make_synthesizer(fake, "m", "openai", voices=("amy",))
    assert body_of(fake, preset_request("Well [laughter] now."), plain)["input"] == "Well now."


def test_respellings_are_sent_in_place_of_their_words(fake: Fake) -> None:
    marked = 'Mr <sub alias="win">Nguyen</sub> made a <phoneme alphabet="ipa" ph="ˈdʒɪf ˈfaɪl ˈfɔɹmæt">GIF</phoneme>.'
    assert body_of(fake, clone_request(marked), make_synthesizer(fake))["input"] == "Mr win made a GIF."


def test_first_sentence_is_yielded_before_second_request(fake: Fake) -> None:
    fake.answers[SPEECH] = Answer(TONE, **PCM)  # type: ignore[arg-type]
    pieces = make_synthesizer(fake).stream(clone_request("One is here. Two is there! And three?", pause=2.0))
    first = next(pieces)
    assert (first.text, len(fake.of(SPEECH))) == ("One is here.", 1)
    rest = list(pieces)
    assert [asked.body["input"] for asked in fake.of(SPEECH)] == ["One is here.", "Two is there!", "And three?"]
    assert " ".join(piece.text for piece in (first, *rest) if piece.text) == "One is here. Two is there! And three?"
    silent = [piece.audio.duration for piece in rest if not piece.audio.samples.any()]
    assert silent == pytest.approx([0.4, 0.4])


def test_closing_speech_closes_connection(fake: Fake) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            time.sleep(0.01)
            yield TONE

    fake.answers[SPEECH] = Answer(endless(), **PCM)  # type: ignore[arg-type]
    pieces = make_synthesizer(fake).stream(clone_request("One. Two."))
    next(pieces)
    assert not fake.left.is_set()
    pieces.close()  # type: ignore[attr-defined]
    assert fake.left.wait(TIMEOUT_SECONDS)
    assert len(fake.of(SPEECH)) == 1


def test_concurrent_synthesis(fake: Fake) -> None:
    fake.answers[SPEECH] = lambda asked: Answer(TONE * int(asked.body["input"][0]), **PCM)  # type: ignore[arg-type]
    engine, lengths = make_synthesizer(fake), {}

    def speak(number: int) -> None:
        lengths[number] = join_audio(engine.stream(clone_request(f"{number} is my number."))).duration

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert lengths == {number: float(number) for number in range(1, 9)}


# recognition


def transcribe_with(
    fake: Fake,
    answer: object,
    options: RecognitionOptions = RecognitionOptions(language="en"),  # noqa: B008  (frozen)
    **endpoint_options: object,
) -> list[object]:
    fake.answers[TRANSCRIPTIONS] = answer if isinstance(answer, Answer) or callable(answer) else Answer(answer)
    return list(make_recognizer(fake, **endpoint_options).transcribe(clip_of(), options))  # type: ignore[arg-type]


def test_plain_text_becomes_segment_of_speech(fake: Fake) -> None:
    (segment,) = transcribe_with(fake, {"text": " Hello. "}, kind="openai")
    assert (segment.text, segment.language, segment.language_probability) == ("Hello.", "en", 1.0)  # type: ignore[attr-defined]
    assert 0.0 <= segment.start < 0.5  # type: ignore[attr-defined]
    assert clip_of().duration - 1.0 < segment.end <= clip_of().duration  # type: ignore[attr-defined]
    (asked,) = fake.of(TRANSCRIPTIONS)
    assert asked.form == {"model": ["m"], "response_format": ["json"], "language": ["en"]}
    with wave.open(io.BytesIO(asked.file)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)


@pytest.mark.parametrize("body", [b'"Hello."', b"Hello."])
def test_text_may_be_json_or_plain(fake: Fake, body: bytes) -> None:
    (segment,) = transcribe_with(fake, Answer(body), kind="funasr")
    assert segment.text == "Hello."  # type: ignore[attr-defined]


def test_sensevoice_tags_are_removed(fake: Fake) -> None:
    (segment,) = transcribe_with(fake, {"text": "<|en|><|HAPPY|><|Speech|><|withitn|>Hello."})
    assert segment.text == "Hello."  # type: ignore[attr-defined]


def test_silence_is_not_sent_and_empty_text_gives_no_segment(fake: Fake) -> None:
    assert list(make_recognizer(fake).transcribe(noise(2.0, level=0.001), RecognitionOptions(language="en"))) == []
    assert fake.of(TRANSCRIPTIONS) == []
    assert transcribe_with(fake, {"text": " "}) == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer({"status_code": 400, "detail": "audio longer than 30 seconds"}), r"\(400\): audio longer"),
        (Answer({"segments": []}), "returned no text"),
        (Answer(b"<html>", type="text/html"), "text/html instead of JSON"),
        (Answer({"detail": "Unknown model"}, 400), r"rejected the request \(400\): Unknown model\."),
        (Answer({"error": {"message": "CUDA out of memory"}}, 500), r"failed \(500\): CUDA out of memory\."),
    ],
)
def test_invalid_transcription_response_is_reported(fake: Fake, answer: Answer, message: str) -> None:
    with pytest.raises(FunAudioError, match=message):
        transcribe_with(fake, answer)


def test_long_clip_is_cut_at_pauses(fake: Fake) -> None:
    spoken = clip_of()
    clip = audio.concat([spoken] * 12, [2.0] * 11)
    assert clip.duration > 60
    rows = [{"start": 0.0, "end": 1.0, "text": " Hello"}, {"start": 1.0, "end": 99.0, "text": " again."}]
    fake.answers[TRANSCRIPTIONS] = Answer({"text": "Hello again.", "language": "english", "segments": rows})
    segments = list(make_recognizer(fake).transcribe(clip, RecognitionOptions()))
    lengths = [len(asked.file) / 32_000 for asked in fake.of(TRANSCRIPTIONS)]
    assert max(lengths) <= 30.01
    assert len(segments) == 2 * len(lengths)
    assert all(a.end <= b.start + 0.01 for a, b in pairwise(segments))
    assert segments[-1].end == pytest.approx(clip.duration, abs=0.6)
    assert {segment.language for segment in segments} == {"en"}
    assert fake.of(TRANSCRIPTIONS)[0].form == {"model": ["m"], "response_format": ["verbose_json"]}


def test_word_times_are_requested_and_read(fake: Fake) -> None:
    words = [{"word": "Hello", "start": 0.5, "end": 0.9}, {"word": "again", "start": 1.2, "end": 1.5}]
    rows = [{"start": 0.4, "end": 1.0, "text": "Hello"}, {"start": 1.0, "end": 2.0, "text": "again"}]
    answer = {"text": "Hello again", "segments": rows, "words": words}
    endpoint_options = {"capabilities": ("segment-times", "word-times")}
    segments = transcribe_with(fake, answer, RecognitionOptions(language="en", words=True), **endpoint_options)
    assert fake.of(TRANSCRIPTIONS)[0].form["timestamp_granularities[]"] == ["segment", "word"]
    assert [[word.text for word in segment.words] for segment in segments] == [["Hello"], ["again"]]  # type: ignore[attr-defined]
    first = segments[0]
    assert first.words[0].start - first.start == pytest.approx(0.1)  # type: ignore[attr-defined]


def test_invalid_times_are_dropped_and_others_clamped(fake: Fake) -> None:
    words = (
        '[{"word": "a", "start": 0.1, "end": 900}, {"word": "b", "start": NaN, "end": 1}, "c", '
        '{"word": "d", "start": 0.3, "end": 0.2}, {"word": "e", "start": 0.4, "end": 1' + "0" * 400 + "}]"
    )
    rows = f'[{{"start": 0, "end": 1, "text": "a b c d e", "words": {words}}}, {{"start": 0, "end": Infinity}}]'
    (segment,) = transcribe_with(fake, Answer(f'{{"text": "a b c d e", "segments": {rows}}}'.encode()))
    assert [word.text for word in segment.words] == ["a", "d"]  # type: ignore[attr-defined]
    assert all(0.0 <= word.start <= word.end <= clip_of().duration for word in segment.words)  # type: ignore[attr-defined]


def test_missing_language_is_detected_from_text(fake: Fake) -> None:
    (segment,) = transcribe_with(
        fake, {"text": "Bonjour à tous, comment allez-vous ce matin ?"}, RecognitionOptions(), kind="openai"
    )
    assert (segment.language, segment.language_probability) == ("fr", 0.0)  # type: ignore[attr-defined]
    assert "language" not in fake.of(TRANSCRIPTIONS)[0].form


def test_candidate_language_that_fits_is_chosen(fake: Fake) -> None:
    texts = {"fr": "Bonjour à tous, comment allez-vous ce matin ?", "es": "bonsur a tus", "": "今天的天气非常好。"}
    answer: Callable[[Asked], Answer] = lambda asked: Answer({"text": texts[asked.form.get("language", [""])[0]]})  # noqa: E731
    (segment,) = transcribe_with(
        fake, answer, RecognitionOptions(candidate_languages=frozenset({"es", "fr"})), kind="openai"
    )
    assert (segment.language, segment.text) == ("fr", texts["fr"])  # type: ignore[attr-defined]


def test_hotwords_are_sent_or_refused(fake: Fake) -> None:
    transcribe_with(
        fake,
        {"text": "Hello"},
        RecognitionOptions(language="en", hotwords=("Fun ASR", "Qwen,3")),
        capabilities=("hotwords",),
    )
    assert fake.of(TRANSCRIPTIONS)[0].form["hotwords"] == ["Fun ASR,Qwen 3"]
    for options, missing in (
        (RecognitionOptions(language="en", hotwords=("Qwen",)), "hotwords"),
        (RecognitionOptions(translate_to_english=True), "to-english"),
        (RecognitionOptions(language="en", itn=False), "itn"),
    ):
        with pytest.raises(Unsupported, match=missing):
            make_recognizer(fake, "sglang-omni").transcribe(clip_of(), options)
    with pytest.raises(Unsupported, match="language-id"):
        make_recognizer(fake, "generic", capabilities=("hotwords",)).transcribe(clip_of(), RecognitionOptions())
    with pytest.raises(BadInput, match="Hindi"):
        make_recognizer(fake, languages=("en",)).transcribe(clip_of(), RecognitionOptions(language="hi"))


def test_translation_uses_translations_endpoint(fake: Fake) -> None:
    fake.answers["/v1/audio/translations"] = Answer({"text": "Good morning.", "language": "fr"})
    (segment,) = make_recognizer(fake).transcribe(
        clip_of("fr"), RecognitionOptions(language="fr", translate_to_english=True)
    )
    assert (segment.text, segment.language) == ("Good morning.", "en")


def test_translation_ignores_candidate_languages(fake: Fake) -> None:
    fake.answers["/v1/audio/translations"] = Answer({"text": "Good morning.", "language": "english"})
    (segment,) = make_recognizer(fake).transcribe(
        clip_of("fr"), RecognitionOptions(candidate_languages=frozenset({"de", "fr"}), translate_to_english=True)
    )
    assert (segment.language, len(fake.of("/v1/audio/translations"))) == ("en", 1)


def test_invalid_emotions_and_events_are_ignored(fake: Fake) -> None:
    labels = {"emotion": {"label": ["happy"], "confidence": 0.8}, "events": [{"label": {}, "start": 0.0, "end": 1.0}]}
    row = {"start": 0.0, "end": 1.0, "text": "Hello", "words": "Hello", **labels}
    (segment,) = transcribe_with(fake, {"text": "Hello", "segments": [row]}, kind="funaudio")
    assert (segment.emotion, segment.events, segment.words) == (None, (), ())  # type: ignore[attr-defined]


def test_emotions_and_events_of_other_instance_are_read(fake: Fake) -> None:
    row = {
        "start": 0.0,
        "end": 1.0,
        "text": "Hello",
        "emotion": {"label": "happy", "confidence": 0.8, "arousal": None, "basis": "tags"},
        "events": [{"label": "laughter", "start": 0.2, "end": 0.6, "score": 0.9}, {"label": "?", "start": 0, "end": 1}],
    }
    (segment,) = transcribe_with(fake, {"text": "Hello", "segments": [row]}, kind="funaudio")
    assert (segment.emotion.label, segment.emotion.confidence) == ("happy", 0.8)  # type: ignore[attr-defined]
    assert [event.label for event in segment.events] == ["laughter"]  # type: ignore[attr-defined]


# writing


def events(*pieces: str, end: str = "data: [DONE]\n\n") -> Answer:
    sent = [f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n" for piece in pieces]
    return Answer(iter([b": ping\n\n", *(part.encode() for part in (*sent, end))]), type="text/event-stream")


def make_chat_model(fake: Fake, kind: str = "generic") -> RemoteChatModel:
    return RemoteChatModel(Server(Endpoint(fake.url, "qwen", kind), HttpClient(fake.url, "", "The model")))


ASK = [ChatMessage("system", "Be brief."), ChatMessage("user", "Hello.")]


def test_chat_text_is_streamed(fake: Fake) -> None:
    fake.answers[CHAT] = lambda _: events("Hel", "lo", "")
    assert list(make_chat_model(fake).generate(ASK, 30, 5)) == ["Hel", "lo"]
    body = fake.of(CHAT)[0].body
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
    assert (body["model"], body["max_tokens"], body["seed"], body["stream"]) == ("qwen", 30, 5, True)
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    list(make_chat_model(fake, "openai").generate(ASK, 30, None))
    body = fake.of(CHAT)[1].body
    assert body["temperature"] == 0.0
    assert not {"seed", "chat_template_kwargs"} & set(body)


def test_constraint_is_sent_as_a_schema(fake: Fake) -> None:
    fake.answers[CHAT] = lambda _: events('"An', 'na"')
    assert choose(make_chat_model(fake), ASK, ["Anna", "Bob"]) == "Anna"
    response_format = fake.of(CHAT)[0].body["response_format"]
    assert response_format["json_schema"]["schema"] == {"enum": ["Anna", "Bob"]}
    with pytest.raises(Unsupported, match="The model takes no grammar"):
        make_chat_model(fake).generate(ASK, 30, None, match_grammar('start: "a"'))


def test_chat_response_without_streaming_is_read(fake: Fake) -> None:
    fake.answers[CHAT] = Answer({"choices": [{"message": {"role": "assistant", "content": "Hello."}}]})
    assert list(make_chat_model(fake).generate(ASK, 30, 5)) == ["Hello."]


@pytest.mark.parametrize("choice", [{"delta": "Hel"}, {"delta": {"content": ["Hel"]}}, {"message": None}, {}])
def test_chat_events_without_text_are_ignored(fake: Fake, choice: object) -> None:
    fake.answers[CHAT] = Answer({"choices": [choice]})
    assert list(make_chat_model(fake).generate(ASK, 30, 5)) == []


def test_endless_chat_reply_is_aborted(fake: Fake) -> None:
    piece = b'data: {"choices": [{"delta": {"content": "la la "}}]}\n\n'
    fake.answers[CHAT] = lambda _: Answer(repeat(piece), type="text/event-stream")
    assert 30 < len("".join(make_chat_model(fake).generate(ASK, 30, 5))) < 10_000
    assert fake.left.wait(TIMEOUT_SECONDS)


def test_chat_reply_can_be_cancelled(fake: Fake) -> None:
    fake.answers[CHAT] = lambda _: events("Hel", "lo")
    stop = threading.Event()

    def read() -> None:
        for _ in make_chat_model(fake).generate(ASK, 30, 5):
            stop.set()

    with pytest.raises(cancellation.Cancelled):
        cancellation.cancel_context(stop).run(read)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (events("Hel", end='data: {"error": {"message": "out of memory"}}\n\n'), r"failed \(500\): out of memory\."),
        (events("Hel", end="data: {oops\n\n"), "instead of JSON"),
        (events("Hel", end=f"data: {'[' * 100_000}\n\n"), "instead of JSON"),
        (Answer(b"<html>", type="text/html"), "text/html instead of text/event-stream"),
        (Answer({"detail": "no"}), r"failed \(500\): no\."),
        (Answer({"error": {"message": "maximum context length is 512 tokens"}}, 400), "maximum context length"),
        (Answer(iter([b'data: {"choices": []}\n\n']), type="text/event-stream", cut=True), "disconnected"),
    ],
)
def test_invalid_chat_response_is_reported(fake: Fake, answer: Answer, message: str) -> None:
    fake.answers[CHAT] = answer
    with pytest.raises(FunAudioError, match=message):
        list(make_chat_model(fake).generate(ASK, 30, 5))


def test_closing_chat_reply_closes_connection(fake: Fake) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            time.sleep(0.01)
            yield b'data: {"choices": [{"delta": {"content": "la "}}]}\n\n'

    fake.answers[CHAT] = Answer(endless(), type="text/event-stream")
    pieces = make_chat_model(fake).generate(ASK, 30, 5)
    assert next(pieces) == "la "
    pieces.close()  # type: ignore[attr-defined]
    assert fake.left.wait(TIMEOUT_SECONDS)


def test_remote_chatbot_limits_history(fake: Fake) -> None:
    fake.answers[CHAT] = lambda _: events("Style: happy; warmly\nI am ", "fine, thank you.")
    spec = remote.chatbot(Endpoint(fake.url, "qwen"), "")
    turns = tuple(Turn("user" if place % 2 == 0 else "assistant", f"{place} " + "word " * 400) for place in range(41))
    reply_style, *pieces = spec.load().reply(Conversation(turns))
    assert reply_style.emotion == "happy"  # type: ignore[union-attr]
    assert "".join(map(str, pieces)).strip() == "I am fine, thank you."
    sent = [message["content"] for message in fake.of(CHAT)[0].body["messages"]]
    assert "40 word" in sent[-1]
    assert not any("0 word" in text and "40 word" not in text for text in sent)


def test_remote_translator_translates(fake: Fake) -> None:
    fake.answers[CHAT] = lambda _: events("El tren sale a las nueve ", "de la mañana.")
    spec = remote.translator(Endpoint(fake.url, "qwen"), "")
    translated = spec.load().translate("The train leaves at nine in the morning.", "en", "es")
    assert translated == "El tren sale a las nueve de la mañana."
    assert fake.of(CHAT)[0].body["temperature"] == 0.0
