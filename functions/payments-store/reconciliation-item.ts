import * as v from 'valibot';
import type { ReconciliationNotes } from '../protocol/reconciliation-notes.ts';
import type { Item } from './payment-item.ts';

const Notes = v.object({ version: v.number(), notes: v.string() });

/** Our own notes, written and read here alone: the text is what `notesUpdate` made. */
export function notesFromItem(item: Item): ReconciliationNotes | undefined {
  const parsed = v.safeParse(Notes, item);
  if (!parsed.success) return undefined;
  const { version, notes } = parsed.output;
  return { ...(JSON.parse(notes) as ReconciliationNotes), version };
}

/** Only on top of the version that was read; the new one is one more. */
export function notesUpdate(notes: ReconciliationNotes) {
  const before = notes.version - 1;
  const isFirst = before === 0;
  return {
    ConditionExpression: isFirst ? 'attribute_not_exists(#version)' : '#version = :before',
    UpdateExpression: 'SET #version = :version, #notes = :notes',
    ExpressionAttributeNames: { '#version': 'version', '#notes': 'notes' },
    ExpressionAttributeValues: {
      ':version': notes.version,
      ':notes': JSON.stringify(notes),
      ...(isFirst ? {} : { ':before': before }),
    },
  };
}
