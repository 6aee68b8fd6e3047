/** @returns the lines of a table, its columns as wide as they must be; the first is flush left. */
export function tableLines(rows) {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((cells) => String(cells[column] ?? '').length)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => pad(String(cell ?? ''), widths[column], column))
      .join('  ')
      .trimEnd(),
  );
}

/** @returns `12,345` or `0.482`: as many digits as mean something. */
export function figure(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  if (Number.isInteger(value)) return String(value);
  return Number(value.toPrecision(3)).toString();
}

/** @returns `12,345 (11,900–12,800)`, or the value alone if all were that. */
export function spread({ median, lowest, highest }) {
  if (lowest === highest) return figure(median);
  return `${figure(median)} (${figure(lowest)}–${figure(highest)})`;
}

function pad(text, width, column) {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
