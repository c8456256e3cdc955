import { AwsError } from './aws-error.ts';
import type { ServiceModel } from './service-model.ts';

/** What is wrong with one parameter of a request. */
export interface ParameterFault {
  readonly kind: 'unknown' | 'missing' | 'invalid';
  /** As the request has it, such as `Tags.member.1.Key`. */
  readonly parameter: string;
  /** null: there is none. */
  readonly value: string | null;
  /** What is allowed, such as `Member must not be null`. */
  readonly constraint: string;
}

/**
 * The error that a service answers with. Sources: "Error codes for the Amazon EC2 API", and the form of
 * the validation errors that Auto Scaling and the JSON services give.
 */
export function errorOf(
  { metadata: { protocol } }: Pick<ServiceModel, 'metadata'>,
  faults: readonly [ParameterFault, ...ParameterFault[]],
): AwsError {
  return protocol === 'ec2' ? ofEc2(faults[0]) : ofOthers(faults, protocol);
}

function ofEc2({ kind, parameter, value, constraint }: ParameterFault): AwsError {
  switch (kind) {
    case 'unknown':
      return new AwsError('UnknownParameter', `The parameter ${parameter} is not recognized`);
    case 'missing':
      return new AwsError(
        'MissingParameter',
        `The request must contain the parameter ${parameter}`,
      );
    case 'invalid':
      return new AwsError(
        'InvalidParameterValue',
        `Value (${value}) for parameter ${parameter} is invalid. ${constraint}`,
      );
  }
}

function ofOthers(faults: readonly ParameterFault[], protocol: 'query' | 'json'): AwsError {
  const told = faults.map(({ parameter, value, constraint }) => {
    const said = value === null ? 'null' : `'${value}'`;
    return `Value ${said} at '${inLowerCamel(parameter)}' failed to satisfy constraint: ${constraint}`;
  });
  const count = `${told.length} validation error${told.length === 1 ? '' : 's'} detected`;
  const code = protocol === 'query' ? 'ValidationError' : 'ValidationException';
  return new AwsError(code, `${count}: ${told.join('; ')}`);
}

function inLowerCamel(parameter: string): string {
  return parameter
    .split('.')
    .map((part) => part.charAt(0).toLowerCase() + part.slice(1))
    .join('.');
}
