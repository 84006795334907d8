const text = (key) => inLanguage(STRINGS[key]);
const find = (name) => element.querySelector(name);
const player = () => window.funaudioPlayers?.[PLAYER];
const show = () => document.querySelector('.fa-show');  // the transcript, with the state of the show
const state = { stream: null, recorder: null, opened: 0, at: null, asked: 0, isBusy: false };
const label = () => {
  const talk = find('.fa-talk');
  if (!talk || talk.textContent) return;
  talk.textContent = text('podcast.talk');
  talk.title = talk.ariaLabel = text('podcast.talk.how');
  find('.fa-say input').placeholder = find('.fa-say input').ariaLabel = text('podcast.say');
  find('.fa-send').textContent = text('podcast.send');
  find('.fa-steer span').textContent = text('podcast.hands_free');
  element.querySelectorAll('[data-say]').forEach((button) => { button.textContent = text(button.dataset.say); });
  find('.fa-stage').style.visibility = '';
};
const note = (words) => { find('.fa-stage-note').textContent = words; };
const tell = (kind, event) => {
  const page = show();
  if (!page) return;
  state.asked = Date.now();
  props.value = JSON.stringify({ show: page.dataset.show, epoch: Number(page.dataset.epoch), at: state.at || player().position(),
    count: (state.count = (state.count || 0) + 1), ...kind });
  trigger(event);
};
const cutOff = () => {
  player().duck();
  element.dataset.ducked = String(Date.now());
  state.at = player().cut();
};
const say = (words) => {
  if (!words.trim() || !show()) return;
  cutOff();
  tell({ text: words }, 'submit');
  state.at = null;
};
const microphone = async () => {
  state.stream = state.stream || await navigator.mediaDevices.getUserMedia(
    { audio: { echoCancellation: true, noiseSuppression: true } });
  return state.stream;
};
const open = async () => {
  if (state.opened || !show()) return;
  state.opened = Date.now();
  find('.fa-talk').classList.add('fa-open');
  find('.fa-talk').setAttribute('aria-pressed', 'true');
  cutOff();
  note(text('podcast.listening'));
  try {
    const recorder = new MediaRecorder(await microphone());
    const chunks = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    recorder.onstop = () => send(new Blob(chunks));
    state.recorder = recorder;
    recorder.start();
    setTimeout(close, MAX_CLIP_MS);
    if (!state.opened) recorder.stop();  // released before the microphone was there
  } catch (error) {
    note(text('podcast.microphone'));
    close();
    tell({ text: '' }, 'submit');  // the show goes on
    state.at = null;
  }
};
const close = () => {
  if (!state.opened) return;
  state.opened = 0;
  find('.fa-talk').classList.remove('fa-open');
  find('.fa-talk').setAttribute('aria-pressed', 'false');
  if (state.recorder && state.recorder.state === 'recording') state.recorder.stop();
};
const send = async (blob) => {
  state.recorder = null;
  note('');
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = '';
  for (let i = 0; i < bytes.length; i += 4096) binary += String.fromCharCode(...bytes.subarray(i, i + 4096));
  tell({ clip: btoa(binary), isHandsFree: state.isHandsFree }, 'submit');
  state.at = null;
};
// Hands-free: a voice that is loud for a moment opens the microphone, a silence closes it.
const START_LEVEL = 0.03, START_FRAMES = 3, END_FRAMES = 16, FRAME_MS = 50;
const watchVoice = async () => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(await microphone()).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loud = 0, quiet = 0;
  state.watch = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    loud = level > START_LEVEL ? loud + 1 : 0;
    quiet = level > START_LEVEL ? 0 : quiet + 1;
    if (loud >= START_FRAMES && !state.opened && player().isPlaying()) open();
    if (state.opened && quiet >= END_FRAMES) close();
  }, FRAME_MS);
};
element.addEventListener('pointerdown', (event) => {
  if (!event.target.closest('.fa-talk') || event.button) return;
  event.preventDefault();
  find('.fa-talk').focus();
  open();
});
for (const name of ['pointerup', 'pointercancel']) document.addEventListener(name, () => { if (!state.isHandsFree) close(); });
element.addEventListener('keydown', (event) => {
  if (event.key !== ' ' || !event.target.closest('.fa-talk')) return;
  event.preventDefault();
  if (!event.repeat) open();
});
element.addEventListener('keyup', (event) => {
  if (event.key !== ' ' || !event.target.closest('.fa-talk')) return;
  event.preventDefault();
  close();
});
element.addEventListener('submit', (event) => {
  event.preventDefault();
  const box = find('.fa-say input');
  say(box.value);
  box.value = '';
});
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-say]');
  if (button) say(text(button.dataset.say));
});
element.addEventListener('change', async (event) => {
  if (!event.target.closest('.fa-hands')) return;
  state.isHandsFree = event.target.checked;
  clearInterval(state.watch);
  if (!state.isHandsFree) return;
  try { await watchVoice(); } catch (error) {
    event.target.checked = state.isHandsFree = false;
    note(text('podcast.microphone'));
  }
});
const follow = () => {
  label();
  const page = show();
  if (!page || !player()) return;
  const at = player().position();
  document.querySelectorAll('.fa-show [data-piece]').forEach((piece) => {
    const isNow = Boolean(at) && Number(piece.dataset.piece) === at.id && player().isPlaying();
    if (isNow && !piece.classList.contains('fa-now')) {
      const box = piece.closest('.fa-show');
      box.scrollTop = piece.offsetTop - box.offsetTop - box.clientHeight / 2;
    }
    piece.classList.toggle('fa-now', isNow);
  });
  const wants = page.dataset.state === 'playing' && !state.opened && player().isPlaying();
  if (wants && player().ahead() < AHEAD && Date.now() - state.asked > 1500) tell({}, 'tick');
};
setInterval(follow, 200);
