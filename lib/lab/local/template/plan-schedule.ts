import { isObject } from '../json.ts';
import type { Planner } from './planner.ts';
import { unplayable } from './template.ts';

export interface SchedulePlan {
  readonly logicalId: string;
  readonly timing: Timing;
  readonly functionId: string;
  /** The event, as JSON text. */
  readonly input: string;
  readonly isEnabled: boolean;
}

export type Timing =
  | { readonly kind: 'rate'; readonly everyMs: number }
  /** At this minute of every hour, or of one hour of the day, by the clock of a time zone. */
  | {
      readonly kind: 'clock';
      readonly minute: number;
      readonly hour: number | 'every';
      readonly timeZone: string;
    };

export function planSchedule(planner: Planner, logicalId: string): SchedulePlan {
  const properties = planner.properties(logicalId);
  const expression = properties.text('ScheduleExpression');
  const timing = timingOf(expression, properties.textOr('ScheduleExpressionTimezone', 'UTC'));
  const target = properties.object('Target');
  if (timing === undefined || target === undefined) {
    throw unplayable(
      `${logicalId}: ${expression}; the local run plays rate(…), and cron(…) of a minute and an hour, with one target`,
    );
  }
  const input: unknown = target.value['Input'];
  return {
    logicalId,
    timing,
    functionId: planner.functionOf(target.text('Arn')),
    input: isObject(input) ? JSON.stringify(input) : target.textOr('Input', '{}'),
    isEnabled: properties.textOr('State', 'ENABLED') === 'ENABLED',
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
function timingOf(expression: string, timeZone: string): Timing | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) return { kind: 'rate', everyMs: Number(count) * (UNITS_MS[unit] ?? 0) };
  const [, minute, hour] = /^cron\((\d+) (\d+|\*) [*?] \* [*?] \*\)$/.exec(expression) ?? [];
  if (minute === undefined) return undefined;
  return { kind: 'clock', minute: Number(minute), hour: hour === '*' ? 'every' : Number(hour), timeZone };
}
