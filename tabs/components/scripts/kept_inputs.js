// Keeps the texts and languages that the visitor has touched over a reload of the page: in sessionStorage, which belongs
// to one tab of the browser and is emptied when the tab is closed.
(() => {
  const KEY = 'funaudio-inputs';
  const CHECKS = 6, CHECK_MILLISECONDS = 250;  // while a page opens, Gradio may set its first values again
  const read = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY)) ?? {}; } catch { return {}; }  // storage may be forbidden
  };
  const kept = read();  // texts, and labels of languages, by the id of their component
  const pending = new Set(Object.keys(kept));  // not restored yet
  const boxOf = (id) => document.getElementById(id)?.querySelector('textarea, input');

  const save = () => {
    for (const id of Object.keys(kept)) if (!pending.has(id)) kept[id] = boxOf(id)?.value ?? kept[id];
    try { sessionStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* it may be full */ }
  };
  const touch = (event) => {
    const component = event.target.closest?.('.' + KEPT_CLASS);
    if (!component || (pending.has(component.id) && !event.isTrusted)) return;
    pending.delete(component.id);
    kept[component.id] = event.target.value;
    save();
  };
  document.addEventListener('focusin', touch);
  document.addEventListener('input', touch);
  window.addEventListener('pagehide', save);  // the app may have changed a text since, such as a message that was sent

  const setText = (box, text) => {
    box.value = text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const choose = (box, label) => {
    box.dispatchEvent(new Event('focus'));  // lists the options
    requestAnimationFrame(() => {
      const options = [...box.closest('.' + KEPT_CLASS).querySelectorAll('[role=option]')];
      const option = options.find((each) => each.getAttribute('aria-label') === label);
      option?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }));
      box.dispatchEvent(new Event('blur'));
    });
  };
  const restore = (id, checks = CHECKS) => {
    if (!pending.has(id)) return;
    const box = boxOf(id);
    if (checks === 0 || !box) {
      pending.delete(id);
      return;
    }
    if (box.value !== kept[id]) (box.role === 'combobox' ? choose : setText)(box, kept[id]);
    setTimeout(restore, CHECK_MILLISECONDS, id, checks - 1);
  };
  const unmounted = new Set(pending);  // Gradio mounts the inputs of a page when it is opened first
  const mounting = new MutationObserver(() => {
    for (const id of unmounted) if (boxOf(id)) { unmounted.delete(id); restore(id); }
    if (!unmounted.size) mounting.disconnect();
  });
  if (unmounted.size) mounting.observe(document, { childList: true, subtree: true });
})();
