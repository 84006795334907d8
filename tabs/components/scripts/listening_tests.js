// Listening tests: one take sounds at a time, keys play takes and vote, and a link to a test scrolls to it. The players of
// the places are called fa-take-a, fa-take-b and so on; fa-take-r is the reference that is shown.
(() => {
  const PLACES = 'abcdef', REFERENCE = 'r', FIND_MILLISECONDS = 200, MOST_ATTEMPTS = 50;
  const trial = () => [...document.querySelectorAll('.fa-trial')].find((each) => each.offsetParent);
  const playerOf = (place) => document.getElementById(`fa-take-${place}`);
  const players = (places = PLACES + REFERENCE) => [...places].map(playerOf).filter((each) => each?.offsetParent);
  const stateOf = (player) => (player.matches('[data-made]') ? player : player.querySelector('[data-made]'));
  const isPlaying = (player) => stateOf(player)?.dataset.playing === 'true';
  const toggleOf = (player) => player.querySelector('.fa-toggle');
  const stopAll = (but) => players().forEach((each) => { if (each !== but && isPlaying(each)) toggleOf(each).click(); });

  // A random name of this browser, by which a listener has one vote on each pair.
  window.funaudioListener = () => {
    const KEY = 'funaudio-listener';
    try {
      if (!localStorage.getItem(KEY)) localStorage.setItem(KEY, crypto.getRandomValues(new Uint32Array(4)).join('-'));
      return localStorage.getItem(KEY);
    } catch { return ''; }  // storage may be forbidden: the server then knows the session alone
  };

  // Which takes were played from start to end, as "1" or "0" for each; asked when a vote is given.
  window.funaudioHeard = () => {
    const heard = players(PLACES).map((each) => (stateOf(each)?.hasAttribute('data-heard') ? '1' : '0')).join('');
    stopAll();
    current = null;
    return heard;
  };

  let current = null;  // the player that was used last
  document.addEventListener('click', (event) => {
    const player = event.target.closest?.('[id^="fa-take-"]');
    if (!player || !event.target.closest('.fa-toggle, .fa-wave') || isPlaying(player)) return;
    current = player;
    stopAll(player);
  }, true);

  const vote = (name) => trial().querySelectorAll('.fa-votes button')[{ 1: 0, 0: 1, 2: 2 }[name]];
  document.addEventListener('keydown', (event) => {
    if (!trial() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable=true]')) return;
    const key = event.key.toLowerCase();
    let target = null;
    if ((PLACES + REFERENCE).includes(key)) target = players().find((each) => each === playerOf(key));
    if (key === ' ' && !event.target.closest?.('button, a, [role=slider]')) target = current;
    const button = target ? toggleOf(target) : '120'.includes(key) ? vote(key) : null;
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  const scroll = (attempts) => {
    const shown = trial();
    if (shown) shown.scrollIntoView({ block: 'start' });
    else if (attempts) setTimeout(scroll, FIND_MILLISECONDS, attempts - 1);
  };
  if (new URLSearchParams(location.search).has('test')) scroll(MOST_ATTEMPTS);
})();
