import type { Place } from './fleet-resource.ts';

/**
 * Does work with a client of a service in a place. The client is left to the garbage collector: all share
 * their connections, and destroying one would break the calls of others that are under way.
 */
export function withClient<Client, Result>(
  Service: new (configuration: Place['configuration']) => Client,
  { configuration }: Pick<Place, 'configuration'>,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  return work(new Service(configuration));
}
