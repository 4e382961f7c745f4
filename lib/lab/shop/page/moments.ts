import { assertNever } from '../../../client/assert-never.ts';
import { messageOf } from '../../../client/refund-client.ts';
import type { TimelineMoment } from './doors.ts';
import { element, type Tone } from './elements.ts';
import { dateText, language, money, nameOf, say } from './language.ts';
import { whoIs } from './session.ts';
import { whyText } from './why.ts';

interface Told {
  readonly tone: Tone;
  readonly text: string;
}

/** The time line of a payment, oldest first. What lies ahead is marked as such. */
export function timelineList(moments: readonly TimelineMoment[], currency: string): HTMLElement {
  const list = element('ol', { class: 'timeline' });
  for (const moment of moments) {
    const { tone, text } = told(moment, (amount) => money(amount, currency));
    const at = new Date(moment.atMs);
    const time = element('time', { datetime: at.toISOString() }, dateText(moment.atMs / 1_000, 'second'));
    list.append(element('li', { 'data-tone': tone }, time, element('span', {}, text)));
  }
  return list;
}

function told(moment: TimelineMoment, sum: (amount: number) => string): Told {
  switch (moment.what) {
    case 'paid':
      return { tone: 'plain', text: say('t_paid', { amount: sum(moment.amount) }) };
    case 'asked': {
      const who = nameOf('by', moment.by);
      return {
        tone: 'plain',
        text: say('t_asked', { who, amount: sum(moment.amount), left: sum(moment.left) }),
      };
    }
    case 'sent':
      return { tone: 'plain', text: say('t_sent', { n: moment.attempt }) };
    case 'answered':
      return { tone: 'plain', text: answerText(moment.answer) };
    case 'in_doubt': {
      const state = say(moment.accepted ? 't_accepted' : 't_unknown', { n: moment.looks });
      return { tone: 'wait', text: moment.why === undefined ? state : `${state} · ${whyText(moment.why)}` };
    }
    case 'not_executed':
      return { tone: 'bad', text: say('t_not_executed') };
    case 'cancelled': {
      const evidence = evidenceOf(moment);
      return { tone: 'good', text: say(moment.corrected ? 't_corrected' : 't_cancelled', { evidence }) };
    }
    case 'rejected': {
      const why = moment.rejection.provider?.message ?? messageOf(moment.rejection.code, language);
      return { tone: 'bad', text: say('t_rejected', { why, evidence: evidenceOf(moment) }) };
    }
    case 'cancelled_elsewhere': {
      const values = { amount: sum(moment.amount), reason: moment.reason ?? '–' };
      return moment.odd === undefined
        ? { tone: 'plain', text: say('t_elsewhere', values) }
        : { tone: 'bad', text: say('t_odd', values) };
    }
    default:
      return assertNever(moment);
  }
}

function evidenceOf({
  evidence,
  closedBy = [],
}: Extract<TimelineMoment, { readonly what: 'cancelled' | 'rejected' }>): string {
  const people = closedBy.length === 0 ? '' : ` (${closedBy.map(whoIs).join(', ')})`;
  return `${nameOf('evidence', evidence)}${people}`;
}

/** What came back begins with what it comes to; the rest is the technical part, which helps whoever asks the PG. */
const ANSWERS = [
  { start: 'code 0, but not booked', word: 't_answer_accepted' },
  { start: 'code 0', word: 't_answer_done' },
  { start: 'not sent: ', word: 't_answer_not_sent' },
  { start: 'unknown: ', word: 't_answer_unknown' },
] as const;

function answerText(answer: string): string {
  const known = ANSWERS.find(({ start }) => answer.startsWith(start));
  if (known === undefined) return say('t_answered', { answer });
  const rest = answer.slice(known.start.length).trim();
  return rest === '' ? say(known.word) : `${say(known.word)} (${rest})`;
}
