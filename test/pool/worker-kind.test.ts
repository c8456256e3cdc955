import { describe, expect, it } from 'vitest';
import { DeclarationError } from '../../pool/declaration-error.ts';
import { parseFleet } from '../../pool/load.ts';
import { changed } from './sample.ts';

const concourse =
  'concourse: { host: ci.example.com, hostKey: "ssm:/ci/host", workerKey: "secretsmanager:ci/key" }';

function load(worker: string | null, build: string | null = '{}') {
  const image = build === null ? '' : `, build: ${build}`;
  const text = `{ ssm: "/ci/linux/{arch}"${image} }${worker === null ? '' : `\n    worker: { ${worker} }`}`;
  return parseFleet(changed('{ ssm: "/ci/linux/{arch}" }', text), 'muster.yaml').pools[0];
}

function problems(worker: string | null, build: string | null = '{}'): string[] {
  try {
    load(worker, build);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('what workers run', () => {
  it("has the defaults of Cycloid's stack: port 2222, btrfs, no local device, no device", () => {
    expect(load(`${concourse}, version: 7.14.0`)?.worker).toEqual({
      software: {
        kind: 'concourse',
        host: 'ci.example.com',
        port: 2222,
        tag: null,
        team: null,
        hostKey: 'ssm:/ci/host',
        workerKey: 'secretsmanager:ci/key',
      },
      version: { kind: 'pinned', version: '7.14.0' },
      singleUse: false,
      dataVolume: { filesystem: 'btrfs', localDevice: false, device: null },
    });
    expect(load(`${concourse}, version: 7.14.0`)?.imageBuild).toMatchObject({
      base: 'ubuntu-24.04',
      connect: null,
      root: 8,
      instanceTypes: { x86_64: 't3.small', arm64: 't4g.small' },
    });
  });

  it('is a command, which may say how busy it is', () => {
    const software = (more: string) => load(`command: { run: /bin/x${more} }`)?.worker?.software;
    expect(software('')).toEqual({ kind: 'command', run: '/bin/x', busy: null, secrets: {} });
    expect(software(', busy: "ls /srv/tasks | wc -l"')).toMatchObject({
      busy: 'ls /srv/tasks | wc -l',
    });
    const lines = problems('command: { run: /bin/x, busy: "a\\nb" }');
    expect(lines).toEqual([
      expect.stringMatching(/command\.busy: got .*allowed: a command of a shell on one line/),
    ]);
  });

  it('has no btrfs on al2023, whatever volume there is for data', () => {
    const problemsWith = (disk: string) => {
      const worker = 'disk: { DISK }\n    worker: { command: { run: /bin/x } }'.replace(
        'DISK',
        disk,
      );
      const text = changed('disk: { root: 20GiB }', worker).replace(
        '{arch}" }',
        '{arch}", build: { base: al2023 } }',
      );
      try {
        parseFleet(text, 'muster.yaml');
        return [];
      } catch (error) {
        return (error as DeclarationError).problems.map(({ message }) => message);
      }
    };
    expect(problemsWith('')).toEqual([]);
    for (const disk of ['data: 9GiB', 'existing: [{ id: vol-0a1b2c3d, mount: /srv }]']) {
      expect(problemsWith(disk)).toContainEqual(expect.stringMatching(/^btrfs, for which al2023/));
    }
  });

  it('is for one task where a runner is', () => {
    const gitea = 'gitea: { url: "https://git.example.com", labels: [linux], token: "ssm:/ci/t" }';
    expect(load(`${gitea}, version: 0.2.13`)?.worker?.singleUse).toBe(true);
    expect(load(`${gitea}, version: 0.2.13, singleUse: false`)?.worker?.singleUse).toBe(false);
  });

  it.each([
    [
      'two kinds',
      `${concourse}, command: { run: /bin/x }, version: 1.0.0`,
      '{}',
      /^pools\.linux\.worker\.command: got concourse and command; allowed: one of/,
    ],
    [
      'no kind',
      'version: 7.14.0',
      '{}',
      /^pools\.linux\.worker: got none of concourse, buildbot, github, gitea, command; allowed: one of them/,
    ],
    [
      'no version',
      concourse,
      '{}',
      /^pools\.linux\.worker: no version of concourse; allowed: version, or versionFrom/,
    ],
    [
      'two versions',
      `${concourse}, version: 7.14.0, versionFrom: "https://ci"`,
      '{}',
      /versionFrom: got version and versionFrom; allowed: one of them/,
    ],
    [
      'a version of a command',
      'command: { run: /bin/x }, version: 7.14.0',
      '{}',
      /version: got it with command; allowed: with another worker/,
    ],
    [
      'a secret in the file',
      `${concourse.replace('ssm:/ci/host', 'ssh-rsa AAAA')}, version: 7.14.0`,
      '{}',
      /concourse\.hostKey: got "ssh-rsa AAAA"; allowed: where a secret is kept/,
    ],
    [
      'a runner of GitHub for many jobs',
      'github: { url: "https://github.com/o", labels: [a], token: "ssm:/t" }, version: 2.330.0, singleUse: false',
      '{}',
      /singleUse: got false for github/,
    ],
    [
      'btrfs where there are no tools',
      `${concourse}, version: 7.14.0, device: /dev/sdf`,
      '{ base: al2023 }',
      /worker: btrfs, for which al2023 has no tools; allowed: filesystem: ext4, or base: ubuntu-24\.04/,
    ],
    [
      'a shell in a command',
      'command: { run: "x; reboot" }',
      '{}',
      /command\.run: got "x; reboot"; allowed: a command with the path/,
    ],
    [
      'an image that brings nothing',
      null,
      '{}',
      /^pools\.linux\.image\.build: got it without worker/,
    ],
    [
      'ranges without ssh',
      `${concourse}, version: 7.14.0`,
      '{ sshFrom: [10.0.0.0/8] }',
      /sshFrom: got it without connect: ssh/,
    ],
    [
      'a key of another region',
      `${concourse}, version: 7.14.0`,
      '{ kmsKeys: { us-east-1: "arn:aws:kms:eu-west-1:111122223333:key/a" } }',
      /kmsKeys\.us-east-1: got a key of another region/,
    ],
    [
      'a key of no region of the pool',
      `${concourse}, version: 7.14.0`,
      '{ kmsKeys: { eu-west-2: "arn:aws:kms:eu-west-2:111122223333:key/a" } }',
      /kmsKeys\.eu-west-2: the pool has no such region/,
    ],
  ])('refuses %s', (_, worker, build, message) => {
    expect(problems(worker, build)).toEqual([expect.stringMatching(message)]);
  });
});
