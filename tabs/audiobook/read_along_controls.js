// What the listener does
const change = (line) => trigger('select', { chapter: state.chapter, line });
ui.addEventListener('click', async (event) => {
  const button = event.target.closest('button');
  if (button?.matches('.fa-toggle')) setPlaying(!state.playing);
  else if (button?.matches('.fa-skip')) jump(now() + Number(button.dataset.step));
  else if (button?.matches('.fa-edit')) change(state.line);
  else if (button?.matches('.fa-flag')) {
    if (Number(button.dataset.chapter) !== state.chapter) await openChapter(Number(button.dataset.chapter));
    const line = state.lines[Number(button.dataset.line)];
    if (line?.start !== undefined) { state.playing = true; showToggle(); go(line.start); }
  } else {
    const node = event.target.closest('.fa-line');
    if (!node) return;
    const line = state.lines[Number(node.dataset.line)];
    const word = event.target.closest('.fa-word');
    state.handsOff = performance.now() + HANDS_OFF_MS;
    if (button?.matches('.fa-who') || line.start === undefined) change(line.number);
    else { state.playing = true; showToggle(); go(word ? Number(word.dataset.start) : line.start); }
  }
});
find('.fa-chapter').addEventListener('change', (event) => openChapter(Number(event.target.value)));
find('.fa-speed').addEventListener('change', (event) => speakers.forEach((audio) => {
  audio.defaultPlaybackRate = Number(event.target.value);
  audio.playbackRate = Number(event.target.value);
}));
find('.fa-seek input').addEventListener('change', (event) => jump(Number(event.target.value)));
for (const name of ['wheel', 'touchmove']) {
  page.addEventListener(name, () => { state.handsOff = performance.now() + HANDS_OFF_MS; }, { passive: true });
}
page.addEventListener('keydown', (event) => {
  const steps = { ArrowLeft: -STEP_SECONDS, ArrowRight: STEP_SECONDS };
  if (event.key === ' ') setPlaying(!state.playing);
  else if (event.key in steps) jump(now() + steps[event.key]);
  else if (event.key === 'Enter') change(state.line);
  else return;
  event.preventDefault();
});
// Browsers let sound begin only after a tap or a key, and Safari only in an element that such an event has started.
const unlock = (event) => {
  if (state.id || !event.target.closest?.('[role=tabpanel]')?.contains(element)) return;
  speakers.forEach((audio) => { audio.src = SILENCE; audio.play().catch(() => {}); });
};
document.addEventListener('click', unlock, true);
for (const [action, act] of Object.entries({
  play: () => setPlaying(true), pause: () => setPlaying(false),
  seekbackward: () => jump(now() - 15), seekforward: () => jump(now() + 15),
})) navigator.mediaSession?.setActionHandler(action, () => { if (state.id) act(); });

const mount = () => { if (ui.parentElement?.isConnected !== true) element.querySelector('.fa-reader-place')?.append(ui); };
const take = async () => {
  mount();
  const value = props.value ? JSON.parse(props.value) : { id: '' };
  ui.classList.toggle('fa-empty', !value.id);
  if (value.id === state.id && !value.id) return;
  if (value.id === state.id) {  // changed by the listener: what is heard goes on, the rest is fetched anew
    drop(state.next);
    Object.assign(state, { next: null, finished: false });
    await fetchLines(0).catch(() => {});
    if (value.play && !state.playing) setPlaying(true);
    poll();
    return;
  }
  state.turn += 1;
  speakers.forEach((audio) => audio.pause());
  Object.assign(state, EMPTY, { id: value.id, lines: [], playing: value.id ? value.play : false });
  state.waiting = state.playing;
  page.replaceChildren();
  showToggle();
  poll();
};
watch('value', take);
setInterval(mount, 500);
take();
