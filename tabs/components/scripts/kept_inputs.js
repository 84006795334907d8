// Keeps the texts and languages that the visitor has touched over a reload of the page: in sessionStorage, which belongs
// to one tab of the browser and is emptied when the tab is closed.
(() => {
  const KEY = 'funaudio-inputs';
  const read = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY)) ?? {}; } catch { return {}; }  // storage may be forbidden
  };
  const kept = read();  // texts, and labels of languages, by the id of their component
  const pending = new Set(Object.keys(kept));  // not restored yet: Gradio adds a page when it is opened first
  const boxOf = (id) => document.getElementById(id)?.querySelector('textarea, input');

  const save = () => {
    for (const id of Object.keys(kept)) if (!pending.has(id)) kept[id] = boxOf(id)?.value ?? kept[id];
    try { sessionStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* it may be full */ }
  };
  const touch = (event) => {
    const component = event.target.closest?.('.' + KEPT_CLASS);
    if (!component || pending.has(component.id)) return;
    kept[component.id] = event.target.value;
    save();
  };
  document.addEventListener('focusin', touch);
  document.addEventListener('input', touch);
  window.addEventListener('pagehide', save);  // the app may have changed a text since, such as a message that was sent

  const restoreText = (box, text) => {
    box.value = text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const restoreChoice = (box, label) => {
    box.dispatchEvent(new Event('focus'));  // lists the options
    requestAnimationFrame(() => {
      const options = [...box.closest('.' + KEPT_CLASS).querySelectorAll('[role=option]')];
      const option = options.find((each) => each.getAttribute('aria-label') === label);
      option?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }));
      box.dispatchEvent(new Event('blur'));
    });
  };
  const restore = () => {
    for (const id of pending) {
      const box = boxOf(id);
      if (!box) continue;
      pending.delete(id);
      if (box.value === kept[id]) continue;
      if (box.role === 'combobox') restoreChoice(box, kept[id]); else restoreText(box, kept[id]);
    }
    if (!pending.size) restoring.disconnect();
  };
  const restoring = new MutationObserver(restore);
  if (pending.size) restoring.observe(document, { childList: true, subtree: true });
})();
