// Colours for labels, told apart on a light and on a dark ground.

const LIGHT = ["#2368b8", "#d4662a", "#2c8a4b", "#b8306a", "#7a5bc0", "#0d8f96", "#a8790a", "#d33f3f", "#5d7c1c", "#9c4f9c", "#46699a", "#8c5a35", "#137a68", "#c0588b"];
const DARK = ["#6aa9f2", "#f39a62", "#66c486", "#f07fae", "#b59df0", "#4cc9cf", "#dfb44a", "#f47f7f", "#a4c45c", "#d491d4", "#94b4e0", "#cf9f7c", "#5fc9b3", "#f2a3c6"];

export const hues = (dark) => (dark ? DARK : LIGHT);

/** [r, g, b] of a colour , each 0 to 1. */
export const shares = (hex) => [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16) / 255);
