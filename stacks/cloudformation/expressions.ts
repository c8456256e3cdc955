/** What Terraform's JSON syntax says in `${...}`, said in CloudFormation's functions. */

/** A function of CloudFormation, such as `{ Ref: 'VpcId' }`. */
export type Intrinsic = { readonly Ref: string } | { readonly 'Fn::GetAtt': [string, string] };

/** Finds what an expression such as `aws_sns_topic.linux-notices.arn` stands for. */
export type Reference = (expression: string) => Intrinsic;

/** `$${` and `%%{` are how Terraform writes a plain `${` and `%{`. */
const marks = /\$\$\{|%%\{|\$\{([^}]*)\}/g;

/** A value of any shape with each text in it translated. */
export function translated(value: unknown, reference: Reference): unknown {
  if (typeof value === 'string') return translatedText(value, reference);
  if (Array.isArray(value)) return value.map((item) => translated(item, reference));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [plain(key), translated(item, reference)]),
  );
}

/** Text without an expression, a reference, or both joined by `Fn::Sub`. */
export function translatedText(text: string, reference: Reference): unknown {
  const expressions = [...text.matchAll(marks)].filter(
    ([, expression]) => expression !== undefined,
  );
  const [first] = expressions;
  if (first === undefined) return plain(text);
  if (first[0] === text) return reference(first[1] as string);
  let end = 0;
  let joined = '';
  for (const match of expressions) {
    joined += `${escaped(text.slice(end, match.index))}\${${named(reference(match[1] as string))}}`;
    end = match.index + match[0].length;
  }
  return { 'Fn::Sub': joined + escaped(text.slice(end)) };
}

/** How `Fn::Sub` names what a function gives. */
export function named(intrinsic: Intrinsic): string {
  return 'Ref' in intrinsic ? intrinsic.Ref : intrinsic['Fn::GetAtt'].join('.');
}

function plain(text: string): string {
  return text.replaceAll('$${', '${').replaceAll('%%{', '%{');
}

function escaped(text: string): string {
  return plain(text).replaceAll('${', '${!');
}
