/**
 * What a test asks of a report that a browser shows. Each function runs within the page, and so may
 * use nothing from outside of itself.
 */

/** Opens whatever is folded away. */
export function openAll() {
  for (const details of document.querySelectorAll('details')) details.open = true;
}

/** How wide the page is, and how wide the window. */
export function widths() {
  return { page: document.documentElement.scrollWidth, window: window.innerWidth };
}

/**
 * For each chart of each figure: how many shapes can be seen and how large it is drawn; and of the figure,
 * whether a table comes after its charts, and how many rows it has.
 */
export function figures() {
  return [...document.querySelectorAll('figure')].map((figure) => {
    const shown = [...figure.querySelectorAll('.chart svg')].filter(
      (svg) => svg.getBoundingClientRect().width > 0,
    );
    const table = figure.querySelector('table');
    return {
      points: Number(figure.dataset.points),
      rows: table === null ? 0 : table.querySelectorAll('tbody tr').length,
      tableFollows:
        table !== null &&
        shown.every((svg) =>
          Boolean(svg.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING),
        ),
      tableIsTall: table !== null && table.getBoundingClientRect().height > 40,
      charts: shown.map((svg) => {
        const { width, height } = svg.getBoundingClientRect();
        const marks = [...svg.querySelectorAll('rect, circle, path, line')].filter((shape) => {
          const box = shape.getBoundingClientRect();
          return (
            box.width + box.height > 0 && !shape.closest('[aria-hidden], [aria-label*="axis"]')
          );
        });
        return { label: svg.getAttribute('aria-label'), width, height, marks: marks.length };
      }),
    };
  });
}

/** Words in charts that stick out of the drawing by more than a pixel, or are drawn too small to read. */
export function badChartText(smallestPixels) {
  const found = [];
  for (const svg of document.querySelectorAll('.chart svg')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    const scale = frame.width / svg.viewBox.baseVal.width;
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      const out =
        box.left < frame.left - 1 ||
        box.right > frame.right + 1 ||
        box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1;
      const pixels = Number.parseFloat(getComputedStyle(text).fontSize) * scale;
      if (out) found.push(`"${text.textContent}" sticks out`);
      if (pixels < smallestPixels) found.push(`"${text.textContent}" has ${pixels} px`);
    }
  }
  return found;
}

/** Pairs of words in a chart that cover each other by more than a pixel. */
export function overlappingChartText() {
  const found = [];
  for (const svg of document.querySelectorAll('.chart svg')) {
    const texts = [...svg.querySelectorAll('text')].map((text) => ({
      words: text.textContent,
      box: text.getBoundingClientRect(),
    }));
    for (const [index, a] of texts.entries()) {
      for (const b of texts.slice(index + 1)) {
        const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (width > 1 && height > 1) found.push(`"${a.words}" and "${b.words}"`);
      }
    }
  }
  return found;
}

/**
 * Contrast of every text that is shown with what is behind it, and of every drawn shape with the page
 * (WCAG 2.2, relative luminance), as far as it is below what is asked.
 */
export function poorContrasts(leastOfText, leastOfShapes) {
  const parse = (color) => {
    const [r, g, b, a = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return { r, g, b, a };
  };
  const luminance = ({ r, g, b }) => {
    const [red, green, blue] = [r, g, b].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.a === 1) return color;
    }
    return { r: 255, g: 255, b: 255, a: 1 };
  };
  const poor = [];
  let texts = 0;
  let shapes = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.getClientRects().length === 0) continue;
    if (element.closest('title, style') !== null) continue;
    const style = getComputedStyle(element);
    const color = parse(element.closest('svg') === null ? style.color : style.fill);
    const value = contrast(color, behind(element));
    texts++;
    if (!(value >= leastOfText)) poor.push(`"${walker.currentNode.data}": ${value.toFixed(2)}`);
  }
  for (const svg of document.querySelectorAll('.chart svg')) {
    if (svg.getBoundingClientRect().width === 0) continue;
    for (const shape of svg.querySelectorAll('rect, circle, path')) {
      if (shape.closest('[aria-hidden], [aria-label*="axis"]') !== null) continue;
      const { fill, stroke } = getComputedStyle(shape);
      // A ring or a line is what its outline is.
      const outline = fill === 'none' || contrast(parse(fill), behind(svg)) < 1.01;
      const value = contrast(parse(outline ? stroke : fill), behind(svg));
      shapes++;
      if (!(value >= leastOfShapes))
        poor.push(`${shape.outerHTML.slice(0, 80)}: ${value.toFixed(2)}`);
    }
  }
  return { texts, shapes, poor };
}
