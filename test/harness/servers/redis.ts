import { connect } from 'node:net';
import { freePort } from '../free-port.ts';
import { startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTool, findProgram } from '../tools/debian-tool.ts';

export interface Redis {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export const redisTool = debianTool({ name: 'redis-server', packages: ['redis-server'] });

/** Redis 7, empty, in memory only. */
export async function startRedis(): Promise<Redis> {
  await redisTool.install();
  const port = await freePort();
  const folder = temporaryFolder('redis');
  const server = await startServer({
    name: 'redis-server',
    command: findProgram('redis-server') ?? 'redis-server',
    parameters: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder.path],
      ...['--save', '', '--appendonly', 'no'],
    ],
    ready: () => ping(port),
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}

/** Redis takes a command as a line of text. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(5_000, () => socket.destroy());
    socket.once('data', (answer) => {
      resolve(String(answer).startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
