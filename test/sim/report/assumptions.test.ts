import { describe, expect, it } from 'vitest';
import { defaultParameters } from '../../../sim/parameters.ts';
import { assumptionsSection, changedParameters } from '../../../sim/report/assumptions.ts';
import { handMade, start } from './hand-made-comparison.ts';

const boot = { ...defaultParameters.boot, readyMedian: 160 };

describe('what was assumed', () => {
  it('lists no parameter when all are as by default', () => {
    expect(changedParameters(defaultParameters)).toEqual([]);
    expect(assumptionsSection(handMade, {}).markup).toContain('has its default');
  });

  it('lists each that is not, at any depth, in a list, and where there was none', () => {
    const parameters = {
      ...defaultParameters,
      boot,
      interruptions: { ...defaultParameters.interruptions, monthlyShareByBucket: [0.1, 0.2] },
      quotas: { spot: 512, onDemand: null },
      api: { burst: 100, perSecond: 10 },
    };
    expect(changedParameters(parameters)).toEqual([
      { path: 'boot.readyMedian', value: '160', default: '75' },
      {
        path: 'interruptions.monthlyShareByBucket',
        value: '0.1, 0.2',
        default: '0.025, 0.075, 0.125, 0.175, 0.25',
      },
      { path: 'quotas.spot', value: '512', default: 'null' },
      { path: 'api.burst', value: '100', default: 'none' },
      { path: 'api.perSecond', value: '10', default: 'none' },
      { path: 'api', value: 'none', default: 'null' },
    ]);
    const { markup } = assumptionsSection({ ...handMade, parameters }, {});
    expect(markup).toContain('boot.readyMedian');
    expect(markup).not.toContain('has its default');
  });

  it('calls load of one date on prices of another a counterfactual', () => {
    const tasksFrom = Date.UTC(2020, 7, 10) / 1000;
    const { markup } = assumptionsSection(handMade, { tasksFrom });
    expect(markup).toContain('counterfactual: the tasks arrived from 2020-08-10 00:00 on');
    for (const same of [{}, { tasksFrom: start }]) {
      expect(assumptionsSection(handMade, same).markup).not.toContain('counterfactual');
    }
  });

  it('says whether a least possible cost is known', () => {
    expect(assumptionsSection(handMade, {}).markup).toContain('USD 100: the work alone');
    expect(assumptionsSection({ ...handMade, lowerBound: null }, {}).markup).toContain(
      'not worked out',
    );
  });
});
