"""A player that starts with the first chunk of speech and can be silenced at once.

Gradio's own streaming player waits for several pieces before it starts and can't be flushed; this one schedules raw
PCM in the browser's audio clock. The value is one string that only grows, of which Gradio sends what was added.
"""

from __future__ import annotations

import base64
import json
import secrets

import gradio as gr

from funaudio_core.types import Audio
from tabs.components.strings import strings_by_language, t

SILENT = ""  # the value that stops the sound and empties the player

TEMPLATE = """
<div class="fa-player" role="group">
  <button type="button" class="fa-toggle"><i></i></button>
  <div class="fa-track"><div class="fa-made"></div><div class="fa-heard"></div></div>
  <span class="fa-clock">–</span>
</div>
"""

STYLE = """
.fa-player { display: flex; align-items: center; gap: 12px; min-height: 44px }
.fa-toggle { width: 40px; height: 40px; border-radius: 50%; border: 0; color: #fff; cursor: pointer }
.fa-toggle { background: var(--color-accent); display: grid; place-items: center; flex: none }
.fa-toggle i { width: 0; height: 14px; border: 0 solid #fff; box-sizing: border-box }
.fa-toggle i { border-width: 7px 0 7px 12px; border-color: transparent transparent transparent #fff; margin-left: 3px }
.fa-toggle.fa-sounding i { width: 12px; border-width: 0 4px; border-color: #fff; margin: 0 }
.fa-track { position: relative; flex: 1; height: 8px; border-radius: 4px; background: var(--border-color-primary) }
.fa-made, .fa-heard { position: absolute; inset: 0 auto 0 0; width: 0; border-radius: 4px }
.fa-made { background: var(--color-accent-soft); width: 100% }
.fa-heard { background: var(--color-accent) }
.fa-clock { font-variant-numeric: tabular-nums; min-width: 7.5em; text-align: right }
"""

SCRIPT = """
const labels = () => {
  const language = document.documentElement.lang;
  return LABELS[language] || LABELS[language.split('-')[0]] || LABELS.en;
};
const state = { take: null, part: '', read: 0, sources: [], begin: 0, end: 0, made: 0, context: null };
const find = (name) => element.querySelector(name);
// Browsers let sound begin only within a tap or a key: the context is made or resumed there.
const unlock = (event) => {
  const button = event.target.closest && event.target.closest('button');
  const page = element.closest('[role=tabpanel]');
  if (!page || !page.contains(event.target) || !(button || event.key === 'Enter')) return;
  if (find('.fa-toggle') === button) return;
  state.context = state.context || new AudioContext();
  if (state.paused && button && button.classList.contains('primary')) {  // the paused sound makes room for a new one
    silence();
    state.paused = false;
  }
  if (state.context.state === 'suspended' && !state.paused) state.context.resume();
};
for (const name of ['pointerup', 'touchend', 'click', 'keydown']) document.addEventListener(name, unlock, true);
const silence = () => {
  state.sources.forEach((source) => { try { source.stop(); } catch (error) { /* it had ended */ } });
  Object.assign(state, { sources: [], begin: 0, end: 0, made: 0 });
};
const schedule = (buffer) => {
  const context = state.context;
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  const start = Math.max(state.end, context.currentTime + 0.03);
  if (!state.sources.length) { state.begin = start; element.dataset.started = String(Date.now()); }
  else if (start > state.end + 0.005) element.dataset.gaps = String(Number(element.dataset.gaps || 0) + 1);
  source.start(start);
  state.sources.push(source);
  state.end = start + buffer.duration;
  state.made += buffer.duration;
};
const reveal = () => {  // on a phone the results are below the settings
  const { top, bottom } = element.getBoundingClientRect();
  if (!element.closest('.fa-results') || (top >= 0 && bottom <= innerHeight)) return;
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'center', behavior: isStill ? 'auto' : 'smooth' });
};
const play = (base64, rate) => {
  state.context = state.context || new AudioContext();
  const context = state.context;
  if (context.state === 'suspended' && !state.paused) context.resume();
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const pcm = new Int16Array(bytes.buffer);
  if (!pcm.length) return;
  const buffer = context.createBuffer(1, pcm.length, rate);
  const channel = buffer.getChannelData(0);
  for (let i = 0; i < pcm.length; i += 1) channel[i] = pcm[i] / 32768;
  schedule(buffer);
};
const replay = () => {
  const buffers = state.sources.map((source) => source.buffer);
  silence();
  buffers.forEach(schedule);
};
const take = () => {
  const value = props.value || '';
  const [name, part] = value.split('|', 1)[0].split('+');
  if (name !== state.take || (part === state.part && value.length < state.read)) {
    silence();
    Object.assign(state, { take: name, part, read: 0, paused: false });
    element.dataset.gaps = '0';
    delete element.dataset.started;
    if (value) reveal();
  } else if (part !== state.part) {
    Object.assign(state, { part, read: 0 });
  }
  if (!value) return;
  const rate = Number(value.split('|', 2)[1]);
  const fresh = value.slice(state.read || value.indexOf('|', value.indexOf('|') + 1) + 1);
  fresh.split('.').filter(Boolean).forEach((piece) => play(piece, rate));
  state.read = value.length;
};
const show = () => {
  const toggle = find('.fa-toggle');
  if (!toggle) return;
  toggle.ariaLabel = labels();
  const now = state.context ? state.context.currentTime : 0;
  const heard = state.made ? Math.max(0, state.made - Math.max(0, state.end - now)) : 0;
  const playing = state.made > 0 && now < state.end && state.context.state === 'running';
  toggle.classList.toggle('fa-sounding', playing && !state.paused);
  find('.fa-heard').style.width = state.made ? `${100 * heard / state.made}%` : '0';
  find('.fa-made').style.display = state.made ? 'block' : 'none';
  find('.fa-clock').textContent = state.made ? `${heard.toFixed(1)} / ${state.made.toFixed(1)} s` : '–';
  element.dataset.playing = String(playing && !state.paused);
  element.dataset.made = state.made.toFixed(2);
};
element.addEventListener('click', (event) => {
  if (!event.target.closest('.fa-toggle') || !state.context) return;
  if (state.made && state.context.state === 'running' && state.context.currentTime >= state.end) {
    replay();
    return;
  }
  state.paused = state.context.state === 'running';
  if (state.paused) state.context.suspend(); else state.context.resume();
});
watch('value', take);
setInterval(show, 150);
"""


def build_player(name: str) -> gr.HTML:
    """Add the player. name: Element id, unique in the app."""
    labels = json.dumps(strings_by_language("play"))
    return gr.HTML(
        SILENT,
        html_template=TEMPLATE,
        css_template=STYLE,
        js_on_load=f"const LABELS = {labels};{SCRIPT}",
        label=t("live"),
        show_label=True,
        container=True,
        elem_id=name,
        elem_classes="fa-live fa-boxed",
    )


class Playback:
    """The growing value of the player for one request."""

    def __init__(self, take: str = "", part: int = 0) -> None:
        """Create an empty value.

        Args:
            take: Letters and digits that name a take which several requests make together.
            part: Number of the request; its audio is played after that of the requests before it.
        """
        self._value = ""
        self._name = f"{take or secrets.token_hex(6)}+{part}"

    def add(self, chunk: Audio) -> str:
        """Return the value with more audio at its end. The first chunk sets the sample rate of the take."""
        if not self._value:
            self._value = f"{self._name}|{chunk.rate}|"
        self._value += base64.b64encode(chunk.pcm16().tobytes()).decode() + "."
        return self._value
