import {
  axisX,
  axisY,
  dot,
  gridY,
  line,
  link,
  type Markish,
  ruleX,
  ruleY,
  scale,
  text,
} from '@observablehq/plot';
import type { Comparison, PolicyResult } from '../compare/result.ts';
import { type ChartSize, drawing } from './chart.ts';
import { type CostAxis, costAxis } from './cost-axis.ts';
import type { Html } from './html.ts';
import { type Box, type PlacedLabel, placeLabels } from './place-labels.ts';
import { subjectOf } from './policies.ts';
import { count, duration, usd } from './quantities.ts';
import { shownWait, waitAxis } from './wait-axis.ts';

export interface ParetoParts {
  readonly comparison: Comparison;
  /** Those that have a wait, in the order in which they are numbered. */
  readonly shown: readonly PolicyResult[];
  /** The Pareto set. */
  readonly best: readonly PolicyResult[];
}

const bottomMargin = 44;
const wait = ({ summary }: PolicyResult) => shownWait(summary.wait.p95);

export function drawPareto(parts: ParetoParts, size: ChartSize): Html {
  const { comparison, shown, best } = parts;
  const frame: Box = {
    left: size.narrow ? 56 : 64,
    top: 34,
    right: size.width - 16,
    bottom: (size.narrow ? 380 : 440) - bottomMargin,
  };
  const costs = costAxis(shown);
  const waits = waitAxis([...shown.map(wait), comparison.wait]);
  const waitScale = {
    type: 'log' as const,
    domain: [waits.scale.domain[0] / 1.25, waits.scale.domain[1] * 1.25],
  };
  const isSubject = (result: PolicyResult) => result === subjectOf(comparison);
  const steps = [...best].sort((a, b) => a.usd - b.usd);
  return drawing(
    `Cost against the wait that 95 % of tasks keep within: ${count(shown.length, 'policy', 'policies')}`,
    {
      width: size.width,
      height: frame.bottom + bottomMargin,
      marginLeft: frame.left,
      marginRight: size.width - frame.right,
      marginTop: frame.top,
      marginBottom: bottomMargin,
      x: { ...costs.scale, axis: null },
      y: { ...waitScale, axis: null },
      r: { type: 'identity' },
      marks: [
        gridY(waits.ticks(8)),
        axisY(waits.ticks(8), { text: waits.label, label: '↑ wait p95', labelArrow: 'none' }),
        axisX({
          ticks: costs.ticks(size.narrow ? 4 : 8),
          text: costs.label,
          label: costs.name,
          labelAnchor: 'right',
          labelArrow: 'none',
        }),
        ruleX(costs.least, { stroke: 'var(--target)' }),
        ruleY([comparison.wait], { stroke: 'var(--target)', strokeDasharray: '4 3' }),
        line(steps, {
          x: costs.of,
          y: wait,
          curve: 'step-after',
          stroke: 'var(--accent)',
          strokeOpacity: 0.5,
          strokeWidth: 1.5,
        }),
        ...labelMarks(parts, { frame, costs, waitScale }),
        dot(shown, {
          x: costs.of,
          y: wait,
          r: (result: PolicyResult) => (isSubject(result) ? 7 : 5),
          fill: (result: PolicyResult) => (isSubject(result) ? 'var(--accent)' : 'var(--peer)'),
          stroke: 'var(--background)',
          title: (result: PolicyResult) =>
            `${result.policy}: ${usd(result.usd)} USD, 95 % within ${duration(result.summary.wait.p95)}`,
        }),
      ],
    },
  );
}

interface Scales {
  readonly frame: Box;
  readonly costs: CostAxis;
  readonly waitScale: { readonly type: 'log'; readonly domain: number[] };
}

/** The lines from labels to their dots, and the labels. */
function labelMarks(
  { comparison, shown }: ParetoParts,
  { frame, costs, waitScale }: Scales,
): readonly Markish[] {
  const across = scale({ x: { ...costs.scale, range: [frame.left, frame.right] } });
  const down = scale({ y: { ...waitScale, range: [frame.bottom, frame.top] } });
  const subject = subjectOf(comparison);
  const served = [...shown].sort((a, b) => Number(b === subject) - Number(a === subject));
  const targetLabel = `wait target ${duration(comparison.wait)}`;
  const target = down.apply(comparison.wait);
  const taken: Box[] = [
    {
      left: frame.right - 7.3 * targetLabel.length,
      right: frame.right,
      top: target - 20,
      bottom: target,
    },
  ];
  const points = served.map((result) => ({
    x: across.apply(costs.of(result)),
    y: down.apply(wait(result)),
    long: `${shown.indexOf(result) + 1} ${result.policy}`,
    short: `${shown.indexOf(result) + 1}`,
  }));
  const labels = placeLabels(points, frame, taken).map((label, index) => ({
    ...label,
    from: points[index]!,
    strong: served[index] === subject,
  }));
  type Label = (typeof labels)[number];
  const written = (strong: boolean) =>
    text(
      labels.filter((label) => label.strong === strong),
      {
        x: ({ x }: PlacedLabel) => across.invert!(x),
        y: ({ y }: PlacedLabel) => down.invert!(y),
        text: 'text',
        fontWeight: strong ? 700 : 400,
        stroke: 'var(--background)',
        strokeWidth: 3,
        fill: 'currentColor',
        ariaLabel: 'policy',
      },
    );
  return [
    link(
      labels.filter(({ joined }) => joined),
      {
        x1: ({ from }: Label) => across.invert!(from.x),
        y1: ({ from }: Label) => down.invert!(from.y),
        x2: ({ x }: Label) => across.invert!(x),
        y2: ({ y }: Label) => down.invert!(y),
        stroke: 'var(--quiet)',
      },
    ),
    text([comparison.wait], {
      y: (value: number) => value,
      text: () => targetLabel,
      frameAnchor: 'right',
      textAnchor: 'end',
      dy: -9,
      fill: 'var(--quiet)',
    }),
    written(false),
    written(true),
  ];
}
