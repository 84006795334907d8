"""Script of the whole page for what Gradio's components can't do.

- The file pickers of clips take what the decoder reads; gr.Audio itself takes only files that the browser calls audio.
- A microphone that the browser refuses gets a sentence with a remedy below its box.
- The page that an address names, as in /#chat or /?tab=chat, is remembered until Gradio asks for it, and the address
  follows the tabs that are clicked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from funaudio_core.audio.container import SUFFIXES
from tabs.components.strings import STRINGS

CLIP_CLASS = "fa-clip"  # of the clip inputs
# Reasons why a microphone can't be used: this script's own, and names of the browser's errors.
_REASONS = {
    "insecure": "microphone.insecure",
    "NotAllowedError": "microphone.denied",
    "NotFoundError": "microphone.missing",
    "NotReadableError": "microphone.busy",
}

_SCRIPT = """
(() => {
  window.faPage = location.hash.slice(1) || new URLSearchParams(location.search).get('tab') || '';
  document.addEventListener('click', (event) => {
    const tab = event.target.closest && event.target.closest('[data-tab-id]');
    if (!tab || !PAGES.includes(tab.dataset.tabId)) return;
    window.faPage = '';  // chosen by hand before Gradio asked
    history.replaceState(history.state, '', '#' + tab.dataset.tabId);
  }, true);

  const isOffered = (name) => SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix));
  const asAudio = (files) => Array.from(files, (file) => (
    file.type.startsWith('audio/') || !isOffered(file.name)
      ? file : new File([file], file.name, { type: 'audio/' + file.name.split('.').pop().toLowerCase() })));
  const clipOf = (event) => event.target.closest && event.target.closest('.CLIP');
  document.addEventListener('change', (event) => {
    if (event.target.type !== 'file' || !clipOf(event)) return;
    const chosen = new DataTransfer();
    asAudio(event.target.files).forEach((file) => chosen.items.add(file));
    event.target.files = chosen.files;
  }, true);
  document.addEventListener('drop', (event) => {
    if (!clipOf(event) || !event.dataTransfer.files.length) return;
    Object.defineProperty(event, 'dataTransfer', { value: { files: asAudio(event.dataTransfer.files) } });
  }, true);

  let box = null;
  document.addEventListener('click', (event) => {
    box = (event.target.closest && event.target.closest('.block')) || box;
    const clip = clipOf(event);
    if (clip) clip.querySelectorAll('input[type=file]').forEach((input) => {
      input.accept = ['audio/*', ...SUFFIXES].join(',');
    });
  }, true);
  const tell = (reason) => {
    document.querySelectorAll('.fa-microphone-note').forEach((note) => note.remove());
    const words = REASONS[reason];
    if (!box || !words) return;
    const note = document.createElement('div');
    note.className = 'fa-microphone-note';
    note.setAttribute('role', 'alert');
    note.textContent = words[navigator.language.startsWith('zh') ? 1 : 0];
    box.append(note);
  };
  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      try {
        const stream = await open(wanted);
        tell(null);
        return stream;
      } catch (error) {
        tell(error.name);
        throw error;
      }
    };
  } else {  // without https only localhost gets a microphone
    const refuse = async () => {
      tell('insecure');
      throw new DOMException(REASONS.insecure[0], 'NotAllowedError');
    };
    Object.defineProperty(navigator, 'mediaDevices', {
      value: Object.assign(new EventTarget(), { getUserMedia: refuse, enumerateDevices: async () => [] }),
    });
  }
})();
"""


def head(pages: Sequence[str]) -> str:
    """Return the script as HTML for the head of the page. pages: Ids of the tabs of the app."""
    reasons = {reason: STRINGS[key] for reason, key in _REASONS.items()}
    constants = f"const SUFFIXES = {json.dumps(SUFFIXES.split(','))};\nconst REASONS = {json.dumps(reasons)};"
    constants += f"\nconst PAGES = {json.dumps(list(pages))};"
    return f"<script>{{\n{constants}{_SCRIPT.replace('CLIP', CLIP_CLASS)}}}</script>"
