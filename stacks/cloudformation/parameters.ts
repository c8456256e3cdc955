/** A parameter of a template, in CloudFormation's own words. */
export interface Parameter {
  readonly Type: string;
  readonly Description: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
}

const imagePattern = {
  AllowedPattern: '^(ami-[0-9a-f]+|resolve:ssm:[a-zA-Z0-9_./-]+)$',
  ConstraintDescription: 'an image id, or resolve:ssm: and the name of a parameter that holds one',
};

/** Every parameter that a template may have; it has those that the pool's declaration has a value for. */
const kinds = {
  VpcId: { Type: 'AWS::EC2::VPC::Id', Description: 'VPC of the workers' },
  SubnetIds: {
    Type: 'List<AWS::EC2::Subnet::Id>',
    Description: 'Subnets of that VPC, one a zone, so that spot has a choice',
  },
  SshSecurityGroupId: {
    Type: 'AWS::EC2::SecurityGroup::Id',
    Description: 'Security group that may reach port 22 of the workers, such as that of a bastion',
  },
  MetricsSecurityGroupId: {
    Type: 'AWS::EC2::SecurityGroup::Id',
    Description: 'Security group that may reach port 9100 of the workers',
  },
  KeyPair: { Type: 'AWS::EC2::KeyPair::KeyName', Description: 'Key pair of the workers' },
  ImageX8664: { Type: 'String', Description: 'Image of x86_64 workers', ...imagePattern },
  ImageArm64: { Type: 'String', Description: 'Image of arm64 workers', ...imagePattern },
  RootDevice: {
    Type: 'String',
    Description: 'What the image calls its root volume; another name would add a volume',
    AllowedPattern: '^/dev/[a-z0-9]+$',
    ConstraintDescription: 'a device, such as /dev/xvda for Amazon Linux or /dev/sda1 for Ubuntu',
  },
  RootDisk: { Type: 'Number', Description: 'GiB of the root volume', MinValue: 1, MaxValue: 65536 },
  DataDisk: { Type: 'Number', Description: 'GiB of the data volume', MinValue: 1, MaxValue: 65536 },
  Minimum: { Type: 'Number', Description: 'Slots that always stand', MinValue: 0 },
  Maximum: { Type: 'Number', Description: 'Most slots: tasks that run at once', MinValue: 1 },
  SpotMaxPrice: {
    Type: 'String',
    Description: 'Most to pay for spot, in USD per slot and hour',
    AllowedPattern: '^[0-9]+([.][0-9]{1,6})?$',
    ConstraintDescription: 'USD with at most six decimals, such as 0.3',
  },
} satisfies Readonly<Record<string, Parameter>>;

export type ParameterName = keyof typeof kinds;

/** The parameters of one template. */
export class Parameters {
  readonly #used = new Map<ParameterName, Parameter>();

  /**
   * A reference to a parameter that has this value unless whoever deploys gives another.
   *
   * @throws Error when it has another default already: one parameter cannot stand for both.
   */
  use(name: ParameterName, Default: string | number): { readonly Ref: string } {
    const parameter = { ...kinds[name], Default };
    const before = this.#used.get(name);
    if (before !== undefined && before.Default !== Default) {
      throw new Error(
        `parameter ${name} is ${String(before.Default)} and ${Default} in one template`,
      );
    }
    this.#used.set(name, parameter);
    return { Ref: name };
  }

  /** Those in use, in a fixed order. */
  all(): Readonly<Record<string, Parameter>> {
    const names = Object.keys(kinds) as ParameterName[];
    return Object.fromEntries(
      names.flatMap((name) => {
        const parameter = this.#used.get(name);
        return parameter === undefined ? [] : [[name, parameter]];
      }),
    );
  }
}
