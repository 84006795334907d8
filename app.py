"""Builds the app from TABS and launches it: composition only."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from funaudio_core.errors import FunAudioError
from funaudio_core.runtime import temp_files

try:
    temp_files.start()  # sets GRADIO_TEMP_DIR, which Gradio reads when it is imported
except FunAudioError as error:
    sys.exit(str(error))

import gradio as gr
from starlette.middleware import Middleware

from funaudio_core import settings
from funaudio_core.engines import loader, preload
from funaudio_core.evaluation.listening_tests import stored_tests
from funaudio_core.evaluation.runs import background as evaluation
from funaudio_core.runtime import jobs, malloc, telemetry
from funaudio_core.tasks import narration
from funaudio_core.training.runs import background as training
from server import admission, auth, cors, mcp_files, upload_limits
from server.blocks import SessionBlocks
from server.openai_api.routes import ROUTES
from server.page.compression import PageCompressionMiddleware
from server.page.head import PageHeadMiddleware
from tabs import TABS, audiobook, train
from tabs.components import sharing, trained_engines
from tabs.components.demonstrations import FILES_ROUTE
from tabs.components.layout import missing_models_note
from tabs.components.page import browser_script
from tabs.components.page.page_load import wire_page_load
from tabs.components.page.theme import CSS, THEME
from tabs.components.strings import I18N, t

EXTRA_THREADS = 64  # for events that don't wait in the queue, such as Stop
TRIM_SECONDS = 30  # between two returns of free memory, each of which takes 5 to 25 ms
SWEEP_SECONDS = 900  # between two deletions of old files
CACHE_SECONDS = 2 * 3600  # age at which uploads and results are deleted
log = logging.getLogger(__name__)


def build() -> gr.Blocks:
    """Return the app with one tab for each page of TABS."""
    app: SessionBlocks
    with SessionBlocks(
        title="FunAudio Suite", delete_cache=(SWEEP_SECONDS, CACHE_SECONDS), analytics_enabled=False
    ) as app:
        gr.Markdown(t("heading"), elem_classes="fa-title")
        gr.HTML(t("share.button"), elem_classes="fa-top-share")
        if settings.read().oauth:
            gr.LoginButton()
        missing_models_note()
        with gr.Tabs():
            for tab in TABS:
                with gr.Tab(t(f"{tab.NAME}.tab"), id=tab.NAME), _sent_when_shown(app, tab.NAME):
                    tab.build()
                    wire_page_load(app)
        trained_engines.wire_memory(app)
        app.unload(app.on_unload)
    return app


def _sent_when_shown(app: SessionBlocks, page: str) -> AbstractContextManager[None]:
    """Return the context in which a page is built; browsers get the first page at once."""
    return nullcontext() if page == TABS[0].NAME else app.defer(t("arriving"))


def launch(app: gr.Blocks, block: bool = True) -> str:
    """Serve the pages and the API, with limits and privacy options set explicitly.

    Args:
        app: App returned by build().
        block: Make narrations, train and evaluate in the background, and wait until the server is stopped.

    Returns:
        The local address.
    """
    values = settings.read()
    check_login, login_middleware = auth.auth_setup()
    app.queue(max_size=values.queue_size + EXTRA_THREADS, default_concurrency_limit=8)
    _, url, _ = app.launch(
        server_name=values.host,
        server_port=values.port or None,
        theme=THEME,
        css=CSS,
        favicon_path=sharing.FOLDER / "icon.png",
        head=browser_script.head([tab.NAME for tab in TABS]),
        i18n=I18N,
        max_threads=values.queue_size + EXTRA_THREADS,  # each request in the queue holds one
        max_file_size=values.max_file_megabytes * 2**20,
        show_error=True,
        run_history=False,
        ssr_mode=False,
        auth=check_login,
        auth_message=auth.FORM_MESSAGE,
        enable_monitoring=False,
        mcp_server=check_login is None,  # MCP clients can't log in
        app_kwargs={
            "routes": [*ROUTES, *audiobook.ROUTES, *train.ROUTES, FILES_ROUTE, sharing.ROUTE],
            "lifespan": _adapt_server,
            "middleware": [
                *login_middleware,
                Middleware(upload_limits.BodyLimitMiddleware),
                Middleware(PageCompressionMiddleware),
                Middleware(PageHeadMiddleware, describe=sharing.describe),
            ],
        },
        prevent_thread_lock=True,
        footer_links=["api", "settings"],
    )
    if block:
        # Once the server answers: work would delay its start.
        narration.start_background(admission.background_ticket)
        training.start_background(admission.background_ticket)
        evaluation.start_background(admission.background_ticket, admission.OwnerBudget())
        app.block_thread()
    return str(url)


@asynccontextmanager
async def _adapt_server(server: Any) -> AsyncIterator[None]:  # noqa: ANN401 (gradio.routes.App)
    """Adapt Gradio's server when it starts: cross-origin requests to the API, files sent by agents."""
    cors.wrap(server)
    if (tools := server.get_blocks().mcp_server_obj) is not None:
        mcp_files.explain_refusals(tools)
    yield


def main() -> None:
    """Load the models, then serve the app."""
    malloc.limit_arenas()
    try:
        values = settings.read()
        telemetry.configure_logging(values.log_format)
        preload.preload()
    except FunAudioError as error:  # such as weights that can't be downloaded
        sys.exit(str(error))
    if values.model_ttl_minutes:
        threading.Thread(target=_unload_idle, args=(60 * values.model_ttl_minutes,), daemon=True).start()
    for target in (_sweep, _trim):
        threading.Thread(target=target, daemon=True).start()
    launch(build())


def _sweep() -> None:
    """Delete old jobs and interrupted uploads every SWEEP_SECONDS."""
    while True:
        for delete_stale in (
            jobs.delete_stale,
            stored_tests.delete_stale,
            partial(upload_limits.delete_stale, CACHE_SECONDS),
        ):
            try:
                delete_stale()
            except Exception:  # such as a disk error; try again next time
                log.exception("old files could not be deleted")
        time.sleep(SWEEP_SECONDS)


def _trim() -> None:
    """Return free memory to the operating system every TRIM_SECONDS; glibc would keep the peaks of past requests."""
    while True:
        time.sleep(TRIM_SECONDS)
        malloc.trim()


def _unload_idle(seconds: float) -> None:
    """Unload models that were not used for so many seconds, again and again."""
    while True:
        time.sleep(min(60.0, seconds))
        loader.unload_idle(seconds)


if __name__ == "__main__":
    main()
