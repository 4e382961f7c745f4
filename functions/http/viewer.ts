import type { Surroundings } from '../protocol/ports.ts';
import type { Actor } from '../refund/payment.ts';
import type { Viewer } from './representation.ts';

export function viewerOf(actor: Actor, { now, settings }: Pick<Surroundings, 'now' | 'settings'>): Viewer {
  return { actor, nowMs: now(), quietPeriodMs: settings.quietPeriodMs };
}
