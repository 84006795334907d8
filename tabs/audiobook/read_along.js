// Player that follows the text. Sound comes in pieces of about ten seconds, cut between lines, which two audio elements
// play in turn: speed then keeps the pitch, and never more than two pieces are in memory.
const text = LABELS[navigator.language.startsWith('zh') ? 1 : 0];
const PIECE_SECONDS = 10, STEP_SECONDS = 5, RENDERED = 240, COLORS = 8;
const POLL_MS = 1500, WAITING_MS = 400, HANDS_OFF_MS = 5000;
const SILENCE = 'data:audio/wav;base64,UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==';
const ui = document.createElement('div');
ui.className = 'fa-reader fa-empty';
ui.setAttribute('role', 'group');
ui.setAttribute('aria-label', text.player);
ui.innerHTML = `
  <div class="fa-bar">
    <button type="button" class="fa-toggle" aria-label="${text.play}"><i></i></button>
    <button type="button" class="fa-skip" data-step="-15" aria-label="${text.back}">−15</button>
    <button type="button" class="fa-skip" data-step="15" aria-label="${text.ahead}">+15</button>
    <label>${text.chapter} <select class="fa-chapter"></select></label>
    <label>${text.speed} <select class="fa-speed">${[0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2].map((speed) => (
    `<option value="${speed}"${speed === 1 ? ' selected' : ''}>${speed}×</option>`)).join('')}</select></label>
    <button type="button" class="fa-edit">${text.edit}</button>
  </div>
  <div class="fa-seek"><input type="range" min="0" max="1" step="0.1" value="0" aria-label="${text.position}">
    <span class="fa-clock"></span></div>
  <p class="fa-progress" role="status"></p>
  <details class="fa-flags" hidden><summary></summary><ul></ul></details>
  <div class="fa-page" tabindex="0" role="region" aria-label="${text.page}"></div>`;
const find = (name) => ui.querySelector(name);
const page = find('.fa-page');
const speakers = [new Audio(), new Audio()];  // the first one plays, the second one holds the next piece
speakers.forEach((audio) => ui.append(audio));
const EMPTY = { status: null, chapter: 0, lines: [], total: 0, made: 0, seconds: 0, rate: 24000, version: '',
  finished: false, piece: null, next: null, position: 0, line: 0, shown: [0, 0] };
const state = { id: '', playing: false, waiting: false, turn: 0, handsOff: 0, timer: 0, ...EMPTY };

// Data
const get = async (path) => {
  const answer = await fetch(`narrations/${state.id}${path}`);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || answer.statusText);
  return answer;
};
const fetchLines = async (first) => {
  const { id, chapter } = state;
  let from = first, hasChanged = first === 0;
  do {
    const found = await (await get(`/${chapter}/lines?from=${from}`)).json();
    if (state.id !== id || state.chapter !== chapter) return;
    const isOther = found.version !== state.version && found.made <= state.made && first > 0;
    hasChanged ||= found.version !== state.version || found.made !== state.made || !state.lines.length;
    for (const name of ['total', 'made', 'seconds', 'rate', 'version', 'finished']) state[name] = found[name];
    if (isOther) { first = 0; from = 0; continue; }  // changed in another tab
    found.lines.forEach((line) => { state.lines[line.number] = line; });
    from += found.lines.length;
    if (!found.lines.length) break;
  } while (from < state.total && (state.lines.length < state.total || from < state.made));
  if (hasChanged) render();
};
const poll = async () => {
  clearTimeout(state.timer);
  const { id } = state;
  if (!id) return;
  try {
    const status = await (await get('')).json();
    if (state.id !== id) return;
    state.status = status;
    showStatus();
    if (!state.lines.length || !state.finished) await fetchLines(state.lines.length ? state.made : 0);
    if (state.playing && state.waiting) await go(state.position);
    const isBusy = status.state === 'running' || (state.playing && state.waiting);
    if (state.id === id && isBusy) state.timer = setTimeout(poll, state.waiting ? WAITING_MS : POLL_MS);
  } catch (error) {
    find('.fa-progress').textContent = error.message;
    state.timer = setTimeout(poll, 4 * POLL_MS);
  }
};

