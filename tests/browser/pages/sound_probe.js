// For tests: a microphone that hears what a test says into it, and a probe of what a player sounds like.
window.soundProbe = (() => {
  const PROBE = `registerProcessor('probe', class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (samples) this.port.postMessage({ at: currentTime, samples: samples.slice() });
      return true;
    }
  })`;
  const until = (holds, seconds = 300) => new Promise((resolve, reject) => {
    const end = performance.now() + 1000 * seconds;
    const look = () => {
      if (holds()) resolve();
      else if (performance.now() > end) reject(new Error(`never within ${seconds} s: ${holds}`));
      else setTimeout(look, 10);
    };
    look();
  });
  let context, sink;
  const open = async () => {
    context = context || new AudioContext();
    sink = sink || context.createMediaStreamDestination();
    await context.resume();
    return context;
  };
  navigator.mediaDevices.getUserMedia = async () => { await open(); return sink.stream; };
  return {
    until,
    // Holds Talk while the show sounds; returns seconds until it is silent, what was left of it, and the greatest steps
    // between two samples before and while it fades. release: What to wait for before Talk is released.
    talk: async (name, tap, release = async () => {}) => {
      const player = window.funaudioPlayers[name], button = document.querySelector('.fa-talk');
      await until(() => player.position()?.seconds > 0.3 && tap.last(tap.now() - 0.05, tap.now(), 0.01));
      const start = tap.now(), left = player.ahead();
      button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 }));
      await until(() => tap.now() > start + Math.min(1, left));
      const silent = tap.last(start, start + 1) - start;
      const result = { left, silent, before: tap.step(start - 0.3, start), fading: tap.step(start - 0.01, start + 1) };
      await release();
      document.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
      return result;
    },
    // Plays a WAV file, as base64, into the microphone; resolves at its end.
    say: async (wav, gain = 1, onStart = () => {}) => {
      await open();
      const bytes = Uint8Array.from(atob(wav), (char) => char.charCodeAt(0));
      const source = context.createBufferSource(), volume = context.createGain();
      source.buffer = await context.decodeAudioData(bytes.buffer);
      volume.gain.value = gain;
      source.connect(volume).connect(sink);
      return new Promise((resolve) => { source.onended = resolve; source.start(); onStart(); });
    },
    // Lets the microphone hear a player.
    echo: async (name, gain) => {
      await open();
      const output = window.funaudioPlayers[name].output(), relay = output.context.createMediaStreamDestination();
      output.connect(relay);
      const volume = context.createGain();
      volume.gain.value = gain;
      context.createMediaStreamSource(relay.stream).connect(volume).connect(sink);
    },
    // Records a player from now on; returns functions for its clock, and for what it sounded like.
    tap: async (name) => {
      const output = window.funaudioPlayers[name].output(), player = output.context, chunks = [];
      await player.audioWorklet.addModule(URL.createObjectURL(new Blob([PROBE], { type: 'text/javascript' })));
      const node = new AudioWorkletNode(player, 'probe');
      node.port.onmessage = ({ data }) => chunks.push(data);
      output.connect(node).connect(player.destination);
      const between = (from, to) => chunks.filter(({ at }) => at >= from && at < to);
      return {
        now: () => player.currentTime,
        // The time of the last, or first, sample above a level between two times; null without any.
        last: (from, to, level = 0.001) => {
          const found = between(from, to).findLast(({ samples }) => samples.some((value) => Math.abs(value) > level));
          return found ? found.at + found.samples.findLastIndex((value) => Math.abs(value) > level) / player.sampleRate : null;
        },
        first: (from, to, level = 0.001) => {
          const found = between(from, to).find(({ samples }) => samples.some((value) => Math.abs(value) > level));
          return found ? found.at + found.samples.findIndex((value) => Math.abs(value) > level) / player.sampleRate : null;
        },
        // The greatest step between two samples.
        step: (from, to) => {
          const all = between(from, to).flatMap(({ samples }) => [...samples]);
          return all.slice(1).reduce((most, value, i) => Math.max(most, Math.abs(value - all[i])), 0);
        },
      };
    },
  };
})();
