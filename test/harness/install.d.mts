export declare const browserNames: readonly string[];
export function installPythonPackages(root: string): void;
export function installBrowser(root: string): void;
