// Lets the keyboard reach the text of a code editor, which scrolls; axe-core counts no editable text without tabindex.
(() => {
  new MutationObserver(() => {
    document.querySelectorAll('.cm-content:not([tabindex])').forEach((text) => { text.tabIndex = 0; });
  }).observe(document, { childList: true, subtree: true });
})();
