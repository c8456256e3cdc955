/**
 * Python code that runs a module, or a file, as a program, and ends at once when its standard input
 * ends. Whoever starts it with a pipe as input takes it along, however it ends itself.
 */
export function untilInputEnds(program: string): string {
  const run = program.endsWith('.py') ? 'run_path' : 'run_module';
  return [
    'import os, runpy, sys, threading',
    'watch = lambda: (sys.stdin.buffer.read(), os._exit(1))',
    'threading.Thread(target=watch, daemon=True).start()',
    `runpy.${run}(${JSON.stringify(program)}, run_name="__main__")`,
  ].join('\n');
}
