// Opens the page that the address names, as /#chat, /?tab=chat and /?page=chat do, and its demonstration, as /#chat/lonely
// and /?tab=chat&demo=lonely do, or its section, as /#evaluate/compare does. Pages have other names, too, see ALIASES. The
// address and the title follow the tab, the section and the demonstration that are chosen.
const pageNamed = (name) => {
  const key = name.toLowerCase().replaceAll('-', '_');
  return ALIASES[key] ?? (PAGES.includes(key) ? key : name);
};
const addressed = () => {  // page, then its demonstration or section if the address has one
  const query = new URLSearchParams(location.search);
  const named = [query.get('tab') ?? query.get('page'), query.get('demo')].filter(Boolean).join('/');
  const [page, ...parts] = (location.hash.slice(1) || named || PAGES[0]).split('/');
  return [pageNamed(page), ...parts];
};
(() => {
  const tabOf = (page) => document.querySelector(`[role=tab][data-tab-id="${page}"]`);
  // Tabs that don't fit are buttons of a menu, without ids, in the order of the pages.
  const hiddenPages = () => PAGES.filter((page) => !tabOf(page));
  const menuButtons = () => [...(document.querySelector('.overflow-dropdown')?.children ?? [])];
  const buttonOf = (page) => tabOf(page) ?? menuButtons()[hiddenPages().indexOf(page)];
  const pageOf = (button) => (
    PAGES.includes(button.dataset.tabId) ? button.dataset.tabId : hiddenPages()[menuButtons().indexOf(button)]);

  const DEMONSTRATION = 'fa-demo-';
  const once = (act) => {  // when what it needs is on the page
    if (act()) return;
    const waiting = new MutationObserver(() => { if (act()) waiting.disconnect(); });
    waiting.observe(document, { childList: true, subtree: true });
    setTimeout(() => waiting.disconnect(), 60_000);  // the page may still be on its way
  };
  const titles = (page) => inLanguage(TITLES[page]);
  let title = titles(PAGES.includes(addressed()[0]) ? addressed()[0] : PAGES[0]);
  const entitle = (words) => { document.title = title = words; };
  const retitle = () => { if (document.title !== title) document.title = title; };  // Gradio sets its own
  new MutationObserver(retitle).observe(document.head, { childList: true, subtree: true, characterData: true });
  retitle();

  let note = null;
  const tellUnknown = (name) => {  // once there is a page to tell it on
    const heading = document.querySelector('.fa-title');
    if (!heading) return false;
    note = document.createElement('div');
    note.className = 'fa-page-note';
    note.setAttribute('role', 'status');
    note.textContent = inLanguage(UNKNOWN_PAGE).replace('{name}', () => name);
    heading.after(note);
    return true;
  };

  const open = () => {
    const [page, part] = addressed();
    note?.remove();
    if (!PAGES.includes(page)) return tellUnknown(page);
    const button = buttonOf(page);
    button?.click();
    if (button) entitle(titles(page));
    if (button && part) once(() => {
      const demonstration = document.getElementById(`${DEMONSTRATION}${page}-${part}`.replaceAll('_', '-'));
      const shown = demonstration ?? tabOf(`${page}/${CSS.escape(part)}`);
      shown?.click();
      return Boolean(shown);
    });
    return Boolean(button);
  };
  const follow = (hash) => {
    const address = new URL(location);
    for (const name of ['tab', 'page', 'demo', 'test']) address.searchParams.delete(name);
    address.hash = hash;
    history.replaceState(history.state, '', address);
  };
  const demonstrationOf = (button) => {
    const page = PAGES.find((each) => button.id.startsWith(`${DEMONSTRATION}${each}-`.replaceAll('_', '-')));
    return page && `${page}/${button.id.slice(DEMONSTRATION.length + page.length + 1)}`;
  };

  const sectionOf = (button) => (button.matches('[role=tab]') && button.dataset.tabId?.includes('/') ? button.dataset.tabId : null);

  const opening = new MutationObserver(() => { if (open()) opening.disconnect(); });
  if (location.hash || location.search) opening.observe(document, { childList: true, subtree: true });
  window.addEventListener('hashchange', open);
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('button');
    const demonstration = button && demonstrationOf(button);
    if (demonstration) entitle(`${button.textContent.trim()} · ${titles(PAGES[0])}`);
    const address = button && (pageOf(button) ?? sectionOf(button) ?? demonstration);
    if (!address || !event.isTrusted) return;
    opening.disconnect();
    note?.remove();
    if (!demonstration) entitle(titles(address.split('/')[0]));
    follow(address);
  }, true);
})();
