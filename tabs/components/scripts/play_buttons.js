// Buttons that play a file: one sound at a time, and a second press stops it.
(() => {
  let playing = null;
  const stop = () => {
    playing?.sound.pause();
    playing?.button.classList.remove('fa-sounding');
    playing?.button.setAttribute('aria-pressed', 'false');
    playing = null;
  };
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.fa-play');
    const isSame = button && playing?.button === button;
    if (button || event.target.closest?.('button, a')) stop();
    if (!button || isSame) return;
    const sound = new Audio(button.dataset.file);
    // A part of a file (#t=2.5,4) pauses at its end.
    sound.addEventListener('pause', () => { if (playing?.sound === sound) stop(); });
    playing = { sound, button };
    button.classList.add('fa-sounding');
    button.setAttribute('aria-pressed', 'true');
    sound.play().catch(() => { if (playing?.sound === sound) stop(); });  // pausing fails it too
  });
})();
