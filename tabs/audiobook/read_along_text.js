// Text
const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (parts[0] ? parts : parts.slice(1)).map((part, place) => String(part).padStart(place ? 2 : 1, '0')).join(':');
};
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const showToggle = () => {
  find('.fa-toggle').classList.toggle('fa-sounding', state.playing);
  find('.fa-toggle').setAttribute('aria-pressed', String(state.playing));
};
const showStatus = () => {
  const { chapters, seconds, left, message, flags, flag_count: count } = state.status;
  const done = chapters.filter((chapter) => chapter.done === chapter.total).length;
  const words = [fill(text.made, { done, all: chapters.length, time: clock(seconds) }), text[state.status.state]];
  if (state.playing && state.waiting) words.push(text.waiting);
  if (left && state.status.state === 'running') words.splice(1, 0, fill(text.left, { time: clock(left) }));
  const told = message || words.filter(Boolean).join(' · ');
  if (find('.fa-progress').textContent !== told) find('.fa-progress').textContent = told;
  const options = chapters.map(({ title, done: made, total }, place) => (
    new Option(`${title}${made === total ? ' ✓' : ''}`, place)));
  if (!find('.fa-chapter').matches(':focus')) {
    find('.fa-chapter').replaceChildren(...options);
    find('.fa-chapter').value = String(state.chapter);
  }
  find('.fa-flags').hidden = !count;
  find('.fa-flags summary').textContent = fill(text.flags, { count });
  find('.fa-flags ul').replaceChildren(...flags.map((flag) => {
    const item = document.createElement('li');
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'fa-flag', textContent: flag.text });
    Object.assign(button.dataset, { chapter: flag.chapter, line: flag.line });
    item.append(button, ` ${fill(text.heard, { words: flag.heard || '–' })}`);
    return item;
  }));
};
// Whether the one who spoke last in this paragraph is the speaker of a line, in the same manner.
const isSaidBefore = (line) => {
  for (let number = line.number - 1; state.lines[number]?.passage === line.passage; number -= 1) {
    const before = state.lines[number];
    if (before.role) return before.role === line.role && before.manner === line.manner;
  }
  return false;
};
const lineNode = (line) => {
  const node = document.createElement('span');
  const isPlain = line.role === 0;
  node.className = `fa-line${isPlain ? '' : ` fa-voice-${(line.role - 1) % COLORS}`}`;
  node.classList.toggle('fa-unmade', line.start === undefined);
  node.dataset.line = line.number;
  if (!isPlain && state.status && !isSaidBefore(line)) {
    const who = document.createElement('button');
    Object.assign(who, { type: 'button', className: 'fa-who', tabIndex: -1, title: text.edit });
    who.textContent = [state.status.roles[line.role], line.manner].filter(Boolean).join(' · ');
    node.append(who, ' ');
  }
  let at = 0;
  for (const [first, last, begin, end] of line.words || []) {
    const word = document.createElement('span');
    Object.assign(word, { className: 'fa-word', textContent: line.text.slice(first, last) });
    Object.assign(word.dataset, { start: begin, end });
    node.append(line.text.slice(at, first), word);
    at = last;
  }
  node.append(line.text.slice(at));
  return node;
};
const render = () => {
  const first = Math.max(0, Math.min(state.line - Math.floor(RENDERED / 3), state.lines.length - RENDERED));
  const lines = state.lines.slice(first, first + RENDERED);
  const top = page.scrollTop;
  const blocks = [];
  let passage = null;
  for (const line of lines) {
    if (line.passage !== passage) {
      const block = document.createElement(line.kind === 'heading' ? 'h3' : 'p');
      block.className = `fa-${line.kind}`;
      blocks.push(block);
      passage = line.passage;
    }
    blocks[blocks.length - 1].append(lineNode(line));
  }
  page.replaceChildren(...blocks);
  const isMoved = state.shown[0] !== first;
  state.shown = [first, first + lines.length];
  if (isMoved) follow(true); else page.scrollTop = top;
  mark(true);
};
const follow = (isForced) => {
  const node = page.querySelector(`[data-line="${state.line}"]`);
  if (!node || (!isForced && performance.now() < state.handsOff)) return;
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const place = node.offsetTop - page.offsetTop - page.clientHeight / 3;
  page.scrollTo({ top: place, behavior: isStill ? 'auto' : 'smooth' });
};
const mark = (isForced) => {
  const seconds = now();
  if (state.piece) {
    const line = lineAt(seconds);
    if (line !== state.line) {
      state.line = line;
      if (line < state.shown[0] || line >= state.shown[1] - 10) {
        if (state.shown[1] < state.lines.length || line < state.shown[0]) { render(); return; }
      }
      follow(false);
    }
  }
  const current = page.querySelector('.fa-current');
  const node = page.querySelector(`[data-line="${state.line}"]`);
  if (current !== node) { current?.classList.remove('fa-current'); node?.classList.add('fa-current'); }
  const words = node && state.piece ? [...node.querySelectorAll('.fa-word')] : [];
  const word = words.findLast((each) => Number(each.dataset.start) <= seconds);
  const marked = page.querySelector('.fa-now');
  if (marked !== (word || null) || isForced) { marked?.classList.remove('fa-now'); word?.classList.add('fa-now'); }
  const seek = find('.fa-seek input');
  seek.max = String(Math.max(state.seconds, 1));
  if (!seek.matches(':active')) seek.value = String(seconds);
  seek.setAttribute('aria-valuetext', clock(seconds));
  find('.fa-clock').textContent = `${clock(seconds)} / ${clock(state.seconds)}${state.finished ? '' : '+'}`;
};
let isFraming = false;
const frame = () => {
  if (isFraming) return;
  isFraming = true;
  const step = () => {
    mark(false);
    isFraming = state.playing;
    if (isFraming) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
};

