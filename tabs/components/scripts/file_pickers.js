// Lets the pickers of clips take what the decoder reads; gr.Audio itself takes only files that the browser calls audio.
// Screen readers get the words that are shown on the picker instead of others.
(() => {
  const clipOf = (event) => event.target.closest && event.target.closest('.' + CLIP_CLASS);
  const isOffered = (name) => SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix));
  const asAudio = (files) => Array.from(files, (file) => (
    file.type.startsWith('audio/') || !isOffered(file.name)
      ? file : new File([file], file.name, { type: 'audio/' + file.name.split('.').pop().toLowerCase() })));

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
  new MutationObserver(() => {
    document.querySelectorAll(`.${CLIP_CLASS} .upload-container[aria-label]`).forEach((button) => {
      button.removeAttribute('aria-label');
    });
  }).observe(document, { childList: true, subtree: true });
  document.addEventListener('click', (event) => {
    const clip = clipOf(event);
    if (clip) clip.querySelectorAll('input[type=file]').forEach((input) => {
      input.accept = ['audio/*', ...SUFFIXES].join(',');
    });
  }, true);
})();
