/** Definitions of worker types for tests, in the form that the old clients send. */
const level = { launchSpec: {}, secrets: {}, userData: {}, scopes: [] as string[] };

export const definition = {
  launchSpec: { SecurityGroups: ['docker-worker'] },
  secrets: { general: 'g' },
  userData: { general: true, level: 'general' },
  scopes: ['queue:claim-task'],
  description: 'Test workers',
  owner: 'worker@example.com',
  minCapacity: 0,
  maxCapacity: 20,
  scalingRatio: 0,
  minPrice: 0,
  maxPrice: 0.5,
  canUseOndemand: false,
  canUseSpot: true,
  instanceTypes: [
    { ...level, instanceType: 'c5.xlarge', capacity: 1, utility: 1, userData: { level: 'type' } },
    { ...level, instanceType: 'c5.2xlarge', capacity: 2, utility: 2 },
  ],
  regions: [
    {
      ...level,
      region: 'us-west-2',
      launchSpec: { ImageId: 'ami-0a1b2c3d' },
      secrets: { region: 'w' },
    },
  ],
};
