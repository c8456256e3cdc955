import type { HttpEndpoint } from '../../../../pool/queues/http.ts';

/** An endpoint with the credentials that `httpSubject` expects. */
export function contractEndpoint(url: string): HttpEndpoint {
  return {
    url,
    headers: {},
    auth: {
      kind: 'bearer',
      scheme: 'Bearer',
      secret: { kind: 'secret', from: 'environment', name: 'CONTRACT_SECRET', field: null },
    },
  };
}
