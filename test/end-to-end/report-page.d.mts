export function openAll(): void;
export function widths(): { readonly page: number; readonly window: number };
export function figures(): readonly {
  readonly points: number;
  readonly rows: number;
  readonly tableFollows: boolean;
  readonly tableIsTall: boolean;
  readonly charts: readonly {
    readonly label: string;
    readonly width: number;
    readonly height: number;
    readonly marks: number;
  }[];
}[];
export function badChartText(smallestPixels: number): readonly string[];
export function overlappingChartText(): readonly string[];
export function poorContrasts(
  leastOfText: number,
  leastOfShapes: number,
): { readonly texts: number; readonly shapes: number; readonly poor: readonly string[] };
