import { Argument, Command } from 'commander';
import { buildkite } from '../sim/traces/convert/buildkite.ts';
import {
  type Conversion,
  convertJobs,
  type JobFile,
  printTasks,
} from '../sim/traces/convert/convert-jobs.ts';
import { githubActions } from '../sim/traces/convert/github-actions.ts';
import { jenkins } from '../sim/traces/convert/jenkins.ts';
import { taskcluster } from '../sim/traces/convert/taskcluster.ts';
import { showTime } from '../sim/traces/durations.ts';
import { readBytes, standardInput } from '../sim/traces/read-bytes.ts';
import { unusable } from '../sim/traces/trace-error.ts';

const sources = [githubActions, buildkite, jenkins, taskcluster];

interface ConvertCommandOptions {
  readonly label: readonly string[];
  readonly lenient?: true;
}

export function convertCommand(): Command {
  return new Command('convert')
    .description(
      "Turn a CI system's jobs into a trace of tasks for the simulator, as CSV on stdout",
    )
    .addArgument(
      new Argument('<system>', 'where the jobs are from').choices(sources.map(({ name }) => name)),
    )
    .argument('[files...]', 'JSON, or a JSON document a line; gzipped or not (default: stdin)')
    .option(
      '--label <label>',
      'only jobs with it; a * at its end is any ending; may be given again (default: all)',
      (label: string, before: readonly string[]) => [...before, label],
      [],
    )
    .option('--lenient', 'leave out jobs that are malformed, and count them')
    .addHelpText(
      'after',
      `\nWhat to give it, and what --label means:\n${sources
        .map(({ name, input, label }) => `  ${name}: ${input}\n    --label: ${label}`)
        .join('\n')}`,
    )
    .action(async (system: string, files: readonly string[], options: ConvertCommandOptions) => {
      const source = sources.find(({ name }) => name === system)!;
      const names = files.length === 0 ? ['-'] : files;
      const read: JobFile[] = [];
      for (const file of names) {
        if (file === '-')
          read.push({ name: 'standard input', text: String(await standardInput()) });
        else read.push({ name: file, text: String(readBytes(file)) });
      }
      const { label: labels, lenient = false } = options;
      const conversion = convertJobs(source, read, { labels, lenient });
      const counts = describe(system, conversion);
      if (conversion.tasks.length === 0) {
        throw unusable(read.map(({ name }) => name).join(', '), `no task; ${counts.join('; ')}`);
      }
      process.stderr.write(counts.map((line) => `${line}\n`).join(''));
      process.stdout.write(printTasks(conversion.tasks));
    });
}

/** What went in, what came out, and what became of the rest. */
function describe(
  system: string,
  { jobsIn, tasks, start, leftOut, assumed, repairs }: Conversion,
): readonly string[] {
  return [
    `${system}: ${jobsIn} jobs in, ${tasks.length} tasks out`,
    ...[...leftOut].map(([because, count]) => `${count} left out: ${because}`),
    ...[...assumed].map(([what, count]) => `${count} ${what}`),
    ...repairs.map(({ text }) => text),
    ...(tasks.length === 0 ? [] : [`arrival 0 is ${showTime(start)}`]),
  ];
}
