/** The API's description and its page, and the server around it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionerMethods } from '../../../scaler/api/provisioner/methods.ts';
import { modernRoutes } from '../../../scaler/api/v2/modern-api.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

let api: ApiServer;
let described: Description;
let text: string;
beforeAll(async () => {
  api = await startApiServer();
  text = await (await fetch(`${api.url}/openapi.json`)).text();
  described = JSON.parse(text);
});
afterAll(async () => {
  await api.close();
});

describe('the description', () => {
  it('has every route of both versions, once', () => {
    expect(described.openapi).toMatch(/^3\.1\./);
    const operations = Object.values(described.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    const expected = [
      ...modernRoutes(api.parts, () => {}).map(({ name }) => name),
      ...provisionerMethods.map(({ name }) => name),
      'register',
    ];
    expect(ids.sort()).toEqual(expected.sort());
  });

  it('refers to nothing that is not there', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, at = '']) => at);
    expect(references.length).toBeGreaterThan(30);
    for (const reference of new Set(references)) {
      const found = reference
        .replace(/^#\//, '')
        .split('/')
        .reduce<unknown>(
          (at, key) => (at as Record<string, unknown> | undefined)?.[key],
          described,
        );
      expect(found, reference).toBeDefined();
    }
  });

  it('is a page for people too, which loads nothing', async () => {
    const response = await fetch(`${api.url}/reference`);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    const page = await response.text();
    for (const path of Object.keys(described.paths)) expect(page).toContain(path);
    for (const name of Object.keys(described.components.schemas)) {
      expect(page).toContain(`<details id="${name}">`);
    }
    expect(page).not.toMatch(/<script|https?:\/\/(?!json-schema)|<img|<link/);
  });
});

it('is served over TLS with a certificate of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-tls-'));
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', [...made, '-nodes', '-keyout', keyFile, '-out', file, ...subject], {
    stdio: 'ignore',
  });
  const certificate = readFileSync(file, 'utf8');
  const tls = { certificate, key: readFileSync(keyFile, 'utf8') };
  const secure = await startApiServer({ tls });
  rmSync(folder, { recursive: true });
  expect(secure.url).toMatch(/^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${secure.url}/api/v2/status`, { ca: certificate, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
  expect(status).toBe(200);
  await secure.close();
});

it('refuses an address that asks too often, and says when it may again', async () => {
  const small = await startApiServer({ requestsPerMinute: 3, trustedProxies: ['127.0.0.1'] });
  const ask = (from: string) =>
    fetch(`${small.url}/api/v2/status`, { headers: { 'x-forwarded-for': from } });
  const statuses = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await ask('192.0.2.1')).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect(Number((await ask('192.0.2.1')).headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask('192.0.2.2')).status).toBe(200);
  await small.close();
});
