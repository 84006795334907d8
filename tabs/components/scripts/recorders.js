// Lets several streaming microphones work. Each registers Gradio's WAV encoder with the same worker when its page comes,
// which fails from the second one on and would leave that microphone without a recorder.
(() => {
  const registered = new WeakSet();
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.method !== 'register' || !registered.has(this)) {
      if (message?.method === 'register') registered.add(this);
      return send.call(this, message, ...rest);
    }
    const answer = new MessageEvent('message', { data: { id: message.id, result: null } });
    setTimeout(() => this.dispatchEvent(answer));
  };
})();
