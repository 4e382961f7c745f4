import { assertNever } from '../refund/assert-never.ts';
import type { Change, Condition, Item, Update } from './table.ts';

/**
 * A change in DynamoDB's expressions. The texts depend only on the attributes, so one kind of write always has the same texts.
 */
export interface Expressions {
  readonly condition: string;
  readonly update: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

export function rendered(change: Change): Expressions {
  const placeholders = new Placeholders();
  const conditions = Object.values(change.when).map((condition) => renderCondition(condition, placeholders));
  const update = 'put' in change ? '' : renderUpdate(change, placeholders);
  const { names, values } = placeholders;
  return { condition: conditions.join(' AND '), update, names, values };
}

/** Every name is a placeholder (`status`, `reason` and others are reserved words), and every value, too. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  name(attribute: string): string {
    this.names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  }

  /** `:gen` of an update, `:gen_1` of a condition: one attribute may be compared with several values. */
  value(name: string, value: unknown): string {
    this.values[`:${name}`] = value;
    return `:${name}`;
  }

  compared(attribute: string, value: unknown): string {
    const count = Object.keys(this.values).length + 1;
    return this.value(`${attribute}_${count}`, value);
  }
}

const OPERATORS = { equals: '=', below: '<', at_most: '<=' } as const;

function renderCondition(condition: Condition, placeholders: Placeholders): string {
  switch (condition.test) {
    case 'absent':
      return `attribute_not_exists(${placeholders.name(condition.attribute)})`;
    case 'present':
      return `attribute_exists(${placeholders.name(condition.attribute)})`;
    case 'any':
      return `(${condition.of.map((each) => renderCondition(each, placeholders)).join(' OR ')})`;
    case 'equals':
    case 'below':
    case 'at_most': {
      const { test, attribute, value } = condition;
      return `${placeholders.name(attribute)} ${OPERATORS[test]} ${placeholders.compared(attribute, value)}`;
    }
    default:
      return assertNever(condition);
  }
}

function renderUpdate({ set = {}, remove = [], add = {} }: Update, placeholders: Placeholders): string {
  const assigned = Object.entries(set).map(
    ([attribute, value]) => `${placeholders.name(attribute)} = ${placeholders.value(attribute, value)}`,
  );
  const removed = remove.map((attribute) => placeholders.name(attribute));
  const added = Object.entries(add).map(
    ([attribute, value]) => `${placeholders.name(attribute)} ${placeholders.value(attribute, value)}`,
  );
  const clauses = { SET: assigned, REMOVE: removed, ADD: added };
  return Object.entries(clauses)
    .filter(([, parts]) => parts.length > 0)
    .map(([clause, parts]) => `${clause} ${parts.join(', ')}`)
    .join(' ');
}
