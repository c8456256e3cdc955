/** Declarations in which worker types become pools, for tests. */
import { stringify } from 'yaml';
import { parseDeclaration } from '../../pool/load.ts';

/** What a level of the cascade has when it says nothing. */
export const level = { launchSpec: {}, secrets: {}, userData: {}, scopes: [] };

export function declarationOf(regions: readonly string[], workerTypes = true) {
  return {
    fleet: 'ci',
    ...(workerTypes && {
      workerTypes: {
        owner: 'ops@example.com',
        queue: {
          http: {
            host: 'q.example.com',
            provisionerId: '{provisionerId}',
            workerType: '{workerType}',
          },
        },
      },
    }),
    regions: Object.fromEntries(
      regions.map((region, index) => [
        region,
        { vpc: `vpc-${index}`, subnets: [`subnet-${index}`] },
      ]),
    ),
    pools: {
      'from-file': {
        owner: 'build@example.com',
        queue: { http: { host: 'q.example.com', provisionerId: 'x' } },
        capacity: { max: 1 },
        instances: [{ type: 'c5.xlarge', capacity: 1 }],
        image: { ssm: '/x' },
      },
    },
  };
}

export const declared = (regions: readonly string[], workerTypes = true) =>
  parseDeclaration(stringify(declarationOf(regions, workerTypes)), 'muster.yaml');
