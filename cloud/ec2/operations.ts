import type { Operation } from '../operation.ts';
import type { servedOperations } from '../served-operations.ts';
import { instanceOperations } from './instance-operations.ts';
import { launchTemplateOperations } from './launch-template-operations.ts';
import { marketOperations } from './market-operations.ts';
import { tagOperations } from './tag-operations.ts';

export const ec2Operations = {
  ...instanceOperations,
  ...launchTemplateOperations,
  ...marketOperations,
  ...tagOperations,
} satisfies Record<(typeof servedOperations)['ec2'][number], Operation>;
