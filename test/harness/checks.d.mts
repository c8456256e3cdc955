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

export function installTools(root: string): Promise<void>;
export function lint(root: string): Promise<Count>;
export function types(root: string): Promise<Count>;
export function behaviour(
  root: string,
  options: { readonly long: boolean; readonly parameters: readonly string[] },
): Promise<Count>;
export function countTests(report: VitestReport): Count;
