// A row of tiles, drawn as one layer, so that a scroll moves few layers and draws a new row alone.

import { h } from "./dom.js";
import { Tile } from "./tile.js";

export class Row {
  constructor(columns, select) {
    this.tiles = Array.from({ length: columns }, () => {
      const tile = new Tile({ select: (_, event) => select(tile, event) });
      tile.element.setAttribute("role", "listitem");
      return tile;
    });
    this.element = h("div", { class: "across", role: "presentation" }, this.tiles.map((tile) => tile.element));
  }

  move(y) {
    if (y !== this.y) this.element.style.transform = `translateY(${y}px)`;
    this.y = y;
  }

  /** Takes up the shapes of a row of the shelf; `blank` shows none yet. */
  fill(number, shelf, blank) {
    this.tiles.forEach((tile, column) => {
      const place = number === null ? null : number * this.tiles.length + column;
      const there = place === null || shelf.total === null || place < shelf.total;
      if (tile.element.hidden === there) tile.element.hidden = !there;
      if (place !== null && tile.place !== place) tile.element.ariaPosInSet = place + 1;
      if (tile.total !== shelf.total) tile.element.ariaSetSize = shelf.total ?? -1;
      [tile.place, tile.total] = [place, shelf.total];
      tile.show(blank || !there || place === null ? null : shelf.at(place));
    });
  }
}
