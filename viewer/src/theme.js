// Light or dark, as the page around is.

/** Write `data-theme` on `root` now and whenever it changes, then call `changed`. Gives a function that stops. */
export function followTheme(root, wanted, changed) {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const update = () => {
    // Gradio says dark on the body, whatever the system prefers; a page without Gradio follows the system
    const gradio = document.querySelector('gradio-app, .gradio-container');
    const dark = gradio ? document.body.classList.contains('dark') : system.matches || document.body.classList.contains('dark');
    root.dataset.theme = wanted === 'auto' ? (dark ? 'dark' : 'light') : wanted;
    changed();
  };
  const watching = new MutationObserver(update);
  watching.observe(document.body, {attributes: true, attributeFilter: ['class']});
  system.addEventListener('change', update);
  update();
  return () => (watching.disconnect(), system.removeEventListener('change', update));
}
