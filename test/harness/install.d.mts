export function installPythonPackages(root: string): void;
