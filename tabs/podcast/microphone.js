// The microphone: raw samples in chunks, so that a question keeps the words before it was noticed, and a watch that
// tells a voice from the sound of the show.
const CHUNK_SAMPLES = 1024, SPEECH_HZ = 16000, BEFORE_SECONDS = 0.4, SHORTEST_SECONDS = 0.15;
const CAPTURE = `registerProcessor('fa-capture', class extends AudioWorkletProcessor {
  constructor() { super(); this.chunk = new Float32Array(${CHUNK_SAMPLES}); this.filled = 0; }
  process([[samples]]) {
    if (!samples) return true;
    this.chunk.set(samples, this.filled);
    this.filled += samples.length;
    if (this.filled === ${CHUNK_SAMPLES}) {
      this.port.postMessage(this.chunk);
      this.chunk = new Float32Array(${CHUNK_SAMPLES});
      this.filled = 0;
    }
    return true;
  }
})`;
class Microphone {
  static async open() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    const context = new AudioContext(), url = URL.createObjectURL(new Blob([CAPTURE], { type: 'text/javascript' }));
    await context.audioWorklet.addModule(url);
    URL.revokeObjectURL(url);
    return new Microphone(context, context.createMediaStreamSource(stream));
  }

  constructor(context, source) {
    const capture = new AudioWorkletNode(context, 'fa-capture');
    Object.assign(this, { context, source, capture, chunks: [], isRecording: false });
    source.connect(capture).connect(context.destination);  // silent, but nodes that lead nowhere may not run
    capture.port.onmessage = ({ data }) => {
      this.chunks.push(data);
      const kept = BEFORE_SECONDS * context.sampleRate / CHUNK_SAMPLES;
      if (!this.isRecording && this.chunks.length > kept) this.chunks.shift();
    };
  }

  record(withBefore) {
    if (!withBefore) this.chunks = [];
    this.isRecording = true;
  }

  // Ends the recording; returns it as the bytes of a WAV file, or null if it is too short to hold a word.
  stop() {
    this.isRecording = false;
    if (this.chunks.length * CHUNK_SAMPLES < SHORTEST_SECONDS * this.context.sampleRate) return null;
    const step = Math.max(1, Math.round(this.context.sampleRate / SPEECH_HZ)), all = this.chunks.splice(0);
    const count = Math.floor(all.length * CHUNK_SAMPLES / step), view = new DataView(new ArrayBuffer(44 + 2 * count));
    const rate = Math.round(this.context.sampleRate / step), at = (i) => all[Math.floor(i / CHUNK_SAMPLES)][i % CHUNK_SAMPLES];
    const write = (offset, text) => [...text].forEach((char, i) => view.setUint8(offset + i, char.charCodeAt(0)));
    write(0, 'RIFF');
    view.setUint32(4, 36 + 2 * count, true);
    write(8, 'WAVEfmt ');
    [[16, 4], [1, 2], [1, 2], [rate, 4], [2 * rate, 4], [2, 2], [16, 2]].reduce((offset, [value, size]) => {
      if (size === 4) view.setUint32(offset, value, true); else view.setUint16(offset, value, true);
      return offset + size;
    }, 16);
    write(36, 'data');
    view.setUint32(40, 2 * count, true);
    for (let i = 0; i < count; i += 1) {
      let sum = 0;
      for (let j = 0; j < step; j += 1) sum += at(i * step + j);
      view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, sum / step)) * 32767, true);
    }
    return new Uint8Array(view.buffer);
  }
}

// Powers in dB of the bands of a node's latest sound.
const BANDS = 14, LOWEST_HZ = 150, HIGHEST_HZ = 5000, SILENT_DB = -100;
class Bands {
  constructor(node) {
    this.analyser = node.context.createAnalyser();
    Object.assign(this.analyser, { fftSize: 2048, smoothingTimeConstant: 0 });
    node.connect(this.analyser);
    this.bins = new Float32Array(this.analyser.frequencyBinCount);
    const step = (HIGHEST_HZ / LOWEST_HZ) ** (1 / BANDS), bin = (hertz) => Math.round(hertz * 2048 / node.context.sampleRate);
    this.edges = Array.from({ length: BANDS + 1 }, (_, i) => bin(LOWEST_HZ * step ** i));
  }

  read() {
    this.analyser.getFloatFrequencyData(this.bins);
    return this.edges.slice(1).map((end, i) => {
      let power = 0;
      for (let j = this.edges[i]; j < Math.max(end, this.edges[i] + 1); j += 1) power += 10 ** (this.bins[j] / 10);
      return Math.max(SILENT_DB, 10 * Math.log10(power));
    });
  }
}

// Tells a voice at the microphone from the show's own sound, which comes back from the loudspeaker: it learns how loud
// each band of it comes back, as the value that ECHO_SHARE of the frames stay under, and a voice is louder than that.
// Chosen on three stored shows, with echoes after 20 to 250 ms, with and without a room, and 16 voices over them.
const FRAME_MS = 50, LATE_MS = 150, ECHO_FRAMES = 8, ECHO_SHARE = 0.9, LEARN_DB = 0.2, FIRST_FRAMES = 40, FIRST_LEARN_DB = 3;
const MARGIN_DB = 4, VOICE_BANDS = 3, VOICE_DB = -58, ENDING_DB = 25;
class VoiceWatch {
  constructor(microphone, own) {
    Object.assign(this, { heard: new Bands(microphone), own: new Bands(own), recent: [], frames: 0, looked: 0 });
    this.gains = Array(BANDS).fill(0);
    this.peaks = null;  // of the voice while it is recorded
  }

  // Returns whether a voice is heard in the latest frame. isRecording: The show is silent.
  look(isRecording) {
    const heard = this.heard.read(), now = performance.now();
    if (now - this.looked > LATE_MS) this.recent = [];  // a busy page has missed what was played meanwhile
    this.looked = now;
    this.recent.push(this.own.read());
    while (this.recent.length > (isRecording ? ECHO_FRAMES / 2 : ECHO_FRAMES)) this.recent.shift();
    const step = this.frames < FIRST_FRAMES ? FIRST_LEARN_DB : LEARN_DB;
    if (!isRecording) this.peaks = null;
    let louder = 0, isPlaying = false;
    heard.forEach((level, i) => {
      const played = Math.max(...this.recent.map((bands) => bands[i]));
      const ending = this.peaks ? this.peaks[i] - ENDING_DB : SILENT_DB;  // softer is the noise of a room
      if (level > Math.max(VOICE_DB, ending, played + this.gains[i] + MARGIN_DB)) louder += 1;
      if (played < VOICE_DB) return;
      isPlaying = true;
      const isAbove = level - played > this.gains[i];
      this.gains[i] = Math.max(-40, this.gains[i] + (isAbove ? ECHO_SHARE : ECHO_SHARE - 1) * step);
    });
    if (isPlaying) this.frames += 1;
    if (isRecording) this.peaks = heard.map((level, i) => Math.max(level, this.peaks?.[i] ?? SILENT_DB));
    return louder >= VOICE_BANDS && (isRecording || this.recent.length === ECHO_FRAMES);
  }
}
