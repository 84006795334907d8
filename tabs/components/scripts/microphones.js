// Explains below the box, with a remedy, why the browser gives no microphone.
(() => {
  let box = null;  // that was clicked last
  document.addEventListener('click', (event) => {
    box = (event.target.closest && event.target.closest('.block')) || box;
  }, true);
  const tell = (reason) => {
    document.querySelectorAll('.fa-microphone-note').forEach((note) => note.remove());
    const words = REASONS[reason];
    if (!box || !words) return;
    const note = document.createElement('div');
    note.className = 'fa-microphone-note';
    note.setAttribute('role', 'alert');
    note.textContent = inLanguage(words);
    if (reason === 'framed') {
      const link = document.createElement('a');
      Object.assign(link, { href: location.href, target: '_blank', rel: 'noopener', textContent: inLanguage(OPEN_APART) });
      note.append(' ', link);
    }
    box.append(note);
  };

  const isFramed = window.self !== window.top;
  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      try {
        const stream = await open(wanted);
        tell(window.MediaRecorder ? null : 'unsupported');
        return stream;
      } catch (error) {
        tell(isFramed && error.name === 'NotAllowedError' ? 'framed' : error.name);
        throw error;
      }
    };
  } else {  // without https only localhost gets a microphone
    const refuse = async () => {
      tell('insecure');
      throw new DOMException(REASONS.insecure.en, 'NotAllowedError');
    };
    Object.defineProperty(navigator, 'mediaDevices', {
      value: Object.assign(new EventTarget(), { getUserMedia: refuse, enumerateDevices: async () => [] }),
    });
  }
})();
