import { describe, expect, it } from 'vitest';
import { noticeTarget, showNoticeTarget } from '../../pool/notice-target.ts';

describe('a notice target', () => {
  it.each([
    ['build@example.com', { kind: 'email', address: 'build@example.com' }],
    [
      'arn:aws-cn:sns:cn-north-1:111122223333:ops_1',
      {
        kind: 'topic',
        arn: 'arn:aws-cn:sns:cn-north-1:111122223333:ops_1',
        region: 'cn-north-1',
      },
    ],
    ['https://hooks.example.com/T0', { kind: 'webhook', url: 'https://hooks.example.com/T0' }],
    ['https://me:secret@hooks.example.com', null],
    ['https://me@hooks.example.com', null],
    ['http://hooks.example.com', null],
    ['https://', null],
    ['ftp://me@example.com', null],
    ['arn:aws:sns:eu-west-1:111122223333:ops.fifo', null],
    ['arn:aws:sns:eu-west-1:ops', null],
    ['a@b@example.com', null],
    [`${'a'.repeat(250)}@example.com`, null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(noticeTarget(text)).toEqual(expected);
  });

  it.each([
    ['https://hooks.example.com/T0/B0', 'https://hooks.example.com/...'],
    ['https://hooks.example.com?key=B0', 'https://hooks.example.com/...'],
    ['https://hooks.example.com', 'https://hooks.example.com'],
    ['build@example.com', 'build@example.com'],
  ])('%s is shown as %s', (text, shown) => {
    expect(showNoticeTarget(text)).toBe(shown);
  });
});
