import type { Met } from './fault-queue.ts';
import { assertNever } from './json.ts';

/** What a PG keeps of the reason it was given, after each of its habits. */
export function keptReason(reason: string, habits: readonly Met<'reason_cut' | 'reason_replace'>[]): string {
  return habits.reduce(kept, reason);
}

const KEPT_BY_DEFAULT = 20;

function kept(reason: string, habit: Met<'reason_cut' | 'reason_replace'>): string {
  const { fault } = habit;
  switch (fault) {
    case 'reason_replace':
      return reason.replaceAll(habit.from ?? '[', () => habit.text ?? '&#91;');
    case 'reason_cut':
      return cut(reason, habit.max ?? KEPT_BY_DEFAULT, habit.unit);
    default:
      return assertNever(fault);
  }
}

/** A character of which only a part would be left goes as a whole. */
function cut(reason: string, max: number, unit: Met<'reason_cut'>['unit'] = 'characters'): string {
  let left = max;
  let result = '';
  for (const character of reason) {
    left -= widthOf(character, unit);
    if (left < 0) break;
    result += character;
  }
  return result;
}

function widthOf(character: string, unit: 'characters' | 'bytes' | 'euc_kr_bytes'): number {
  switch (unit) {
    case 'characters':
      return 1;
    case 'bytes':
      return Buffer.byteLength(character);
    case 'euc_kr_bytes':
      return Buffer.byteLength(character) === 1 ? 1 : 2;
    default:
      return assertNever(unit);
  }
}
