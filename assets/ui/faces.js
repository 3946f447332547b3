// The row of portraits under the player: one radio button a face. Texts are set as text, never as markup.
window.StyFaces = (() => {
  function choose(element, props, watch, trigger) {
    const root = element.querySelector('.sty-faces');
    const group = `face-${Math.random().toString(36).slice(2)}`;
    for (const face of JSON.parse(props.faces)) {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: group, value: face.key });
      input.setAttribute('aria-label', `${face.name}, ${face.about}`);
      input.addEventListener('change', () => { props.value = face.key; trigger('input'); });
      const picture = face.picture
        ? Object.assign(document.createElement('img'), { src: face.picture, alt: '', width: 52, height: 52, loading: 'lazy' })
        : Object.assign(document.createElement('i'), { textContent: face.name[0], ariaHidden: 'true' });
      const name = Object.assign(document.createElement('span'), { textContent: face.name });
      label.title = `${face.name}, ${face.about}`;
      label.append(input, picture, name);
      root.append(label);
    }
    const show = () => root.querySelectorAll('input').forEach((input) => { input.checked = input.value === props.value; });
    watch('value', show);
    show();
  }

  return { choose };
})();
