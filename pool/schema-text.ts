/** Forms of text that several keys share. */
import * as z from 'zod';
import { rejected } from './finding.ts';
import { suggestion } from './nearest.ts';
import { checkedText, text } from './schema-parts.ts';

const identifierForm = 'up to 40 lower-case letters, digits and -, starting with a letter';

/** Name of a fleet or pool; short enough that names made from it fit AWS's limits. */
export const identifier = z
  .string({ error: ({ input }) => rejected(input, identifierForm) })
  .regex(/^[a-z][a-z0-9-]*$/, { error: identifierError })
  .max(40, { error: identifierError });

function identifierError({ input }: { readonly input: unknown }): string {
  const written = String(input);
  const fixed = written
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[\s_.]+/g, '-')
    .replace(/[^a-z0-9-]|^[^a-z]+|-+$/g, '');
  const useful = fixed !== '' && fixed !== written && fixed.length <= 40;
  return rejected(input, identifierForm, suggestion(useful ? fixed : null));
}

/** An id that AWS gives, such as `subnet-0a1b2c3d`. */
export function awsId(kind: keyof typeof kindNames) {
  return text(`the id of ${kindNames[kind]} such as ${kind}-0a1b2c3d`, idPatterns[kind], 64);
}

const kindNames = {
  vpc: 'a VPC',
  subnet: 'a subnet',
  sg: 'a security group',
  ami: 'an image',
  vol: 'a volume',
  snap: 'a snapshot',
} as const;

const idPatterns = {
  vpc: /^vpc-[0-9a-z]+$/,
  subnet: /^subnet-[0-9a-z]+$/,
  sg: /^sg-[0-9a-z]+$/,
  ami: /^ami-[0-9a-z]+$/,
  vol: /^vol-[0-9a-z]+$/,
  snap: /^snap-[0-9a-z]+$/,
} as const;

export const emailAddress = text(
  'an e-mail address such as build@example.com',
  /^[^\s@]+@[^\s@]+$/,
  254,
);

export const parameterName = text(
  'the name of an SSM parameter such as /muster/ci/token',
  /^\/?[\w.-]+(\/[\w.-]+)*$/,
  1_011,
);

export const httpUrl = checkedText('a URL such as https://muster.example.com:8080', (value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return rejected(value, 'a URL that starts with https:// or http://');
  }
  return url.username || url.password ? rejected(value, 'a URL without name and password') : null;
});

/** A whole ARN: Terraform shows what AWS answers, and AWS answers with that. */
export const kmsKeyArn = text(
  'the ARN of a KMS key such as arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d',
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  2_048,
);
