import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to a connection. */
export type ProxyConduct =
  | { readonly kind: 'forward' }
  /** Nobody listens. */
  | { readonly kind: 'closed' }
  /** Takes connections and says nothing, ever. */
  | { readonly kind: 'silent' }
  /** Answers whatever it is sent first with this, and ends. */
  | { readonly kind: 'answer'; readonly text: string }
  /** Forwards, with answers changed; sees them in parts as they come. */
  | { readonly kind: 'rewrite'; readonly rewrite: (answer: string) => string };

export interface TcpProxy {
  readonly port: number;
  /** Connections so far. */
  connections(): number;
  /** From now on; what is connected is cut off. */
  conduct(conduct: ProxyConduct): Promise<void>;
  stop(): Promise<void>;
}

/** Stands before a real server, and does to its connections what networks and strangers do. */
export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  let conduct: ProxyConduct = { kind: 'forward' };
  let connections = 0;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const onConnection = (client: Socket) => {
    connections += 1;
    keep(client);
    const { kind } = conduct;
    if (kind === 'silent') return client.resume();
    if (kind === 'answer') {
      const { text } = conduct;
      return client.once('data', () => client.end(text));
    }
    const upstream = connect(serverPort, '127.0.0.1');
    keep(upstream);
    client.pipe(upstream).once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    const rewrite = conduct.kind === 'rewrite' ? conduct.rewrite : null;
    if (rewrite === null) return upstream.pipe(client);
    return upstream.on('data', (part) => client.write(rewrite(part.toString('latin1')), 'latin1'));
  };
  const server: Server = createServer(onConnection);
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cutOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cutOff();
    await closed;
  };
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const { port } = address;
  return {
    port,
    connections: () => connections,
    async conduct(next) {
      conduct = next;
      cutOff();
      if (next.kind === 'closed') await close();
      else if (!server.listening) await listen(port);
    },
    stop: close,
  };
}
