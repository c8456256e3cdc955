import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTool, findProgram } from '../tools/debian-tool.ts';

export interface PostgreSql {
  /** `postgresql://muster@127.0.0.1:PORT/postgres`; no password is asked. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export const postgreSqlTool = debianTool({
  name: 'postgresql',
  packages: ['postgresql'],
  present: () => findPrograms() !== null,
});

const commandLimitSeconds = 60;
/** Nothing in it is to be kept: it may lie about what is on the disk, and starts faster. */
const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** A new cluster whose superuser is `muster`. As root it runs as the system's user `postgres`. */
export async function startPostgreSql(): Promise<PostgreSql> {
  await postgreSqlTool.install();
  const programs = findPrograms();
  if (programs === null) throw new Error(`PostgreSQL is missing: ${postgreSqlTool.byHand}`);
  const port = await freePort();
  const folder = temporaryFolder('postgresql');
  const user = process.getuid?.() === 0 ? systemUser() : undefined;
  if (user !== undefined) chownSync(folder.path, user.uid, user.gid);
  const data = join(folder.path, 'data');
  const initialize = ['-D', data, '-U', 'muster', '--auth=trust', '--no-sync', '-E', 'UTF8'];
  const made = spawnSync(join(programs, 'initdb'), initialize, {
    ...user,
    cwd: folder.path,
    timeout: commandLimitSeconds * 1000,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.error ?? ''}${made.stderr}`);
  const connection = ['-h', '127.0.0.1', '-p', String(port), '-U', 'muster'];
  const server = await startServer({
    name: 'PostgreSQL',
    command: join(programs, 'postgres'),
    parameters: [
      ...['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder.path],
      ...careless.flatMap((setting) => ['-c', setting]),
    ],
    directory: folder.path,
    ...(user === undefined ? {} : { user }),
    ready: async () => spawnSync(join(programs, 'pg_isready'), connection).status === 0,
  });
  return {
    url: `postgresql://muster@127.0.0.1:${port}/postgres`,
    port,
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}

/** The folder of the newest PostgreSQL's programs, which Debian keeps off the PATH. */
function findPrograms(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(root, version, 'bin'));
  const found = folders.find((folder) => existsSync(join(folder, 'postgres')));
  const onPath = findProgram('postgres');
  return found ?? (onPath === null ? null : join(onPath, '..'));
}

/** PostgreSQL refuses to run as root; its package makes this user. */
function systemUser(): { uid: number; gid: number } {
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres']).stdout);
  return { uid: id('-u'), gid: id('-g') };
}
