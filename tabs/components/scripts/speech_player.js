// The player of speech: plays chunks as they arrive, shows their waveform and words, seeks, and compares two takes.
// A value is NAME+PART|RATE|PIECES, each piece ended by ".": base64 of 16-bit samples, or "~" and base64 of the words of
// the chunk that follows. A number and ":" before samples mark what they say, for pages that let a listener interrupt.
// A name that begins with "=" is a take that waits for a tap instead of playing at once.
const PEAK_SECONDS = 0.025, BAR_PIXELS = 3, BAR_STEP_PIXELS = 5, STEP_SECONDS = 2, REFRESH_MILLISECONDS = 100;
const LARGEST_KEPT_SECONDS = 300;  // of a previous take, which takes memory of the browser
const DUCKED_LEVEL = 0.126, DUCK_SECONDS = 0.06, CUT_SECONDS = 0.12;

class Take {
  constructor(name) {
    Object.assign(this, { name, chunks: [], words: [], peaks: [], seconds: 0, energy: 0, samples: 0 });
  }

  get level() { return this.samples ? Math.sqrt(this.energy / this.samples) : 0; }

  add(buffer, words, mark) {
    const samples = buffer.getChannelData(0), step = Math.round(PEAK_SECONDS * buffer.sampleRate);
    words.forEach(([text, start, end]) => {
      this.words.push({ text, start: this.seconds + start, end: this.seconds + end });
    });
    for (let i = 0; i < samples.length; i += step) {
      let peak = 0;
      for (let j = i; j < Math.min(i + step, samples.length); j += 1) {
        const height = Math.abs(samples[j]);
        this.energy += height * height;
        peak = Math.max(peak, height);
      }
      this.peaks.push(peak);
    }
    this.samples += samples.length;
    this.chunks.push({ buffer, start: this.seconds, mark });
    this.seconds += buffer.duration;
  }

  // The marked piece that is heard at a time, and the seconds of it heard until then; null before the first one.
  pieceAt(seconds) {
    const mark = this.chunks.findLast((chunk) => chunk.mark && chunk.start <= seconds)?.mark;
    return mark ? { id: mark, seconds: seconds - this.chunks.find((chunk) => chunk.mark === mark).start } : null;
  }
}

