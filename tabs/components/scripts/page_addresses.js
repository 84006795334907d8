// Opens the page that the address names, as /#chat and /?tab=chat do, and its demonstration, as /#chat/lonely does. The
// address follows the tab and the demonstration that are chosen.
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
    setTimeout(() => waiting.disconnect(), 10_000);
  };
  const open = () => {
    const address = location.hash.slice(1) || new URLSearchParams(location.search).get('tab') || PAGES[0];
    const [page, demonstration] = address.split('/');
    if (!PAGES.includes(page)) return true;
    const button = buttonOf(page);
    button?.click();
    if (button && demonstration) once(() => {
      const shown = document.getElementById(`${DEMONSTRATION}${page}-${demonstration}`.replaceAll('_', '-'));
      shown?.click();
      return Boolean(shown);
    });
    return Boolean(button);
  };
  const follow = (hash) => {
    const address = new URL(location);
    address.searchParams.delete('tab');
    address.hash = hash;
    history.replaceState(history.state, '', address);
  };
  const demonstrationOf = (button) => {
    const page = PAGES.find((each) => button.id.startsWith(`${DEMONSTRATION}${each}-`.replaceAll('_', '-')));
    return page && `${page}/${button.id.slice(DEMONSTRATION.length + page.length + 1)}`;
  };

  const opening = new MutationObserver(() => { if (open()) opening.disconnect(); });
  if (location.hash || location.search) opening.observe(document, { childList: true, subtree: true });
  window.addEventListener('hashchange', open);
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('button');
    const address = button && (pageOf(button) ?? demonstrationOf(button));
    if (!address || !event.isTrusted) return;
    opening.disconnect();
    follow(address);
  }, true);
})();
