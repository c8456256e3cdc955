/** The `muster` command. */
import { muster } from './muster.ts';

await muster(process.argv.slice(2));
