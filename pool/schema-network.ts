/** The form of a network that the fleet makes for itself. */
import * as z from 'zod';
import { rejected } from './finding.ts';
import { checkedText, mapping, words } from './schema-parts.ts';

/** IPv4 range of a created network, unless declared. */
export const defaultCidr = '10.0.0.0/16';

/** An IPv4 range in CIDR notation, its host bits zero, with a prefix of a length between two. */
export function rangeOf(form: string, shortest: number, longest: number) {
  return checkedText(form, (value) => {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value);
    const [prefix = 0, ...octets] = (parts ?? []).slice(1).map(Number).reverse();
    const isRange = octets.length === 4 && octets.every((octet) => octet <= 255);
    if (!isRange || prefix < shortest || prefix > longest) return rejected(value, form);
    const network = `${firstAddress(octets.reverse(), prefix)}/${prefix}`;
    return network === value ? null : rejected(value, form, `; did you mean ${network}?`);
  });
}

function firstAddress(octets: readonly number[], prefix: number): string {
  const kept = (index: number) => Math.min(8, Math.max(0, prefix - 8 * index));
  return octets.map((octet, index) => octet & (0xff00 >> kept(index)) & 0xff).join('.');
}

/** AWS allows a VPC /16 to /28; sixteen subnets, of /28 at the least, need /24. */
const cidr = rangeOf(`an IPv4 range from /16 to /24 such as ${defaultCidr}`, 16, 24);

const networkKeys = mapping({
  cidr: cidr.describe('IPv4 range of the VPC; each zone takes a sixteenth.').prefault(defaultCidr),
});

export const networkSchema = z.union([
  words(['create'], { or: ', or a mapping with the key cidr' }).transform(() => ({
    cidr: defaultCidr,
  })),
  networkKeys,
]);
