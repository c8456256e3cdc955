import type { Fleet, Pool } from '../../pool/pool.ts';
import { StackError } from '../stack-error.ts';
import { type Reference, translated } from './expressions.ts';
import type { Parameters } from './parameters.ts';
import type { Block, PoolBlocks } from './pool-blocks.ts';

/** What the rules see of the template that is being made. */
export interface TemplateContext {
  readonly fleet: Fleet;
  readonly pool: Pool;
  readonly blocks: PoolBlocks;
  readonly parameters: Parameters;
  readonly reference: Reference;
}

export type Properties = Readonly<Record<string, unknown>>;

/** The properties that an attribute of Terraform stands for; `address` is that of its block. */
export type AttributeRule = (
  value: unknown,
  context: TemplateContext,
  address: string,
) => Properties;

/** Rules by attribute; an attribute without one is refused. */
export type AttributeRules = Readonly<Record<string, AttributeRule>>;

/** The same under another name. */
export function as(property: string): AttributeRule {
  return (value, { reference }) => ({ [property]: translated(value, reference) });
}

/** Terraform has some flags as text. */
export function flag(property: string): AttributeRule {
  return (value) => ({ [property]: value === true || value === 'true' });
}

/** Nothing in the template. `reason`: why nothing is lost. */
export function leftOut(_reason: string): AttributeRule {
  return () => ({});
}

/** A block within the block. */
export function nested(property: string, rules: AttributeRules): AttributeRule {
  return (value, context, address) => ({
    [property]: properties(rules, value as Block, context, address),
  });
}

export function each(property: string, rules: AttributeRules): AttributeRule {
  return (value, context, address) => ({
    [property]: (value as Block[]).map((item) => properties(rules, item, context, address)),
  });
}

export const tags: AttributeRule = (value, { reference }) => ({
  Tags: Object.entries(translated(value, reference) as Properties).map(([Key, Value]) => ({
    Key,
    Value,
  })),
});

/**
 * Translates a block, attribute by attribute.
 *
 * @throws Error for an attribute without a rule: left out in silence, the pool would be another one.
 */
export function properties(
  rules: AttributeRules,
  block: Block,
  context: TemplateContext,
  address: string,
): Properties {
  const all: Record<string, unknown> = {};
  for (const [attribute, value] of Object.entries(block)) {
    if (value === null) continue;
    const rule = Object.hasOwn(rules, attribute) ? rules[attribute] : undefined;
    if (rule === undefined) {
      throw new StackError(
        `pool ${context.pool.name} needs ${attribute} of ${address}, which the CloudFormation template ` +
          'does not have: deploy it with --format terraform',
      );
    }
    Object.assign(all, rule(value, context, address));
  }
  return all;
}
