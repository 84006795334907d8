// Opens the page that the address names, as /#chat and /?tab=chat do, and its demonstration, as /#chat/lonely and
// /?tab=chat&demo=lonely do, or its section, as /#evaluate/compare does. The address and the title follow the tab, the
// section and the demonstration that are chosen.
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
  const addressed = () => {
    const query = new URLSearchParams(location.search);
    const address = location.hash.slice(1) || [query.get('tab'), query.get('demo')].filter(Boolean).join('/') || PAGES[0];
    return address.split('/');
  };
  const titles = (page) => inLanguage(TITLES[page]);
  let title = titles(PAGES.includes(addressed()[0]) ? addressed()[0] : PAGES[0]);
  const entitle = (words) => { document.title = title = words; };
  const retitle = () => { if (document.title !== title) document.title = title; };  // Gradio sets its own
  new MutationObserver(retitle).observe(document.head, { childList: true, subtree: true, characterData: true });
  retitle();

  const open = () => {
    const [page, part] = addressed();
    if (!PAGES.includes(page)) return true;
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
    address.searchParams.delete('tab');
    address.searchParams.delete('demo');
    address.searchParams.delete('test');
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
    if (!demonstration) entitle(titles(address.split('/')[0]));
    follow(address);
  }, true);
})();
