/** A box in pixels, y downwards. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  /** Set where there is room right beside the point. */
  readonly long: string;
  /** Set where there is not. */
  readonly short: string;
}

export interface PlacedLabel {
  readonly text: string;
  /** Middle of the text. */
  readonly x: number;
  readonly y: number;
  /** Whether it stands so far from its point that a line should join them. */
  readonly joined: boolean;
}

/**
 * Wider than most letters of the usual interface fonts at 12 px: a label that is taken to be too wide
 * leaves some room, one taken to be too narrow would overlap.
 */
const letterWidth = 7.3;
const lineHeight = 15;
const pointRadius = 7;
/** From the point to the middle of a short label; further than the first, a line joins them. */
const distances = [15, 26, 38, 50, 64, 80, 100];
const directions = 16;

/**
 * Places a label for each point so that it covers no point, no label placed before it and nothing in
 * `taken`, and stays within `frame`. Where all places are taken, the one that covers least. Points are
 * served in the order given.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  frame: Box,
  taken: readonly Box[],
): readonly PlacedLabel[] {
  const diameter = 2 * pointRadius;
  const occupied = [...taken, ...points.map(({ x, y }) => boxAround(x, y, diameter, diameter))];
  return points.map((point) => {
    const places = [...besides(point), ...around(point)].map((place) => {
      const box = boxAround(place.x, place.y, widthOf(place.text), lineHeight);
      const covered = occupied.reduce((sum, other) => sum + overlap(box, other), 0);
      return { place, box, covered: covered + 10 * outside(box, frame) };
    });
    const best = places.reduce((least, other) => (other.covered < least.covered ? other : least));
    occupied.push(best.box);
    return best.place;
  });
}

function besides({ x, y, long: text }: LabelledPoint): readonly PlacedLabel[] {
  const aside = widthOf(text) / 2 + pointRadius + 2;
  const up = pointRadius + lineHeight / 2;
  return [
    { text, x: x + aside, y, joined: false },
    { text, x: x - aside, y, joined: false },
    { text, x, y: y - up, joined: false },
    { text, x, y: y + up, joined: false },
  ];
}

function around({ x, y, short: text }: LabelledPoint): readonly PlacedLabel[] {
  return distances.flatMap((distance) =>
    Array.from({ length: directions }, (_, index) => {
      const angle = (2 * Math.PI * index) / directions;
      return {
        text,
        x: x + distance * Math.cos(angle),
        y: y - distance * Math.sin(angle),
        joined: distance > distances[0]!,
      };
    }),
  );
}

function widthOf(text: string): number {
  return text.length * letterWidth;
}

function boxAround(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

/** Area that two boxes share. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Area of a box that is not within the frame. */
function outside(box: Box, frame: Box): number {
  return (box.right - box.left) * (box.bottom - box.top) - overlap(box, frame);
}
