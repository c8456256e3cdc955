export interface LockedPackage {
  readonly version?: string;
  readonly optional?: boolean;
}

export function installNodePackages(root: string): boolean;
export function nodePackagesAreCurrent(
  wanted: Readonly<Record<string, LockedPackage>> | null,
  present: Readonly<Record<string, LockedPackage>> | null,
): boolean;