window.buildSpeechPlayer = (element, props, watch, { name: id, labels, compares }) => {
  const find = (name) => element.querySelector(name);
  const state = { takes: [], shown: null, name: null, part: '', read: 0, words: [] };
  const sound = { context: null, gain: null, fader: null, sources: [], origin: 0, end: 0, paused: false };

  // Browsers let sound begin only within a tap or a key: the context is made or resumed there.
  const unlock = (event) => {
    const button = event.target.closest && event.target.closest('button');
    const page = element.closest('[role=tabpanel]');
    if (!page || !page.contains(event.target) || !(button || event.key === 'Enter')) return;
    if (element.contains(button)) return;
    sound.context = sound.context || new AudioContext();
    if (sound.paused && button && button.classList.contains('primary')) {  // the paused sound makes room for a new one
      silence();
      sound.paused = false;
    }
    if (sound.context.state === 'suspended' && !sound.paused) sound.context.resume();
  };
  for (const name of ['pointerup', 'touchend', 'click', 'keydown']) document.addEventListener(name, unlock, true);

  const now = () => (sound.context ? sound.context.currentTime : 0);
  const position = () => {
    if (!state.shown || !sound.sources.length) return sound.rest ?? 0;
    return Math.min(Math.max(0, Math.min(now(), sound.end) - sound.origin), state.shown.seconds);
  };
  const isPlaying = () => (
    sound.sources.length > 0 && now() < sound.end && sound.context.state === 'running' && !sound.paused);
  const fadeTo = (level, seconds) => {
    const gain = sound.fader?.gain;
    gain?.cancelScheduledValues(0);
    gain?.setValueAtTime(seconds ? gain.value : level, now());
    gain?.linearRampToValueAtTime(level, now() + seconds);
  };
  const silence = () => {
    sound.sources.forEach((source) => { try { source.stop(); } catch { /* it had ended */ } });
    fadeTo(1, 0);
    Object.assign(sound, { sources: [], origin: 0, end: 0, rest: 0 });
  };
  const schedule = ({ buffer, start }, from = start) => {
    const source = sound.context.createBufferSource(), offset = from - start;
    source.buffer = buffer;
    source.connect(sound.gain);
    const at = Math.max(sound.end, now() + 0.03);
    if (!sound.sources.length) [sound.begin, element.dataset.started] = [at, String(Date.now())];
    else if (at > sound.end + 0.005) element.dataset.gaps = String(Number(element.dataset.gaps || 0) + 1);
    sound.origin = at - from;
    source.start(at, offset);
    sound.sources.push(source);
    sound.end = at + buffer.duration - offset;
  };
  const prepare = () => {
    sound.context = sound.context || new AudioContext();
    if (sound.gain) return;
    sound.gain = sound.context.createGain();
    sound.fader = sound.context.createGain();  // apart from the gain, which each chunk sets
    sound.gain.connect(sound.fader).connect(sound.context.destination);
  };
  // Both takes are heard at the level of the quieter one, so that louder doesn't sound better.
  const matchLevel = () => {
    const other = state.takes.find((each) => each !== state.shown);
    const quieter = other && other.level && state.shown.level > other.level;
    sound.gain.gain.value = state.isCompared && quieter ? other.level / state.shown.level : 1;
  };
  const playFrom = (seconds) => {
    const take = state.shown;
    if (!take || !take.chunks.length) return;
    prepare();
    silence();
    matchLevel();
    const from = Math.max(0, Math.min(seconds, take.seconds - 0.01));
    sound.from = from;
    take.chunks.forEach((chunk) => {
      if (chunk.start + chunk.buffer.duration > from) schedule(chunk, Math.max(from, chunk.start));
    });
    if (!sound.paused && sound.context.state === 'suspended') sound.context.resume();
  };
  const seek = (seconds) => {
    playFrom(seconds);
    refresh();
  };
  const reveal = () => {  // on a phone the results are below the settings
    const { top, bottom } = element.getBoundingClientRect();
    if (!element.closest('.fa-results') || (top >= 0 && bottom <= innerHeight)) return;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.scrollIntoView({ block: 'center', behavior: isStill ? 'auto' : 'smooth' });
  };

  const show = (take) => {
    state.shown = take;
    element.toggleAttribute('data-take', Boolean(take));  // the style sheet hides a player without one
    state.drawn = -1;
    find('.fa-words')?.replaceChildren();
  };
  const begin = (name) => {  // a take, or nothing for ""
    element.toggleAttribute('data-heard', false);
    const previous = state.takes.at(-1);
    const kept = compares && previous?.seconds && previous.seconds < LARGEST_KEPT_SECONDS ? [previous] : [];
    state.isCompared = false;
    if (!name) {
      silence();
      show(null);
      return;
    }
    const take = new Take(name), waits = name.startsWith('=') && isPlaying();
    state.takes = [...kept, take];
    if (waits) return;
    silence();
    show(take);
  };

  // For pages that let a listener interrupt.
  const hasBegun = () => state.shown && sound.sources.length && now() >= sound.begin;
  const heardPiece = () => (hasBegun() ? state.shown.pieceAt(position()) : null);
  const cut = () => {  // returns the piece that was heard
    const heard = heardPiece(), name = state.name;
    state.cut = name;
    fadeTo(0, CUT_SECONDS);
    setTimeout(() => state.name === name && begin(''), 1000 * CUT_SECONDS + 30);  // unless another take has begun
    return heard;
  };
  (window.funaudioPlayers ??= {})[id] = {
    position: heardPiece,
    ahead: () => Math.max(0, sound.end - now()),
    isPlaying,
    hasRunDry: () => sound.sources.length > 0 && now() >= sound.end && !sound.paused,  // all that came was heard
    duck: () => fadeTo(DUCKED_LEVEL, DUCK_SECONDS),
    cut,
    output: () => { prepare(); return sound.fader; },  // node of what is heard
  };

  const decode = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const add = (piece, rate) => {
    if (piece.startsWith('~')) {
      state.words = JSON.parse(new TextDecoder().decode(decode(piece.slice(1))));
      return;
    }
    const [samples, mark] = piece.split(':').reverse();
    const pcm = new Int16Array(decode(samples).buffer), take = state.takes.at(-1);
    if (!pcm.length) return;
    prepare();
    const buffer = sound.context.createBuffer(1, pcm.length, rate), channel = buffer.getChannelData(0);
    for (let i = 0; i < pcm.length; i += 1) channel[i] = pcm[i] / 32768;
    take.add(buffer, state.words.splice(0), Number(mark ?? 0));
    if (take !== state.shown || take.name.startsWith('=')) return;
    if (sound.context.state === 'suspended' && !sound.paused) sound.context.resume();
    sound.gain.gain.value = 1;
    schedule(take.chunks.at(-1));
  };
  const take = () => {
    const value = props.value || '';
    const [name, part] = value.split('|', 1)[0].split('+');
    if (value && name === state.cut) return;
    if (name !== state.name || (part === state.part && value.length < state.read)) {
      if (!name.startsWith('=')) sound.paused = false;
      Object.assign(state, { name, part, read: 0, words: [] });
      begin(name);
      element.dataset.gaps = '0';
      element.toggleAttribute('data-partial', Boolean(part) && part !== '0');  // the page was reloaded meanwhile
      delete element.dataset.started;
      if (value) reveal();
    } else if (part !== state.part) {
      Object.assign(state, { part, read: 0 });
    }
    if (!value) return;
    const rate = Number(value.split('|', 2)[1]);
    const fresh = value.slice(state.read || value.indexOf('|', value.indexOf('|') + 1) + 1);
    fresh.split('.').filter(Boolean).forEach((piece) => add(piece, rate));
    state.read = value.length;
  };

  const drawWave = (canvas, heard) => {
    const width = canvas.clientWidth, height = canvas.clientHeight, ratio = devicePixelRatio || 1;
    if (!width) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const brush = canvas.getContext('2d'), style = getComputedStyle(canvas);
    brush.scale(ratio, ratio);
    const peaks = state.shown ? state.shown.peaks : [], bars = Math.floor(width / BAR_STEP_PIXELS);
    const highest = Math.max(0.05, ...(peaks.length < 50_000 ? peaks : [0.8]));
    for (let i = 0; i < bars; i += 1) {
      const first = Math.floor(i * peaks.length / bars), last = Math.max(first + 1, Math.floor((i + 1) * peaks.length / bars));
      let peak = 0;
      for (let j = first; j < Math.min(last, peaks.length); j += 1) peak = Math.max(peak, peaks[j]);
      const tall = Math.max(2, (height - 4) * peak / highest);
      brush.fillStyle = (i + 0.5) / bars <= heard ? style.color : style.getPropertyValue('--fa-unheard');
      brush.fillRect(i * BAR_STEP_PIXELS, (height - tall) / 2, BAR_PIXELS, tall);
    }
  };
  const isWide = (text) => /[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]/.test(text);
  const drawWords = (seconds) => {
    const box = find('.fa-words'), words = state.shown ? state.shown.words : [];
    for (let i = box.children.length; i < words.length; i += 1) {
      const span = document.createElement('span'), before = words[i - 1];
      const isMark = /^[\p{P}]+$/u.test(words[i].text) && !/^[([{“‘¿¡«]/.test(words[i].text);
      const needsSpace = before && !isMark && !/\s$/.test(before.text) && !isWide(before.text + words[i].text);
      span.textContent = words[i].text;
      span.dataset.start = words[i].start;
      box.append(needsSpace ? ' ' : '', span);
    }
    const current = sound.sources.length ? words.findLastIndex((word) => word.start <= seconds + 0.02) : -1;
    if (current === state.word && box.querySelector('.fa-word')) return;
    state.word = current;
    box.querySelector('.fa-word')?.classList.remove('fa-word');
    const span = box.children[current];
    if (!span || seconds >= state.shown.seconds) return;
    span.classList.add('fa-word');
    if (span.offsetTop < box.scrollTop || span.offsetTop + span.offsetHeight > box.scrollTop + box.clientHeight) {
      box.scrollTop = span.offsetTop - 8;
    }
  };
  const refresh = () => {
    const toggle = find('.fa-toggle');
    if (!toggle) return;
    const newest = state.takes.at(-1);
    if (state.shown && newest !== state.shown && newest.name.startsWith('=') && !state.isCompared && !isPlaying()) {
      silence();  // the better take has waited for the end of the first one
      show(newest);
    }
    const seconds = position(), made = state.shown ? state.shown.seconds : 0, playing = isPlaying();
    toggle.ariaLabel = inLanguage(labels.play);
    toggle.classList.toggle('fa-sounding', playing);
    find('.fa-clock').textContent = made ? `${seconds.toFixed(1)} / ${made.toFixed(1)} s` : '–';
    const canvas = find('.fa-wave');
    canvas.ariaLabel = inLanguage(labels.position);
    Object.assign(canvas, { ariaValueMin: '0', ariaValueMax: made.toFixed(1), ariaValueNow: seconds.toFixed(1) });
    canvas.ariaValueText = find('.fa-clock').textContent;
    const drawn = `${seconds}/${made}/${canvas.clientWidth}/${document.body.className}`;
    if (drawn !== state.drawn) {
      drawWave(canvas, made ? seconds / made : 0);
      drawWords(seconds);
    }
    state.drawn = drawn;
    const isHeld = sound.sources.length > 0 && sound.context.state === 'suspended' && !sound.paused;
    const held = isHeld ? inLanguage(labels.held) : '';
    if (find('.fa-held').textContent !== held) find('.fa-held').textContent = held;  // screen readers read it once
    const compare = find('.fa-compare');
    compare.hidden = state.takes.length < 2 || !state.shown;
    compare.textContent = inLanguage(state.shown === newest ? labels.previous : labels.newest);
    compare.ariaPressed = String(state.shown !== newest);
    element.dataset.playing = String(playing);
    const isWhole = sound.sources.length > 0 && !(sound.from > 0.1) && seconds >= made - 0.05;
    if (made && isWhole) element.toggleAttribute('data-heard', true);  // from start to end, without a jump
    element.dataset.made = made.toFixed(2);
  };

  const toggle = () => {
    if (!state.shown) return;
    prepare();
    const isOver = sound.context.state === 'running' && now() >= sound.end;
    if (!sound.sources.length || isOver) {
      sound.paused = false;
      playFrom(0);
      return;
    }
    sound.paused = sound.context.state === 'running';
    if (sound.paused) sound.context.suspend(); else sound.context.resume();
  };
  const compare = () => {
    const seconds = position();
    state.isCompared = true;
    show(state.takes.find((each) => each !== state.shown));
    sound.paused = false;
    playFrom(seconds >= state.shown.seconds - 0.05 ? 0 : seconds);
  };
  const secondsAt = (event) => {
    const { left, width } = find('.fa-wave').getBoundingClientRect();
    return (event.clientX - left) / width * state.shown.seconds;
  };
  element.addEventListener('click', (event) => {
    if (event.target.closest('.fa-toggle')) toggle();
    else if (event.target.closest('.fa-compare')) compare();
    else if (event.target.closest('.fa-wave') && state.shown) seek(secondsAt(event));
    else if (event.target.closest('.fa-words span')) seek(Number(event.target.closest('span').dataset.start));
    refresh();
  });
  element.addEventListener('keydown', (event) => {
    const moves = { ArrowLeft: -STEP_SECONDS, ArrowRight: STEP_SECONDS, Home: -Infinity, End: Infinity };
    if (!event.target.closest('.fa-wave') || !state.shown || !(event.key in moves)) return;
    event.preventDefault();
    seek(Math.min(position() + moves[event.key], state.shown.seconds));
  });
  watch('value', take);
  take();
  setInterval(refresh, REFRESH_MILLISECONDS);
};
