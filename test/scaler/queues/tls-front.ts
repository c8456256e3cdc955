import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { runProcess } from '../../harness/run-process.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

export interface TlsFront {
  /** Of `localhost`, for which the certificate is. */
  readonly port: number;
  /** PEM of the certificate, which signs itself. */
  readonly certificate: string;
  stop(): void;
}

/** What a protocol says in the clear before TLS begins. */
export type Preamble = (socket: Socket) => Promise<void>;

/** PostgreSQL's client asks for TLS in eight bytes, and is told yes by one (protocol, SSLRequest). */
export const postgreSqlPreamble: Preamble = async (socket) => {
  while (socket.read(8) === null) await once(socket, 'readable');
  socket.write('S');
};

/** TLS before a real server that has none. */
export async function startTlsFront(
  serverPort: number,
  preamble: Preamble = async () => {},
): Promise<TlsFront> {
  const folder = temporaryFolder('tls-front');
  const [keyFile, certificateFile] = [join(folder.path, 'key'), join(folder.path, 'certificate')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  const parameters = ['req', '-x509', ...curve, ...names, ...files, '-days', '2'];
  const { exitCode, stderr } = await runProcess('openssl', parameters, { limitSeconds: 30 });
  if (exitCode !== 0) throw new Error(`openssl: ${stderr}`);
  const key = readFileSync(keyFile, 'utf8');
  const certificate = readFileSync(certificateFile, 'utf8');
  folder.remove();

  const sockets = new Set<Socket>();
  const server = createServer(async (socket) => {
    sockets.add(socket.on('error', () => {}));
    await preamble(socket);
    const secure = new TLSSocket(socket, { isServer: true, key, cert: certificate });
    const upstream = connect(serverPort, '127.0.0.1');
    sockets.add(upstream);
    secure.on('error', () => upstream.destroy()).once('close', () => upstream.destroy());
    upstream.on('error', () => socket.destroy()).once('close', () => socket.destroy());
    secure.pipe(upstream).pipe(secure);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    certificate,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
