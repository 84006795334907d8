// Lets several streaming microphones work, from their first moment on. Gradio loads the WAV encoder of each when its page
// comes and registers it with the worker that all share. That fails from the second one on and would leave that microphone
// without a recorder, so later ones get the answer of the first: the pattern of the types that the encoder writes. A stream
// that is opened before the answer would be lost, so it waits.
(() => {
  const MAX_WAIT_MS = 20000;
  const answers = new WeakMap();  // a promise by worker
  let haveAnswer;
  const ready = new Promise((resolve) => { haveAnswer = () => setTimeout(resolve); });
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.method !== 'register') return send.call(this, message, ...rest);
    if (answers.has(this)) {
      answers.get(this).then((answer) => {
        this.dispatchEvent(new MessageEvent('message', { data: { ...answer, id: message.id } }));
      });
      return undefined;
    }
    answers.set(this, new Promise((resolve) => {
      const receive = ({ data }) => {
        if (data?.id !== message.id) return;
        this.removeEventListener('message', receive);
        resolve(data);
        haveAnswer();
      };
      this.addEventListener('message', receive);
    }));
    return send.call(this, message, ...rest);
  };

  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    const hasStreaming = document.querySelector('.mic-wrap') !== null;
    if (hasStreaming) await Promise.race([ready, new Promise((resolve) => { setTimeout(resolve, MAX_WAIT_MS); })]);
    return stream;
  };
})();
