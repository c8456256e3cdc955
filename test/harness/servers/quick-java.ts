/**
 * Parameters of `java` for a server that lives for seconds on shared cores: it starts in about half the
 * time, for a lower top speed.
 * @param heapMebibytes the most that its heap may take
 */
export function quickJava(heapMebibytes: number): string[] {
  return [
    `-Xmx${heapMebibytes}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData', // No file in the system's folder for temporary files.
    '-Xshare:auto',
  ];
}
