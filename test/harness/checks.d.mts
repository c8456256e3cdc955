export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface VitestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface Selection {
  readonly images: boolean;
  readonly long: boolean;
}

export function installTools(root: string, selection: Selection): Promise<void>;
export function lint(root: string): Promise<Count>;
export function types(root: string): Promise<Count>;
export function behaviour(
  root: string,
  options: Selection & { readonly parameters: readonly string[] },
): Promise<Count>;
export function countTests(report: VitestReport): Count;
