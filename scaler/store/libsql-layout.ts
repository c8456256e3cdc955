import type Database from 'libsql';
import { StoreError } from './store.ts';

/** Of the table; what the records in it mean has a version of its own, which both stores keep alike. */
const layoutVersion = 1;

/** `MUST` in ASCII: tells our file from another program's. */
const applicationId = 0x4d555354;

/** Idempotent. */
export const tableStatements: readonly string[] = [
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'create table if not exists records (partition text not null, sort text not null, ' +
    'value text not null, version text not null, expires_at integer, primary key (partition, sort))',
  'create index if not exists records_by_expiry on records (expires_at) ' +
    'where expires_at is not null',
  `pragma application_id = ${applicationId}`,
  `pragma user_version = ${layoutVersion}`,
];

/** @throws StoreError */
export function refuseUnlessOurs(file: string, database: Database.Database): void {
  const id = numberOf(database, 'pragma application_id', 'application_id');
  const version = numberOf(database, 'pragma user_version', 'user_version');
  if (id === applicationId && version > layoutVersion) {
    throw new StoreError(
      'incompatible',
      `${file}: version ${version} of the file, and this version of muster reads up to ` +
        `${layoutVersion}; run the newer muster, or name another file`,
    );
  }
  if (id === applicationId) return;
  if (numberOf(database, 'select count(*) as tables from sqlite_master', 'tables') > 0) {
    throw new StoreError('invalid', `${file}: a database of another program; name another file`);
  }
}

function numberOf(database: Database.Database, query: string, column: string): number {
  const row = database.prepare(query).get([]) as Readonly<Record<string, unknown>> | undefined;
  return Number(row?.[column] ?? 0);
}
