import { posix } from 'node:path';
import { importedSpecifiers, isCode } from './code.ts';
import { testRule } from './rule.ts';

/**
 * The parts of the project, each with the parts that it may import from besides itself. A file is of
 * the first part whose pattern it matches; one that matches none may neither import nor be imported.
 */
const parts: readonly Part[] = [
  { name: 'pool', files: /^pool\//, imports: [] },
  { name: 'stacks', files: /^stacks\//, imports: ['pool'] },
  { name: 'scaler/decide', files: /^scaler\/decide\//, imports: ['pool'] },
  { name: 'scaler/ports', files: /^scaler\/ports\.ts$/, imports: ['pool', 'scaler/decide'] },
  { name: 'scaler/schemas', files: /^scaler\/schemas\//, imports: ['pool', 'scaler/decide'] },
  // Bounds any adapter's work in time.
  { name: 'scaler/time-limit', files: /^scaler\/time-limit\.ts$/, imports: ['pool'] },
  {
    // How any adapter talks to AWS: credentials, limits, what an error means, and what a fleet has there.
    name: 'scaler/aws-client',
    files: /^scaler\/aws\/(aws-call|client-configuration|describe-fleet|errors)\.ts$/,
    imports: ['pool', 'scaler/ports'],
  },
  ...['aws', 'queues', 'notify', 'store', 'api', 'telemetry'].map((name) => ({
    name: `scaler/${name}`,
    files: new RegExp(`^scaler/${name}/`),
    imports: [
      'pool',
      'scaler/decide',
      'scaler/ports',
      'scaler/schemas',
      'scaler/aws-client',
      'scaler/time-limit',
      // The API shows and changes what is kept.
      ...(name === 'api' ? ['scaler/store'] : []),
    ],
  })),
  // These join the loop to its adapters, so they come before the loop's own files.
  {
    name: 'scaler/main',
    files: /^scaler\/(main|open-server|served-api|api-only)\.ts$/,
    imports: ['pool', 'scaler/*'],
  },
  {
    name: 'scaler/loop',
    files: /^scaler\/[\w-]+\.ts$/,
    imports: ['pool', 'scaler/decide', 'scaler/ports', 'scaler/schemas'],
  },
  { name: 'sim', files: /^sim\//, imports: ['pool', 'scaler/*'] },
  // AWS's protocols over the simulated cloud: it serves whoever calls, and knows nobody.
  { name: 'cloud', files: /^cloud\//, imports: ['pool', 'scaler/ports', 'sim'] },
  // What a person's own commands ask of an account; the scaler has no part in it.
  { name: 'account', files: /^account\//, imports: ['pool', 'scaler/aws-client'] },
  {
    name: 'cli',
    files: /^cli\//,
    imports: ['pool', 'stacks', 'account', 'scaler/*', 'sim', 'cloud'],
  },
  { name: 'bench', files: /^bench\//, imports: ['pool', 'stacks', 'scaler/*', 'sim'] },
  { name: 'test', files: /^test\//, imports: ['*'] },
  { name: 'configuration', files: /^[\w.-]+$/, imports: [] },
];

interface Part {
  readonly name: string;
  readonly files: RegExp;
  /** `*` stands for any ending. */
  readonly imports: readonly string[];
}

/** Packages that only these parts may import. */
const packages: readonly { readonly name: RegExp; readonly paths: readonly string[] }[] = [
  // Archived upstream; its fork keeps the API, so a move must stay one small edit.
  { name: /^(cdktf|constructs|@cdktf\/.*)(\/|$)/, paths: ['stacks/', 'bench/', 'test/stacks/'] },
  {
    name: /^@aws-sdk\//,
    // In cloud/ for the types of requests and answers alone.
    paths: [
      'account/',
      'scaler/aws/',
      'scaler/queues/',
      'scaler/notify/',
      'scaler/store/',
      'scaler/telemetry/',
      'cloud/',
      'test/',
    ],
  },
  { name: /^fastify/, paths: ['scaler/api/', 'cloud/', 'test/'] },
  { name: /^vitest/, paths: ['test/', 'vitest.config.ts'] },
];

const partOf = (path: string) => parts.find(({ files }) => files.test(path));

const allows = (pattern: string, name: string) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

function faultOfImport(path: string, specifier: string): string | null {
  const part = partOf(path);
  if (part === undefined) return 'is of no part; name its part in test/architecture';
  if (!specifier.startsWith('.')) return faultOfPackage(path, specifier);
  const target = posix.join(posix.dirname(path), specifier);
  if (target === 'package.json') return null; // The version number stands there and nowhere else.
  const name = partOf(target)?.name ?? 'no part';
  if (name === part.name || part.imports.some((pattern) => allows(pattern, name))) return null;
  return `imports ${target} of ${name}; ${part.name} may import: ${part.imports.join(', ') || 'nothing'}`;
}

function faultOfPackage(path: string, specifier: string): string | null {
  if (path.startsWith('scaler/decide/')) return `imports ${specifier}; the core imports no package`;
  const rule = packages.find(({ name }) => name.test(specifier));
  if (rule === undefined || rule.paths.some((start) => path.startsWith(start))) return null;
  return `imports ${specifier}, which only ${rule.paths.join(', ')} may`;
}

testRule({
  name: 'imports run one way',
  reads: isCode,
  faults: ({ path, text }) =>
    importedSpecifiers(text)
      .map((specifier) => faultOfImport(path, specifier))
      .filter((fault) => fault !== null),
  bad: [
    { path: 'pool/pool.ts', text: "import { decide } from '../scaler/decide/decide.ts';" },
    { path: 'pool/pool.ts', text: "import type { Decision } from '../scaler/decide/decision.ts';" },
    { path: 'pool/pool.ts', text: "const cli = await import('../cli/main.ts');" },
    { path: 'scaler/decide/decide.ts', text: "import type { Clock } from '../ports.ts';" },
    { path: 'scaler/decide/decide.ts', text: "import pino from 'pino';" },
    { path: 'scaler/loop.ts', text: "import { openCloud } from './aws/cloud.ts';" },
    { path: 'scaler/loop.ts', text: "import {\n  a,\n  b,\n} from '../sim/market.ts';" },
    { path: 'scaler/aws/cloud.ts', text: "import { readQueue } from '../queues/sqs.ts';" },
    { path: 'scaler/main.ts', text: "import '../cli/main.ts';" },
    { path: 'scaler/act.ts', text: "import { main } from './main.ts';" },
    { path: 'stacks/region.ts', text: "export { Clock } from '../scaler/ports.ts';" },
    { path: 'sim/cloud.ts', text: "import { Token } from 'cdktf';" },
    { path: 'cloud/group.ts', text: "import { decide } from '../scaler/decide/decide.ts';" },
    { path: 'sim/group.ts', text: "import { Cloud } from '../cloud/cloud.ts';" },
    { path: 'cli/synth.ts', text: "import { App } from 'cdktf/lib/app.js';" },
    { path: 'cli/synth.ts', text: "import { Vpc } from '@cdktf/provider-aws/lib/vpc/index.js';" },
    { path: 'cli/run.ts', text: "import { startMoto } from '../test/harness/moto.ts';" },
    { path: 'sim/cloud.ts', text: "import { EC2Client } from '@aws-sdk/client-ec2';" },
    { path: 'newfolder/a.ts', text: "import './b.ts';" },
  ],
  good: [
    { path: 'scaler/loop.ts', text: "import { act } from './act.ts';" },
    { path: 'scaler/decide/decide.ts', text: "import type { Pool } from '../../pool/pool.ts';" },
    { path: 'scaler/ports.ts', text: "import type { Decision } from './decide/decision.ts';" },
    { path: 'scaler/main.ts', text: "import { openCloud } from './aws/cloud.ts';" },
    { path: 'cloud/group.ts', text: "import { SimulatedGroup } from '../sim/group.ts';" },
    { path: 'sim/cloud.ts', text: "import type { CloudPort } from '../scaler/ports.ts';" },
    { path: 'stacks/region.ts', text: "import { Token } from 'cdktf';" },
    { path: 'pool/pool.ts', text: "// import { decide } from '../scaler/decide/decide.ts';" },
  ],
});
