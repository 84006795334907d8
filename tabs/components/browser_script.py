"""Script of the whole page for what Gradio's components can't do.

- The file pickers of clips take what the decoder reads; gr.Audio itself takes only files that the browser calls audio.
- A microphone that the browser refuses gets a sentence with a remedy below its box.
"""

from __future__ import annotations

import json

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


def head() -> str:
    """Return the script as HTML for the head of the page."""
    reasons = {reason: STRINGS[key] for reason, key in _REASONS.items()}
    constants = f"const SUFFIXES = {json.dumps(SUFFIXES.split(','))};\nconst REASONS = {json.dumps(reasons)};"
    return f"<script>{{\n{constants}{_SCRIPT.replace('CLIP', CLIP_CLASS)}}}</script>"
