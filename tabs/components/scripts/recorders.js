// Lets several streaming microphones work. Each registers Gradio's WAV encoder with the same worker when its page comes,
// which fails from the second one on and would leave that microphone without a recorder. Later ones get the answer
// of the first: the pattern of the encoder's types, which the recorder tests each type with.
(() => {
  const registered = new WeakMap();  // a promise of the answer, by worker
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.method !== 'register') return send.call(this, message, ...rest);
    if (registered.has(this)) {
      registered.get(this).then((answer) => {
        this.dispatchEvent(new MessageEvent('message', { data: { ...answer, id: message.id } }));
      });
      return undefined;
    }
    registered.set(this, new Promise((resolve) => {
      const receive = ({ data }) => {
        if (data?.id !== message.id) return;
        this.removeEventListener('message', receive);
        resolve(data);
      };
      this.addEventListener('message', receive);
    }));
    return send.call(this, message, ...rest);
  };
})();
