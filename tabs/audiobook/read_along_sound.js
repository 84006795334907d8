// Sound
const lineAt = (seconds) => {
  let low = 0, high = state.made - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (state.lines[middle].start <= seconds) low = middle; else high = middle - 1;
  }
  return Math.max(low, 0);
};
const fetchPiece = async (start) => {
  if (start >= state.seconds - 0.02) return null;
  let last = lineAt(start);
  const endOf = (line) => (line + 1 < state.made ? state.lines[line + 1].start : state.seconds);
  while (last + 1 < state.made && endOf(last) - start < PIECE_SECONDS) last += 1;
  const end = Math.min(endOf(last), start + 55);
  const samples = [start, end].map((seconds) => Math.round(seconds * state.rate));
  const sound = await (await get(`/${state.chapter}/sound?start=${samples[0]}&end=${samples[1]}`)).blob();
  return { start, end, chapter: state.chapter, url: URL.createObjectURL(sound) };
};
const drop = (piece) => { if (piece) URL.revokeObjectURL(piece.url); };
const now = () => (state.piece ? Math.min(state.piece.start + speakers[0].currentTime, state.piece.end) : state.position);
const start = (piece) => {
  drop(state.piece);
  Object.assign(state, { piece, next: null, waiting: false });
  const [audio] = speakers;
  if (audio.src !== piece.url) audio.src = piece.url;
  Object.assign(audio, { preservesPitch: true, playbackRate: Number(find('.fa-speed').value) });
  audio.dataset.from = piece.start;
  if (state.playing) audio.play().catch(() => { state.playing = false; showToggle(); });
  prepare();
};
const prepare = async () => {
  const { turn, piece } = state;
  const next = await fetchPiece(piece.end).catch(() => null);
  if (turn !== state.turn || piece !== state.piece || !next) { drop(next); return; }
  state.next = next;
  speakers[1].src = next.url;
};
const go = async (seconds) => {  // from a time of the chapter
  state.turn += 1;
  const { turn } = state;
  speakers.forEach((audio) => audio.pause());
  drop(state.next);
  Object.assign(state, { position: seconds, next: null });
  const piece = await fetchPiece(seconds).catch(() => null);
  if (turn !== state.turn) { drop(piece); return; }
  if (piece) { start(piece); frame(); return; }
  drop(state.piece);
  Object.assign(state, { piece: null, waiting: !state.finished });
  if (state.finished && state.seconds && seconds >= state.seconds - 0.05) await finish(); else if (state.playing) poll();
};
const finish = async () => {  // the chapter is over
  if (state.status && state.chapter + 1 < state.status.chapters.length) await openChapter(state.chapter + 1);
  else { state.playing = false; showToggle(); }
};
const onEnded = () => {
  if (!state.piece) return;
  const { end } = state.piece;
  state.position = end;
  if (state.next) { speakers.reverse(); start(state.next); } else go(end);
};
speakers.forEach((audio) => audio.addEventListener('ended', () => { if (audio === speakers[0]) onEnded(); }));
const openChapter = async (chapter) => {
  state.turn += 1;
  speakers.forEach((audio) => audio.pause());
  drop(state.piece);
  drop(state.next);
  const { status } = state;
  Object.assign(state, EMPTY, { status, chapter, lines: [] });
  find('.fa-chapter').value = String(chapter);
  page.replaceChildren();
  await fetchLines(0).catch(() => {});
  if (state.playing) await go(0);
  poll();
  const { done, total } = status ? status.chapters[chapter] : { done: 0, total: 0 };
  if (done < total) trigger('select', { chapter, line: -1 });  // it is made first
};
const setPlaying = (playing) => {
  state.playing = playing;
  showToggle();
  if (!playing) { state.position = now(); speakers[0].pause(); return; }
  if (state.piece && speakers[0].currentTime < speakers[0].duration) { speakers[0].play(); frame(); } else {
    const isOver = state.finished && state.position >= state.seconds - 0.05;
    go(isOver ? 0 : state.position);
  }
};
const jump = (seconds) => go(Math.min(Math.max(seconds, 0), Math.max(state.seconds - 0.1, 0)));

