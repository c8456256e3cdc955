import { describe, expect, it } from 'vitest';
import { awsCall } from '../../scaler/aws/aws-call.ts';
import { type Caller, cloudErrorOf } from '../../scaler/aws/errors.ts';

const denied = (code: string, caller?: Caller) =>
  cloudErrorOf(
    Object.assign(new Error('not authorised'), { name: code }),
    'listing groups',
    caller,
  );

describe('an error of a call that is not allowed', () => {
  it.each(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationError'])(
    '%s tells the scaler and a person what each can do',
    (code) => {
      expect(denied(code).message).toMatch(/not authorised; attach the scaler policy/);
      expect(denied(code, 'person').message).toMatch(
        /not authorised; this runs with your own rights/,
      );
      expect(denied(code, 'person').message).not.toContain('scaler policy');
    },
  );

  it('tells both the same of anything else', () => {
    expect(denied('InvalidClientTokenId', 'person').message).toBe(
      denied('InvalidClientTokenId', 'scaler').message,
    );
  });

  it('is told by the call itself', async () => {
    const refused = () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    const { signal } = new AbortController();
    await expect(awsCall('x', signal, refused, 'person')).rejects.toThrow(/your own rights/);
    await expect(awsCall('x', signal, refused)).rejects.toThrow(/scaler policy/);
  });
});
