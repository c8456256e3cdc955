import { describe, expect, it } from 'vitest';
import { missingParts } from './missing-part.ts';

const there = { name: 'there', install: 'nothing to do', present: () => true };
const absent = { name: 'absent', install: 'install absent', present: async () => false };

describe('missingParts', () => {
  it('is quiet when every part is there', async () => {
    const lines: string[] = [];
    expect(await missingParts([there], {}, (line) => lines.push(line))).toBe(false);
    expect(lines).toEqual([]);
  });

  it('skips with one line that says what to install', async () => {
    const lines: string[] = [];
    const missing = await missingParts([absent, there, absent], {}, (line) => lines.push(line));
    expect(missing).toBe(true);
    expect(lines).toEqual([
      '!!! SKIPPED: absent is missing: install absent; absent is missing: install absent !!!',
    ]);
  });

  it('fails in CI', async () => {
    await expect(missingParts([absent], { CI: 'true' })).rejects.toThrow('install absent');
    expect(await missingParts([there], { CI: 'true' })).toBe(false);
  });

  it('skips what the machine cannot have before it asks for any part, and fails for it in CI', async () => {
    const lines: string[] = [];
    const say = (line: string) => lines.push(line);
    const asked = () => expect.unreachable('a part was installed for a suite that cannot run');
    const disk = { name: 'a disk', install: 'buy one', present: asked };
    const parts = [
      { ...there, present: asked },
      { ...disk, impossible: () => 'no slot for it' },
    ];
    await expect(missingParts(parts, { CI: 'true' }, say)).rejects.toThrow(
      'CI=true allows no skipping; a disk cannot be on this machine: no slot for it',
    );
    expect(lines).toEqual([]);
    expect(await missingParts(parts, {}, say)).toBe(true);
    expect(lines).toEqual(['!!! SKIPPED: a disk cannot be on this machine: no slot for it !!!']);
    expect(await missingParts([{ ...there, impossible: () => null }], {}, say)).toBe(false);
  });
});
