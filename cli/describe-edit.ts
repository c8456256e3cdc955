import type { ResourceChange } from '../stacks/edit-preview.ts';

type Action = ResourceChange['action'];

/** What else happens, beyond what Terraform does. */
const consequences: Readonly<Record<string, Partial<Readonly<Record<Action, string>>>>> = {
  aws_autoscaling_group: {
    replace: 'its workers end: drain the pool first',
    destroy: 'its workers end: drain the pool first',
  },
  aws_eip: {
    replace: 'another address',
    destroy: 'the address is given back',
  },
  aws_launch_template: {
    update: 'new workers have it; running ones are replaced when idle',
    replace: 'new workers have it; running ones are replaced when idle',
  },
  aws_security_group: { replace: 'waits until no worker is in it: drain the pool first' },
  aws_vpc: { replace: 'waits until nothing is in it: drain the fleet first' },
};

/** Of a launch template, an attribute that is known under another name. */
const attributeNames: Readonly<Record<string, string>> = {
  block_device_mappings: 'volumes',
  user_data: 'user data',
};

const order: readonly Action[] = ['replace', 'destroy', 'change', 'update', 'create'];

const verbs: Readonly<Record<Action, string>> = {
  replace: 'REPLACE',
  destroy: 'DESTROY',
  change: 'change or replace',
  update: 'update',
  create: 'create',
};

/** Lines that say in plain words what an edit will do; what is lost comes first. */
export function describeEdit(changes: readonly ResourceChange[]): string[] {
  const heading = 'Since what was written here before';
  if (changes.length === 0) return [`${heading}, nothing changes in AWS.`];
  const sorted = [...changes].sort((a, b) => order.indexOf(a.action) - order.indexOf(b.action));
  return [
    `${heading}, Terraform will:`,
    ...sorted.map(({ action, stack, type, name, attributes }) => {
      const what = type.replace(/^aws_/, '').replaceAll('_', ' ');
      const why = attributes.map((attribute) => attributeNames[attribute] ?? attribute).join(', ');
      const consequence = consequences[type]?.[action];
      return [
        `  ${verbs[action]} ${what} ${name} of ${stack}`,
        ...(why === '' ? [] : [`: ${why}`]),
        ...(consequence === undefined ? [] : [` (${consequence})`]),
      ].join('');
    }),
  ];
}
