"""Builds the app from TABS and launches it: composition only."""

from __future__ import annotations

import logging
import sys
import threading
import time

import gradio as gr
from starlette.middleware import Middleware

from funaudio_core import settings
from funaudio_core.engines import preload
from funaudio_core.errors import FunAudioError
from funaudio_core.runtime import jobs, malloc, telemetry, temp_files
from server import auth, upload_limits
from server.blocks import SessionBlocks
from server.openai_api.routes import ROUTES
from tabs import TABS
from tabs.components.layout import missing_models_note
from tabs.components.strings import I18N, t
from tabs.components.theme import CSS, THEME

QUICK = 64  # events that compute nothing, such as Stop, beside all that may wait in line
SWEEP_SECONDS, CACHE_SECONDS = 900, 2 * 3600  # how often, and from which age on, Gradio deletes uploads and results
JOB_SECONDS = 3600  # from which age on a job is deleted that nobody goes on with
log = logging.getLogger(__name__)


def build() -> gr.Blocks:
    """Every page of TABS, one tab each."""
    app: SessionBlocks
    with SessionBlocks(
        title="FunAudio Suite", delete_cache=(SWEEP_SECONDS, CACHE_SECONDS), analytics_enabled=False
    ) as app:
        gr.Markdown(t("title"), elem_classes="fa-title")
        if settings.read().oauth:
            gr.LoginButton()
        missing_models_note()
        with gr.Tabs():
            for tab in TABS:
                with gr.Tab(t(f"{tab.NAME}.tab"), id=tab.NAME):
                    tab.build()
        app.unload(app.on_unload)
    return app


def launch(app: gr.Blocks, block: bool = True) -> str:
    """Serve the pages and /v1; returns the local address. Limits and privacy are set here, never left to defaults."""
    values = settings.read()
    knows, doors = auth.auth_setup()
    app.queue(max_size=values.queue_size + QUICK, default_concurrency_limit=8)
    _, url, _ = app.launch(
        server_name=values.host,
        server_port=values.port or None,
        theme=THEME,
        css=CSS,
        i18n=I18N,
        max_threads=values.queue_size + QUICK,  # whoever waits in line holds one
        max_file_size=values.max_file_megabytes * 2**20,
        show_error=True,
        run_history=False,
        ssr_mode=False,
        auth=knows,
        auth_message=auth.FORM_MESSAGE,
        enable_monitoring=False,
        mcp_server=knows is None,  # its tools know no login
        app_kwargs={"routes": list(ROUTES), "middleware": [*doors, Middleware(upload_limits.BodyLimitMiddleware)]},
        prevent_thread_lock=not block,
        footer_links=["api", "settings"],
    )
    return str(url)


def main() -> None:
    """Load the models, then open the doors."""
    malloc.limit_arenas()
    try:
        values = settings.read()
        telemetry.configure_logging(values.log_format)
        temp_files.start()
        preload.preload()
    except FunAudioError as error:  # such as weights that can't be fetched: a sentence for whoever started it
        sys.exit(str(error))
    if values.model_ttl_minutes:
        threading.Thread(target=_release, args=(60 * values.model_ttl_minutes,), daemon=True).start()
    threading.Thread(target=_sweep, daemon=True).start()
    launch(build())


def _sweep() -> None:
    """Delete what is left of long work, such as by a process that was killed, and of uploads, again and again."""
    while True:
        for sweep, seconds in ((jobs.delete_stale, JOB_SECONDS), (upload_limits.delete_stale, CACHE_SECONDS)):
            try:
                sweep(seconds)
            except Exception:  # whatever is wrong with the disk, the next time comes
                log.exception("what is left could not be swept")
        time.sleep(SWEEP_SECONDS)


def _release(seconds: float) -> None:
    """Let go of models that nobody asks for, again and again."""
    while True:
        time.sleep(min(60.0, seconds))
        preload.unload_idle(seconds)


if __name__ == "__main__":
    main()
