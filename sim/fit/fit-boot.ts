/**
 * Fits boot times: `npx tsx sim/fit/fit-boot.ts STARTS.csv` with columns
 * instance_type,api_to_user_data_start_s,api_to_container_running_s, empty where not measured. Prints
 * each column's quantiles, and the log-normal through its median whose sigma is that of all logarithms.
 */
import { ascending, deviation, quantile } from '../statistics.ts';
import { readCsv } from './read-csv.ts';

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write('usage: fit-boot STARTS.csv\n');
  process.exit(2);
}
const rows = readCsv(file);
for (const [column, label] of ['user data runs', 'a container runs'].entries()) {
  const times = rows.map((row) => Number(row[column + 1])).filter((time) => time > 0);
  const sorted = ascending(times);
  const [p10, p50, p90] = [0.1, 0.5, 0.9].map((share) => quantile(sorted, share));
  const sigma = deviation(times.map(Math.log));
  process.stdout.write(
    `${label}: ${times.length} of ${rows.length} starts, p10 ${p10} s, p50 ${p50} s, p90 ${p90} s, ` +
      `longest ${sorted.at(-1)} s, sigma ${sigma.toFixed(3)}\n`,
  );
}
