/**
 * Auto Scaling and EC2 as far as a scaler's region needs them and moto does not have them: groups
 * that launch at once or fail, scaling activities, LaunchInstances, launch templates. Answers in the
 * services' own protocols, refuses what it does not know, and launches nothing unless told that there
 * is capacity. Shapes and rules: the Auto Scaling and EC2 API references.
 */
import type { ServerResponse } from 'node:http';
import { groupName, tagKeys } from '../../pool/names.ts';
import {
  activityXml,
  element,
  type FakeActivity,
  type FakeGroup,
  groupXml,
  members,
  result,
} from './auto-scaling-xml.ts';
import { type HttpFake, type ReceivedRequest, startHttpFake } from './http-fake.ts';

/** An answer that is an error of the service. */
class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class AutoScalingFake {
  readonly groups: FakeGroup[] = [];
  readonly activities: FakeActivity[] = [];
  /** Instances that can start, by `TYPE ZONE`; without an entry, none can. */
  readonly capacity = new Map<string, number>();
  /** Instead of InsufficientInstanceCapacity, by `TYPE ZONE`. */
  readonly errors = new Map<string, { readonly code: string; readonly message: string }>();
  /** By id. */
  readonly templates = new Map<string, { readonly defaultVersion: number }>();
  /** Codes with which calls fail, by action. */
  readonly failing = new Map<string, string>();
  /** Actions in the order in which they came. */
  readonly actions: string[] = [];
  readonly #tokens = new Map<string, { readonly asked: string; readonly answer: string }>();
  #next = 1;
  #http: HttpFake | null = null;

  async start(): Promise<string> {
    this.#http = await startHttpFake((request, response) => this.#answer(request, response));
    return this.#http.url;
  }

  async stop(): Promise<void> {
    await this.#http?.close();
  }

  addGroup(change: Partial<FakeGroup> = {}): FakeGroup {
    const market = change.market ?? 'spot';
    const pool = change.pool ?? 'linux';
    const group: FakeGroup = {
      name: groupName('ci', pool, market),
      market,
      pool,
      desired: 0,
      max: 20,
      zones: ['eu-west-1a', 'eu-west-1b'],
      overrides: [
        { type: 'c6i.xlarge', weight: 1 },
        { type: 'c7g.2xlarge', weight: 2 },
      ],
      suspended: ['AZRebalance'],
      topic: null,
      instances: [],
      ...change,
    };
    this.groups.push(group);
    return group;
  }

