import { assertNever } from '../refund/assert-never.ts';
import type { Condition, Path } from './conditions.ts';
import type { Plan } from './plan-parts.ts';

/** The parts of an UpdateItem request that say what must hold and what changes. */
export interface UpdateExpressions {
  readonly ConditionExpression: string;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Every name goes through a placeholder (`status`, `reason` and others are reserved words), every value likewise. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};
  readonly #aliases = new Map<string, string>();
  #count = 0;

  name(path: Path): string {
    return path.map((step) => this.#alias(step)).join('.');
  }

  value(value: unknown): string {
    const placeholder = `:v${this.#count}`;
    this.#count += 1;
    this.values[placeholder] = value;
    return placeholder;
  }

  get hasValues(): boolean {
    return this.#count > 0;
  }

  #alias(step: string): string {
    const known = this.#aliases.get(step);
    if (known !== undefined) return known;
    const alias = `#n${this.#aliases.size}`;
    this.#aliases.set(step, alias);
    this.names[alias] = step;
    return alias;
  }
}

export function renderUpdate(plan: Plan): UpdateExpressions {
  const placeholders = new Placeholders();
  const conditions = plan.conditions.map((condition) => renderCondition(condition, placeholders));
  const sets = plan.set.map(([path, value]) => `${placeholders.name(path)} = ${placeholders.value(value)}`);
  for (const [path, value] of plan.setIfAbsent) {
    const name = placeholders.name(path);
    sets.push(`${name} = if_not_exists(${name}, ${placeholders.value(value)})`);
  }
  const removes = plan.remove.map((path) => placeholders.name(path));
  const clauses: string[] = [];
  if (sets.length > 0) clauses.push(`SET ${sets.join(', ')}`);
  if (removes.length > 0) clauses.push(`REMOVE ${removes.join(', ')}`);
  return {
    ConditionExpression: conditions.join(' AND '),
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: placeholders.names,
    ...(placeholders.hasValues ? { ExpressionAttributeValues: placeholders.values } : {}),
  };
}

const OPERATORS = { equals: '=', differs: '<>', below: '<', at_most: '<=' } as const;

function renderCondition(condition: Condition, placeholders: Placeholders): string {
  switch (condition.test) {
    case 'absent':
      return `attribute_not_exists(${placeholders.name(condition.path)})`;
    case 'present':
      return `attribute_exists(${placeholders.name(condition.path)})`;
    case 'any':
    case 'all': {
      const parts = condition.of.map((each) => renderCondition(each, placeholders));
      return `(${parts.join(condition.test === 'any' ? ' OR ' : ' AND ')})`;
    }
    case 'equals':
    case 'differs':
    case 'below':
    case 'at_most': {
      const name = placeholders.name(condition.path);
      const comparison = `${name} ${OPERATORS[condition.test]} ${placeholders.value(condition.value)}`;
      return condition.orAbsent === true ? `(attribute_not_exists(${name}) OR ${comparison})` : comparison;
    }
    default:
      return assertNever(condition);
  }
}
