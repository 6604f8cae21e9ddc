// Colours of signed values, and heat maps on canvas.

const media = (query) => window.matchMedia(query);
const darkMedia = media("(prefers-color-scheme: dark)");
const printMedia = media("(print)");
let printing = false;
const isPrint = () => printing || printMedia.matches;
const isDark = () => darkMedia.matches && !isPrint();

// Below, at and above nought; text in the page's ink stays legible on each.
const PALETTES = {
  light: [[238, 158, 88], [250, 249, 246], [104, 174, 222]],
  dark: [[146, 78, 20], [31, 38, 47], [26, 102, 152]],
};

// The colour of a value from -1 to 1.
const tint = (v) => {
  const [below, none, above] = PALETTES[isDark() ? "dark" : "light"];
  if (!Number.isFinite(v)) return none;
  const end = v < 0 ? below : above, part = Math.min(1, Math.abs(v));
  return [0, 1, 2].map((i) => Math.round(none[i] + (end[i] - none[i]) * part));
};
const css = (rgb) => `rgb(${rgb[0]} ${rgb[1]} ${rgb[2]})`;

// A canvas with one pixel a value, stretched by the style sheet.
const heatmap = (rows, columns, at, scale, attributes) => {
  const canvas = h("canvas", { width: columns, height: rows, class: "heat", ...attributes });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const shades = Array.from({ length: 201 }, (_, k) => tint(k / 100 - 1));
  for (let i = 0, p = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, p += 4) {
      const v = at(i, j) / scale;
      const shade = shades[Number.isFinite(v) ? Math.round(100 * Math.max(-1, Math.min(1, v))) + 100 : 100];
      image.data[p] = shade[0]; image.data[p + 1] = shade[1]; image.data[p + 2] = shade[2];
      image.data[p + 3] = Number.isFinite(v) ? 255 : 0;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
};

// The legend of a signed scale, with its numbers.
const scaleLegend = (scale, low, high) => h("div", { class: "scale" },
  h("span", null, `${figure(-scale)} ${low || ""}`.trim()),
  h("i", { "aria-hidden": "true", style: `background:linear-gradient(90deg,${css(tint(-1))},${css(tint(0))},${css(tint(1))})` }),
  h("span", null, `${figure(scale)} ${high || ""}`.trim()),
  h("span", { class: "zero" }, "0"));
