/**
 * `npm run bench` lists the benches, one file each in this folder; `npm run bench -- NAME...` runs
 * those named and prints a table, or with `--json` one JSON object. `KEY=VALUE` sets a parameter.
 *
 * A bench exports `description`, `parameters` (names with their defaults) and `run(parameters)`,
 * which resolves to `{ rows }`: one flat object a row, with units in the names of its fields.
 */
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { register } from 'tsx/esm/api';

register();

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();

/** @returns {never} */
function refuse(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

function parseCommandLine() {
  try {
    const { values, positionals } = parseArgs({
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return { json: values.json, words: positionals };
  } catch (error) {
    return refuse(error.message);
  }
}

/** Text for text, a whole number for a number; 0 only where that is the default. */
function parameterValue(key, text, usual) {
  if (typeof usual === 'string') return text;
  const value = Number(text);
  const least = Math.min(1, usual);
  if (text === '' || !Number.isInteger(value) || value < least) {
    refuse(`${key} must be a whole number of at least ${least}, got ${text}`);
  }
  return value;
}

/** The defaults, with what was given in their place. */
function parametersOf(bench, name, given) {
  const parameters = { ...bench.parameters };
  for (const [key, text] of given) {
    if (!(key in parameters)) {
      const allowed = Object.keys(parameters).join(', ') || 'none';
      refuse(`${name} has no parameter ${key}; it has: ${allowed}`);
    }
    parameters[key] = parameterValue(key, text, bench.parameters[key]);
  }
  return parameters;
}

async function list() {
  for (const name of names) {
    const { description, parameters } = await import(`./${name}.ts`);
    const defaults = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
    process.stdout.write(`${name}  ${description} [${defaults.join(' ')}]\n`);
  }
}

function print(name, description, rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((column) => String(row[column] ?? '')));
  process.stdout.write(`${name}: ${description}\n${table.toString()}\n`);
}

const { json, words } = parseCommandLine();
const given = words.filter((word) => word.includes('=')).map((word) => word.split('=', 2));
const wanted = words.filter((word) => !word.includes('='));
for (const name of wanted) {
  if (!names.includes(name)) refuse(`no bench ${name}; there are: ${names.join(', ')}`);
}
if (wanted.length === 0) {
  await list();
} else {
  const report = { node: process.version, cpus: cpus().length, benches: {} };
  for (const name of wanted) {
    const bench = await import(`./${name}.ts`);
    const parameters = parametersOf(bench, name, given);
    const { rows } = await bench.run(parameters).catch((error) => {
      if (error.name === 'BenchInputError') refuse(`${name}: ${error.message}`);
      throw error;
    });
    report.benches[name] = { parameters, rows };
    if (!json) print(name, bench.description, rows);
  }
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
}
