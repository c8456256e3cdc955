import { describe, expect, it } from 'vitest';
import { instanceStatements } from '../../stacks/scaler-role.ts';
import { scalerUserData } from '../../stacks/scaler-user-data.ts';
import { productionFleet } from './production.ts';

const withHeartbeat = (text: string) =>
  `heartbeat: { url: "http://scaler.example.com:3001", tokenParameter: /muster/render/token }\n${text}`;
const script = scalerUserData(productionFleet(withHeartbeat), 'eu-west-1', 'bucket');

const withZone = (text: string) =>
  withHeartbeat(text).replace('run: aws,', 'run: aws, addressZone: Z0123456789ABC,');

describe('the name of the API', () => {
  it('is kept at the leader in a zone that is given, and that record alone may change', () => {
    const fleet = productionFleet(withZone);
    const script = scalerUserData(fleet, 'eu-west-1', 'bucket');
    expect(script).toContain('MUSTER_ADDRESS_ZONE="Z0123456789ABC"');
    expect(script).toContain('MUSTER_ADDRESS_NAME="scaler.example.com"');
    expect(script).toMatch(/^systemctl enable --now .* muster-address\.timer$/m);
    const needs = {
      region: 'eu-west-1',
      bucketArn: 'arn:aws:s3:::b',
    };
    const statement = instanceStatements(fleet, needs).find(({ Sid }) => Sid === 'Address');
    expect(statement).toEqual({
      Sid: 'Address',
      Effect: 'Allow',
      Action: ['route53:ChangeResourceRecordSets'],
      Resource: ['arn:aws:route53:::hostedzone/Z0123456789ABC'],
      Condition: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['scaler.example.com'],
          'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
        },
      },
    });
  });

  it('is nothing of ours without a zone', () => {
    expect(script).not.toContain('MUSTER_ADDRESS_ZONE="');
    expect(script).toMatch(/^systemctl enable --now muster-scaler.service muster-update.timer$/m);
  });
});
