const text = (key) => inLanguage(STRINGS[key]);
const find = (name) => element.querySelector(name);
const player = () => window.funaudioPlayers?.[PLAYER];
const show = () => document.querySelector('.fa-show');  // the transcript, with the state of the show
const state = { microphone: null, opened: 0, at: null, asked: 0 };
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
const openMicrophone = () => {
  state.microphone = state.microphone || Microphone.open();
  state.microphone.catch(() => { state.microphone = null; });
  return state.microphone;
};
const open = async (isNoticed = false) => {
  if (state.opened || !show()) return;
  const opened = state.opened = Date.now();
  find('.fa-talk').classList.add('fa-open');
  find('.fa-talk').setAttribute('aria-pressed', 'true');
  cutOff();
  try {
    const microphone = await openMicrophone();
    if (state.opened !== opened) return;  // released before the microphone was there
    microphone.record(isNoticed);
    find('.fa-talk').classList.add('fa-recording');
    note(text('podcast.listening'));
    state.limit = setTimeout(close, MAX_CLIP_MS);
  } catch (error) {
    close();
    note(text('podcast.microphone'));
  }
};
const close = async () => {
  if (!state.opened) return;
  state.opened = 0;
  clearTimeout(state.limit);
  find('.fa-talk').classList.remove('fa-open', 'fa-recording');
  find('.fa-talk').setAttribute('aria-pressed', 'false');
  note('');
  const microphone = await Promise.resolve(state.microphone).catch(() => null);
  const clip = microphone?.isRecording ? microphone.stop() : null;
  if (clip) send(clip); else tell({ text: '' }, 'submit');  // without a word the show goes on
  state.at = null;
};
const send = (bytes) => {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 4096) binary += String.fromCharCode(...bytes.subarray(i, i + 4096));
  element.dataset.sent = String(Date.now());
  tell({ clip: btoa(binary), isHandsFree: state.isHandsFree }, 'submit');
};
// Hands-free: a voice that is heard for a moment opens the microphone, a silence closes it.
const START_FRAMES = 3, END_FRAMES = 11;
const watchVoice = async () => {
  const microphone = await openMicrophone(), watch = new VoiceWatch(microphone.source, player().output());
  let loud = 0, quiet = 0;
  clearInterval(state.watch);
  state.watch = setInterval(() => {
    const isVoice = watch.look(Boolean(state.opened));
    loud = isVoice ? loud + 1 : 0;
    quiet = isVoice ? 0 : quiet + 1;
    if (loud >= START_FRAMES && !state.opened && player().isPlaying()) open(true);
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
  const isListening = player().isPlaying() || player().hasRunDry();  // hasn't paused
  const wants = page.dataset.state === 'playing' && !state.opened && isListening;
  if (wants && player().ahead() < AHEAD && Date.now() - state.asked > 1500) tell({}, 'tick');
};
setInterval(follow, 200);
