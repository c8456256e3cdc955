import { describe, expect, it } from 'vitest';
import { type LabelledPoint, placeLabels } from '../../../sim/report/place-labels.ts';

const frame = { left: 0, top: 0, right: 400, bottom: 300 };

const named = (points: readonly (readonly [number, number])[]): LabelledPoint[] =>
  points.map(([x, y], index) => ({ x, y, long: `${index} a policy's name`, short: `${index}` }));

/** As wide as any usual font draws it at 12 px, and 12 px high. */
const boxes = (points: readonly LabelledPoint[], taken: Parameters<typeof placeLabels>[2] = []) =>
  placeLabels(points, frame, taken).map(({ text, x, y }) => ({
    left: x - text.length * 3.3,
    right: x + text.length * 3.3,
    top: y - 6,
    bottom: y + 6,
  }));

type Box = ReturnType<typeof boxes>[number];
const meet = (a: Box, b: Box) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe('labels of points', () => {
  it('has the name beside a point that stands alone', () => {
    const [label] = placeLabels(named([[100, 100]]), frame, []);
    expect(label).toMatchObject({ text: "0 a policy's name", y: 100, joined: false });
    expect(label!.x).toBeGreaterThan(100);
  });

  it('stays within the frame', () => {
    const corners = named([
      [5, 5],
      [395, 5],
      [5, 295],
      [395, 295],
    ]);
    for (const box of boxes(corners)) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(400);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.bottom).toBeLessThanOrEqual(300);
    }
  });

  it.each([
    ['in a row', Array.from({ length: 9 }, (_, index) => [150 + 9 * index, 150] as const)],
    [
      'in a heap',
      Array.from({ length: 9 }, (_, index) => [200 + (index % 3), 150 - index] as const),
    ],
    ['in one place', Array.from({ length: 9 }, () => [200, 150] as const)],
  ])('covers no other label with nine points %s', (_, places) => {
    const placed = boxes(named(places));
    for (const [index, box] of placed.entries()) {
      expect(placed.slice(index + 1).filter((other) => meet(box, other))).toEqual([]);
    }
  });

  it('joins a label that had to go far from its point', () => {
    const points = named(Array.from({ length: 9 }, () => [200, 150] as const));
    const numbers = placeLabels(points, frame, []).filter(({ text }) => text.length === 1);
    expect(numbers.some(({ joined }) => joined)).toBe(true);
    for (const { x, y, joined } of numbers) {
      expect(joined).toBe(Math.hypot(x - 200, y - 150) > 20);
    }
  });

  it('covers nothing that is taken', () => {
    const taken = { left: 105, right: 400, top: 80, bottom: 120 };
    const [box] = boxes(named([[100, 100]]), [taken]);
    expect(meet(box!, taken)).toBe(false);
  });
});
