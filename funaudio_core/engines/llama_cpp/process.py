"""Process that runs a GGUF model in llama.cpp, and the connection to it."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core.engines.llama_cpp.server import READY
from funaudio_core.errors import FunAudioError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)
PROGRAM = Path(__file__).with_name("server.py")
SOCKET, LOG = "model.sock", "log"  # in the private folder of a process; llama.cpp knows a socket by its suffix
MAX_LOG_CHARACTERS = 300  # of its last words in an error
START_SECONDS = 300.0  # a busy machine may need many times what an idle one does
ANSWER_SECONDS = 300.0  # without a byte, such as the progress of the prompt
STOP_SECONDS = 5.0


class LlamaProcess:
    """Process that serves a model. Started again if it has ended. Thread-safe."""

    def __init__(self, model: Path, title: str, *, threads: int, slots: int, context_tokens: int) -> None:
        """Load a model.

        Args:
            model: GGUF file.
            title: Name of the engine in errors.
            threads: CPU threads.
            slots: Requests that run at a time; more wait.
            context_tokens: Tokens of all of them together.

        Raises:
            FunAudioError: llama.cpp can't load it.
        """
        sizes = ["--threads", str(threads), "--slots", str(slots), "--context", str(context_tokens)]
        self._model, self._title, self._sizes = model, title, sizes
        self._lock = threading.Lock()
        self._process, self._client = self._start()

    @property
    def process_id(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    def connect(self) -> httpx.Client:
        """Return a client of the running process; its base URL is the server.

        Raises:
            FunAudioError: The process has ended and can't be started again.
        """
        with self._lock:
            if self._process.poll() is not None:
                log.warning("llama.cpp ended with status %s and is started again", self._process.returncode)
                self._stop()
                self._process, self._client = self._start()
            return self._client

    def _start(self) -> tuple[subprocess.Popen[str], httpx.Client]:
        import httpx

        folder = Path(tempfile.mkdtemp(prefix="funaudio-llama-"))
        with (folder / LOG).open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), str(self._model), str(folder / SOCKET), *self._sizes],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        is_ready = process.stdout.readline().strip() == READY
        watchdog.cancel()
        self._stop = weakref.finalize(self, _stop, process, folder)
        if not is_ready:
            last_words = " ".join((folder / LOG).read_text(errors="replace").split())[-MAX_LOG_CHARACTERS:]
            self._stop()
            raise FunAudioError(
                "{engine} couldn't be started ({reason}). Choose another model.",
                engine=self._title,
                reason=last_words or f"status {process.returncode}",
            )
        transport = httpx.HTTPTransport(uds=str(folder / SOCKET), limits=httpx.Limits(max_keepalive_connections=0))
        return process, httpx.Client(transport=transport, base_url="http://llama.cpp", timeout=ANSWER_SECONDS)


def _stop(process: subprocess.Popen[str], folder: Path) -> None:
    """End a process and delete its folder."""
    process.kill()
    process.wait(STOP_SECONDS)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    shutil.rmtree(folder, ignore_errors=True)
