/** Runs one variant once and prints the process's peak memory in KiB: `once.ts VARIANT POOLS REGIONS POLICIES`. */
import { parseFleet } from '../../pool/load.ts';
import { declarationOf } from './declaration.ts';
import { type Variant, variants } from './variants.ts';

const [variant = '', pools = '', regions = '', policies = ''] = process.argv.slice(2);
variants[variant as Variant](
  parseFleet(declarationOf(Number(pools), Number(regions)), 'bench.yaml'),
  Number(policies),
);
process.stdout.write(String(process.resourceUsage().maxRSS));
