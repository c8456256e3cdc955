/**
 * The style of a report. Text has a contrast of 4.5 or more with what is behind it, drawn shapes of 3
 * or more, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --background: #ffffff; --panel: #f5f7f9; --text: #1b2127; --quiet: #57616b; --line: #c9d0d6;
  --accent: #1d63b8; --accent-panel: #e6f0fb; --peer: #77828c; --target: #57616b;
  --warning: #8a4b00; --warning-panel: #fff4e0;
  --busy: #1d63b8; --free: #c07a10; --booting: #84909b; --waiting: #b4452f;
  --line-1: #1d63b8; --line-2: #b4452f; --line-3: #1f7f5c; --line-4: #a8690a;
  --line-5: #7a4fb0; --line-6: #0f7f8c; --line-7: #b03a78; --line-8: #5f6b76;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #12171c; --panel: #1b2228; --text: #e4e9ed; --quiet: #a3aeb8; --line: #3f4a54;
    --accent: #6cb1f5; --accent-panel: #1b2f43; --peer: #8b97a2; --target: #a3aeb8;
    --warning: #f2c078; --warning-panel: #33281a;
    --busy: #5ba3ec; --free: #e2a63f; --booting: #77838e; --waiting: #ec8267;
    --line-1: #6cb1f5; --line-2: #ec8267; --line-3: #58c196; --line-4: #e2a63f;
    --line-5: #b795ea; --line-6: #4fc3d0; --line-7: #ee84b5; --line-8: #a3aeb8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 57rem;
  background: var(--background); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.4rem 0 0.2rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
h4 { font-size: 0.85rem; font-weight: 600; color: var(--quiet); margin: 0.75rem 0 0; }
.simulated {
  display: inline-block; padding: 0.1rem 0.6rem; border-radius: 1rem; font-size: 0.85rem;
  background: var(--warning-panel); color: var(--warning); border: 1px solid currentColor;
}
.subtitle, .note, footer { color: var(--quiet); font-size: 0.875rem; }
.headline { font-size: 1.25rem; line-height: 1.45; margin: 1.25rem 0 0.5rem; }
.warning { padding: 0.6rem 0.8rem; background: var(--warning-panel); color: var(--warning); border-left: 3px solid currentColor; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; padding: 0; list-style: none; font-size: 0.9rem; }
nav a { display: inline-block; padding: 0.2rem 0; }
a { color: var(--accent); }
figure { margin: 1rem 0 0; }
.pair { display: grid; gap: 0 1.5rem; grid-template-columns: 1fr 1fr; }
.pair h3 { margin-top: 0; }
.chart svg { display: block; width: 100%; height: auto; }
.if-narrow { display: none; max-width: 32rem; }
@media (max-width: 44rem) {
  .pair { grid-template-columns: 1fr; gap: 1.5rem 0; }
  .if-narrow { display: block; }
  .if-wide { display: none; }
}
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0.5rem 0; padding: 0; list-style: none; font-size: 0.85rem; }
.swatch { display: inline-block; width: 1rem; height: 0.6rem; margin-right: 0.4rem; background: currentColor; border-radius: 2px; }
.swatch.dashed { height: 0; background: none; border-top: 3px dashed; border-radius: 0; vertical-align: 0.2rem; }
.scroll { overflow: auto; margin: 1rem 0; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 0.85rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; padding: 0.6rem 0.75rem; color: var(--quiet); }
caption span { position: sticky; left: 0.75rem; display: inline-block; max-width: calc(100vw - 4rem); }
th, td { padding: 0.4rem 0.75rem; text-align: right; vertical-align: top; border-top: 1px solid var(--line); }
td { white-space: nowrap; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--panel); vertical-align: bottom; line-height: 1.3; font-weight: 600; min-width: 4.75rem; }
th.text, td.text, tbody th { text-align: left; }
td.sentence { white-space: normal; min-width: 15rem; }
tbody th { position: sticky; left: 0; background: var(--background); font-weight: 400; white-space: nowrap; }
tr.emphasised > * { background: var(--accent-panel); font-weight: 600; }
.numbers .scroll { max-height: 28rem; }
details > summary { cursor: pointer; padding: 0.4rem 0; color: var(--accent); }
details.policy { border-top: 1px solid var(--line); }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: minmax(8rem, 1fr) 4fr; gap: 0.25rem 1rem; padding: 0.35rem 0; border-top: 1px solid var(--line); }
dt { color: var(--quiet); }
dd { margin: 0; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.95em; }
@media (max-width: 44rem) {
  tbody th { min-width: 7rem; max-width: 11rem; white-space: normal; overflow-wrap: break-word; }
}
@media print {
  .scroll { max-height: none; overflow: visible; }
  nav { display: none; }
}
`;
