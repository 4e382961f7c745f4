import { assertNever } from '../refund/assert-never.ts';
import type { Condition, Path, Plan } from './plan.ts';

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

  name(path: Path): string {
    return path.map((step) => this.#alias(step)).join('.');
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
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
  const sets = [
    ...plan.set.map(([path, value]) => `${placeholders.name(path)} = ${placeholders.value(value)}`),
    ...plan.ensure.map((path) => {
      const name = placeholders.name(path);
      return `${name} = if_not_exists(${name}, ${placeholders.value({})})`;
    }),
  ];
  const removes = plan.remove.map((path) => placeholders.name(path));
  const clauses = [
    ...(sets.length === 0 ? [] : [`SET ${sets.join(', ')}`]),
    ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(', ')}`]),
  ];
  const hasValues = Object.keys(placeholders.values).length > 0;
  return {
    ConditionExpression: conditions.join(' AND '),
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: placeholders.names,
    ...(hasValues ? { ExpressionAttributeValues: placeholders.values } : {}),
  };
}

const OPERATORS = { equals: '=', below: '<', at_most: '<=' } as const;

function renderCondition(condition: Condition, placeholders: Placeholders): string {
  const name = placeholders.name(condition.path);
  switch (condition.test) {
    case 'absent':
      return `attribute_not_exists(${name})`;
    case 'present':
      return `attribute_exists(${name})`;
    case 'equals':
    case 'below':
    case 'at_most': {
      const comparison = `${name} ${OPERATORS[condition.test]} ${placeholders.value(condition.value)}`;
      return condition.orAbsent === true ? `(attribute_not_exists(${name}) OR ${comparison})` : comparison;
    }
    default:
      return assertNever(condition);
  }
}
