/** Writes the `muster` command as one file; replaces what is there. */
export function bundle(outfile: string): Promise<void>;
