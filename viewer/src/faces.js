// The faces of one player: the present clip and those kept to compare it with, each in a cell with its name.

export class Faces {
  /** `place` is the grid that lays out the cells; the canvas lies over it. */
  constructor(place) {
    this.place = place;
    this.list = [];
    this.show([{clip: null, name: ''}]);
  }

  get first() { return this.list[0]; }
  get count() { return this.list.length; }

  /** Show these faces {clip, name}; the first is the one that is played, the others keep its time. */
  show(list) {
    while (this.place.children.length > list.length) this.place.lastChild.remove();
    while (this.place.children.length < list.length) {
      const cell = document.createElement('div');
      cell.className = 'sg-cell';
      cell.append(Object.assign(document.createElement('p'), {className: 'sg-name'}));
      this.place.append(cell);
    }
    this.list = list;
    const {dataset} = this.place.closest('.sg-show');
    if (list.length > 1) dataset.several = Math.min(list.length, 3); // the style sheet knows one, two, and more
    else delete dataset.several;
    list.forEach(({name}, i) => {
      const label = this.place.children[i].firstChild;
      label.textContent = label.title = name;
      label.hidden = !name;
    });
  }

  /** Where the cells are, in CSS pixels from the grid's upper left corner. Asks the browser for a layout. */
  layout() {
    return Array.from(this.place.children, (cell) => ({
      x: cell.offsetLeft, y: cell.offsetTop, width: cell.offsetWidth, height: cell.offsetHeight,
    }));
  }
}
