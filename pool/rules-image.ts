/** What must hold of the image of a pool: one source, and an id wherever one is needed. */
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { nearest, suggestion } from './nearest.ts';
import type { Architecture } from './pool.ts';
import { repeated } from './repeated.ts';
import { imageSources } from './schema-image.ts';

/** `architectures` is null when those of the pool's types are not all known. */
export function imageFindings(
  { image }: PoolDraft,
  path: Path,
  regions: readonly string[],
  architectures: readonly Architecture[] | null,
): Finding[] {
  if (image === undefined) return [];
  const at = [...path, 'image'];
  const given = imageSources.filter((source) => image[source] !== undefined);
  if (given.length > 1) {
    const message = `got ${given.join(' and ')}; allowed: one of ${imageSources.join(', ')}`;
    return [{ path: [...at, given[1] ?? ''], at: 'key', message }];
  }
  const findings: Finding[] = [];
  if (image.locationRegex !== undefined && given[0] !== undefined && given[0] !== 'owners') {
    const message = `got it with ${given[0]}; allowed: only with owners`;
    findings.push({ path: [...at, 'locationRegex'], at: 'key', message });
  }
  if (image.id !== undefined && (regions.length > 1 || (architectures?.length ?? 0) > 1)) {
    const message =
      `got one id for ${[...regions, ...(architectures ?? [])].join(', ')}; ` +
      'allowed: ids, by region and architecture';
    findings.push({ path: [...at, 'id'], at: 'value', message });
  }
  if (image.amiSet !== undefined && (architectures?.length ?? 0) > 1) {
    if (!image.amiSet.includes('{arch}')) {
      const message =
        `got one AMI set for ${architectures?.join(' and ')}; ` +
        `allowed: one for each, such as ${image.amiSet}-{arch}`;
      findings.push({ path: [...at, 'amiSet'], at: 'value', message });
    }
  }
  if (image.ids !== undefined) {
    findings.push(...idFindings(image.ids, [...at, 'ids'], regions, architectures ?? []));
  }
  if (image.build !== undefined) {
    findings.push(...buildFindings(image.build, given[0], at, regions, architectures ?? []));
  }
  return findings;
}

type BuildDraft = NonNullable<NonNullable<PoolDraft['image']>['build']>;

/** What is built goes where the pool reads its image: into a parameter, or among an owner's images. */
function buildFindings(
  build: BuildDraft,
  source: (typeof imageSources)[number] | undefined,
  at: Path,
  regions: readonly string[],
  architectures: readonly Architecture[],
): Finding[] {
  const path = [...at, 'build'];
  const findings: Finding[] = [];
  if (source === 'id' || source === 'ids') {
    const message = `got it with ${source}, which names an image that is there; allowed: with ssm, amiSet or owners`;
    findings.push({ path, at: 'key', message });
  }
  if (build.sshFrom !== undefined && build.connect !== 'ssh') {
    const message = 'got it without connect: ssh; allowed: only with that';
    findings.push({ path: [...path, 'sshFrom'], at: 'key', message });
  }
  for (const [region, key] of Object.entries(build.kmsKeys ?? {})) {
    if (!regions.includes(region)) {
      const fix = suggestion(nearest(region, regions));
      const message = `the pool has no such region; allowed: ${regions.join(', ')}${fix}`;
      findings.push({ path: [...path, 'kmsKeys', region], at: 'key', message });
    } else if (key !== undefined && !key.includes(`:kms:${region}:`)) {
      const message = `got a key of another region; allowed: one of ${region}, as copies are encrypted there`;
      findings.push({ path: [...path, 'kmsKeys', region], at: 'value', message });
    }
  }
  for (const architecture of ['x86_64', 'arm64'] as const) {
    if (build.from?.[architecture] === undefined || architectures.includes(architecture)) continue;
    if (architectures.length === 0) continue;
    const message = `the pool has no such type; allowed: ${architectures.join(', ')}`;
    findings.push({ path: [...path, 'from', architecture], at: 'key', message });
  }
  return findings;
}

type ImageIds = NonNullable<NonNullable<PoolDraft['image']>['ids']>;

function idFindings(
  ids: ImageIds,
  path: Path,
  regions: readonly string[],
  architectures: readonly Architecture[],
): Finding[] {
  const entries = Object.entries(ids);
  const extra = entries.filter(([region]) => !regions.includes(region));
  const needed = regions.flatMap((region) =>
    architectures.map((architecture) => ({ region, architecture })),
  );
  const given = new Map(entries);
  const absent = needed.filter(({ region, architecture }) => {
    return !given.get(region)?.[architecture];
  });
  const places = entries.flatMap(([region, byArchitecture]) =>
    Object.entries(byArchitecture ?? {}).flatMap(([architecture, value]) =>
      value === undefined ? [] : [{ path: [...path, region, architecture], value }],
    ),
  );
  return [
    ...extra.map(([region]): Finding => {
      const fix = suggestion(nearest(region, regions));
      const message = `the pool has no such region; allowed: ${regions.join(', ')}${fix}`;
      return { path: [...path, region], at: 'key', message };
    }),
    ...absent.map(({ region, architecture }): Finding => {
      const message = `missing; allowed: the id of an image for ${architecture}`;
      return { path: [...path, region, architecture], at: 'value', message };
    }),
    ...repeated(places, 'an image of this region and architecture'),
  ];
}