  #answer({ body }: ReceivedRequest, response: ServerResponse): void {
    const asked = new URLSearchParams(body);
    const action = asked.get('Action') ?? '';
    asked.delete('Action');
    asked.delete('Version');
    this.actions.push(action);
    response.setHeader('content-type', 'text/xml');
    try {
      const code = this.failing.get(action);
      if (code !== undefined) throw new Refused(code, 'told to fail');
      const handlers: Readonly<Record<string, (asked: URLSearchParams) => string>> = {
        DescribeAutoScalingGroups: (it) => this.#describeGroups(it),
        DescribeScalingActivities: (it) => this.#describeActivities(it),
        LaunchInstances: (it) => this.#launchInstances(it),
        DescribeInstances: (it) => this.#describeInstances(it),
        DescribeLaunchTemplates: (it) => this.#describeTemplates(it),
      };
      const handler = handlers[action];
      if (handler === undefined) throw new Refused('InvalidAction', `no action ${action}`);
      response.end(handler(asked));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message } = error;
      const xml = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
      response.writeHead(400).end(`<ErrorResponse>${xml}</ErrorResponse>`);
    }
  }

  #describeGroups(asked: URLSearchParams): string {
    takeFleetFilter(asked, 'Filters.member.1');
    return result(
      'DescribeAutoScalingGroups',
      members('AutoScalingGroups', this.groups.map(groupXml)),
    );
  }

  #describeActivities(asked: URLSearchParams): string {
    const size = Number(take(asked, 'MaxRecords') ?? 100);
    const from = Number(take(asked, 'NextToken') ?? 0);
    if (take(asked, 'Filters.member.1.Name') !== 'StartTimeLowerBound') {
      throw new Refused('ValidationError', 'expected the filter StartTimeLowerBound');
    }
    const bound = Date.parse(take(asked, 'Filters.member.1.Values.member.1') ?? '') / 1000;
    refuseRest(asked);
    const underWay = ({ status }: FakeActivity) => (status === 'InProgress' ? 0 : 1);
    const found = this.activities
      .filter(({ startedAt }) => startedAt >= bound)
      .sort((a, b) => underWay(a) - underWay(b) || b.startedAt - a.startedAt);
    const page = found.slice(from, from + size).map(activityXml);
    const more = from + size < found.length ? element('NextToken', from + size) : '';
    return result('DescribeScalingActivities', members('Activities', page) + more);
  }

  /** One zone of the group, whole instances up to the capacity, and the group grows by them. */
  #launchInstances(asked: URLSearchParams): string {
    const text = asked.toString();
    const token = take(asked, 'ClientToken') ?? '';
    const name = take(asked, 'AutoScalingGroupName');
    const group = this.groups.find((candidate) => candidate.name === name);
    const zone = take(asked, 'AvailabilityZones.member.1') ?? '';
    const slots = Number(take(asked, 'RequestedCapacity'));
    if (take(asked, 'RetryStrategy') !== 'none') throw new Refused('ValidationError', 'retries');
    refuseRest(asked);
    if (token.length < 1 || token.length > 64) throw new Refused('ValidationError', 'token');
    const before = this.#tokens.get(token);
    if (before !== undefined && before.asked !== text) {
      throw new Refused('IdempotentParameterMismatch', 'the token was used for something else');
    }
    if (before !== undefined) return before.answer;
    if (group === undefined) throw new Refused('ValidationError', 'group name not found');
    if (!group.zones.includes(zone)) throw new Refused('ValidationError', `zone ${zone}`);
    if (!Number.isInteger(slots) || slots < 1) throw new Refused('ValidationError', 'capacity');
    const launched = new Map<string, string[]>();
    const errors: string[] = [];
    let missing = slots;
    for (const { type, weight } of group.overrides) {
      const key = `${type} ${zone}`;
      let free = this.capacity.get(key) ?? 0;
      while (free > 0 && missing >= weight) {
        const id = `i-${String(this.#next++).padStart(17, '0')}`;
        group.instances.push({ id, type, zone, weight, version: '1' });
        group.desired += weight;
        launched.set(type, [...(launched.get(type) ?? []), id]);
        missing -= weight;
        free -= 1;
      }
      this.capacity.set(key, free);
      if (free > 0 || missing < weight) continue;
      const said = this.errors.get(key) ?? { code: 'InsufficientInstanceCapacity', message: 'no' };
      errors.push(
        element('InstanceType', type) +
          element('MarketType', group.market) +
          element('AvailabilityZone', zone) +
          element('ErrorCode', said.code) +
          element('ErrorMessage', said.message),
      );
    }
    const started = [...launched].map(
      ([type, ids]) =>
        element('InstanceType', type) +
        element('MarketType', group.market) +
        element('AvailabilityZone', zone) +
        members('InstanceIds', ids),
    );
    const answer = result(
      'LaunchInstances',
      element('AutoScalingGroupName', group.name) +
        element('ClientToken', token) +
        members('Instances', started) +
        members('Errors', errors),
    );
    this.#tokens.set(token, { asked: text, answer });
    return answer;
  }

  #describeInstances(asked: URLSearchParams): string {
    takeFleetFilter(asked, 'Filter.1');
    const items = this.groups.flatMap(({ instances }) =>
      instances.map(({ id }) =>
        element(
          'item',
          element('instanceId', id) + element('launchTime', '2023-11-14T22:00:00.000Z'),
        ),
      ),
    );
    const reservation = element('item', element('instancesSet', items.join('')));
    return `<DescribeInstancesResponse>${element('reservationSet', reservation)}</DescribeInstancesResponse>`;
  }

  #describeTemplates(asked: URLSearchParams): string {
    takeFleetFilter(asked, 'Filter.1');
    const items = [...this.templates].map(([id, { defaultVersion }]) =>
      element(
        'item',
        element('launchTemplateId', id) +
          element('defaultVersionNumber', defaultVersion) +
          element('latestVersionNumber', defaultVersion),
      ),
    );
    const set = element('launchTemplates', items.join(''));
    return `<DescribeLaunchTemplatesResponse>${set}</DescribeLaunchTemplatesResponse>`;
  }
}

function take(asked: URLSearchParams, name: string): string | null {
  const value = asked.get(name);
  asked.delete(name);
  return value;
}

function refuseRest(asked: URLSearchParams): void {
  const rest = [...asked.keys()];
  if (rest.length > 0) throw new Refused('ValidationError', `not known: ${rest.join(', ')}`);
}

/** Auto Scaling and EC2 number their filters in different ways. */
function takeFleetFilter(asked: URLSearchParams, at: string): void {
  const value = at.startsWith('Filters') ? `${at}.Values.member.1` : `${at}.Value.1`;
  const name = take(asked, `${at}.Name`);
  if (name !== `tag:${tagKeys.fleet}` || take(asked, value) !== 'ci') {
    throw new Refused('ValidationError', 'expected the filter of the fleet');
  }
  for (const size of ['MaxRecords', 'MaxResults']) asked.delete(size);
  refuseRest(asked);
}
