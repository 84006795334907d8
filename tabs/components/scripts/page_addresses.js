// Opens the page that the address names, as /#chat and /?tab=chat do; the address follows the tab that is chosen.
(() => {
  const tabOf = (page) => document.querySelector(`[role=tab][data-tab-id="${page}"]`);
  // Tabs that don't fit are buttons of a menu, without ids, in the order of the pages.
  const hiddenPages = () => PAGES.filter((page) => !tabOf(page));
  const menuButtons = () => [...(document.querySelector('.overflow-dropdown')?.children ?? [])];
  const buttonOf = (page) => tabOf(page) ?? menuButtons()[hiddenPages().indexOf(page)];
  const pageOf = (button) => (
    PAGES.includes(button.dataset.tabId) ? button.dataset.tabId : hiddenPages()[menuButtons().indexOf(button)]);

  const open = () => {
    const page = location.hash.slice(1) || new URLSearchParams(location.search).get('tab') || PAGES[0];
    if (!PAGES.includes(page)) return true;
    const button = buttonOf(page);
    button?.click();
    return Boolean(button);
  };
  const follow = (page) => {
    const address = new URL(location);
    address.searchParams.delete('tab');
    address.hash = page;
    history.replaceState(history.state, '', address);
  };

  const opening = new MutationObserver(() => { if (open()) opening.disconnect(); });
  if (location.hash || location.search) opening.observe(document, { childList: true, subtree: true });
  window.addEventListener('hashchange', open);
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('button');
    const page = button && pageOf(button);
    if (!page || !event.isTrusted) return;
    opening.disconnect();
    follow(page);
  }, true);
})();
