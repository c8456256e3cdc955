/**
 * The public keys of the RSA certificates with which EC2 signs identity documents, by region: 1,024 bits,
 * as AWS has them. They are those of the certificates in "Verify the instance identity document" of the
 * EC2 user guide; renewed certificates of a region have had the same key. Regions that are newer have
 * certificates of their own, which the server's settings take.
 */

const commonKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCHvRjf/0kStpJ248khtIaN8qkDN3tkw4VjvA9nvPl2anJO+eIBUq' +
  'PfQG09kZlwpWpmyO8bGB2RWqWxCwuB/dcnIob6w420k9WY5C0IIGtDRNauN3kuvGXkw3HEnF0EjYr0pcyWUvByWY4K' +
  'swZV42X7Y7XSS13hOIcL6NLA+H94/QIDAQAB';

const hongKongKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC1kkHXYTfc7gY5Q55JJhjTieHAgacaQkiRPity9QPDE3b+NXDh4U' +
  'dP1xdIw73JcIIG3sG9RhWiXVCHh6KkuCTqJfPUknIKk8vsM3RXflUpBe8Pf+P92pxqPMCz1Fr2NehS3JhhpkCZVGxx' +
  'wLC5gaG0Lr4rFORubjYYRh84dK98VwIDAQAB';

const bahrainKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC1TQg02RJyHqF9UhGKqupNQVdGZaWOctyp6Dq3ggBOfPU8EuDF+f' +
  'vBc3egJgAproHgT0JOx5um9voP3eLVsnMsS2kJXKvNQwdRpl3oUZGUYBnkYHtXj1ndU1ANCPD/0AU+0oFHj5v5ADUh' +
  'VPj+7O7tTTZfr8p8otMFFK8O/8CGUwIDAQAB';

const capeTownKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDFd571nUzVtke3rPyRkYfvs3jh0C0EMzzG72boyUNjnfw1+m0TeF' +
  'raTLKb9T6F7TuB/ZEN+vmlYqr2+5Va8U8qLbPF0bRH+FdaKjhgWZdYXxGzQzU3ioy5W5ZM1VyB7iUsxEAlxsybC3zi' +
  'PYaHI42UiTkQNahmoroNeqVyHNnBpQIDAQAB';

const milanKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCjiPgW3vsXRj4JoA16WQDyoPc/eh3QBARaApJEc4nPIGoUolpAXc' +
  'jFhWplo2O+ivgfCsc4AU9OpYdAPha3spLey/bhHPRi1JZHRNqScKP0hzsCNmKhfnZTIEQCFvspDRp4zr91/WS06/fl' +
  'JFBYJ6JHhp0KwM81XQG59lV6kkoW7QIDAQAB';

const chinaKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC6GFQ2WoBl1xZYH85INUMaTc4D30QXM6f+YmWZyJD9fC7Z0UlaZI' +
  'KoQATqCO58KNCre+jECELYIX56Uq0lb8LRLP8tijrQ9Sp3qJcXiH66kH0eQ44a5YdewcFOy+CSAYDUIaB6XhTQJ2r7' +
  'bd4A2vw3ybbxTOWONKdOWtgIe3M3iwIDAQAB';

const govCloudKey =
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCpohwYUVPH9I7Vbkb3WMe/JB0Y/bmfVj3VpcK445YBRO9K80ales' +
  'jgBc2tAX4KYg4Lht4EBKccLHTzaNi51YEGX1aLNrSmxhz1+WtzNLNUsyY3zD9zvwX/3k1+JB2dRA+m+Cpwx4mjzZyA' +
  'eQtHtegVaAytkmqtxQrSCexBxvqRqQIDAQAB';

const regionsOfCommonKey = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
] as const;

/** SubjectPublicKeyInfo in DER, as base64. */
export const awsRegionKeys: ReadonlyMap<string, string> = new Map([
  ...regionsOfCommonKey.map((region) => [region, commonKey] as const),
  ['ap-east-1', hongKongKey],
  ['me-south-1', bahrainKey],
  ['af-south-1', capeTownKey],
  ['eu-south-1', milanKey],
  ['cn-north-1', chinaKey],
  ['cn-northwest-1', chinaKey],
  ['us-gov-east-1', govCloudKey],
  ['us-gov-west-1', govCloudKey],
]);
