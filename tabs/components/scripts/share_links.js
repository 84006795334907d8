// Buttons that copy the link to a page or a demonstration. Where the browser forbids that, as in a frame or without
// https, the link is shown and selected instead.
(() => {
  const SHOWN_MILLISECONDS = 2500;
  const words = (name) => inLanguage(SHARING[name]);
  const linkOf = (button) => {
    const [page, demonstration] = button.dataset.address ? button.dataset.address.split('/') : addressed();
    const link = new URL(location.pathname, location.origin);
    if (PAGES.includes(page) && page !== PAGES[0]) link.searchParams.set('tab', page);
    if (demonstration) link.searchParams.set('demo', demonstration);
    if (button.dataset.test) link.searchParams.set('test', button.dataset.test);
    return link.href;
  };
  let note = null;
  const close = (button) => {
    note?.remove();
    note = null;
    button?.focus();
  };
  const show = (button, ...content) => {
    close();
    note = document.createElement('div');
    note.className = 'fa-share-note';
    note.setAttribute('role', 'status');
    button.after(note);
    note.append(...content);
  };
  const offer = (button, link) => {
    const label = document.createElement('label');
    const field = document.createElement('input');
    const done = document.createElement('button');
    Object.assign(field, { readOnly: true, value: link });
    Object.assign(done, { type: 'button', textContent: words('close') });
    label.append(words('select'), field);
    show(button, label, done);
    note.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(button); });
    done.addEventListener('click', () => close(button));
    field.focus();
    field.select();
  };
  document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('.fa-share');
    if (!button) return;
    const link = linkOf(button);
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      offer(button, link);
      return;
    }
    show(button, words('copied'));
    const shown = note;
    setTimeout(() => { if (note === shown) close(); }, SHOWN_MILLISECONDS);
  });
})();
