import { assertNever } from '../../../functions/refund/assert-never.ts';
import { messageOf, type Language } from '../../browser/messages.ts';
import type { Moment } from '../../operations/timeline.ts';
import { element } from './elements.ts';
import { money, word } from './words.ts';

type Tone = 'good' | 'bad' | 'wait' | 'plain';
interface Told {
  readonly tone: Tone;
  readonly text: string;
}

/** The time line of a payment, oldest first. What lies ahead is marked as such. */
export function timelineList(moments: readonly Moment[], currency: string, language: Language): HTMLElement {
  const list = element('ol', { class: 'timeline' });
  for (const moment of moments) {
    const { tone, text } = told(moment, (amount) => money(amount, currency, language), language);
    const at = new Date(moment.atMs);
    const time = element('time', { datetime: at.toISOString() }, at.toLocaleTimeString(language));
    list.append(element('li', { 'data-tone': tone }, time, element('span', {}, text)));
  }
  return list;
}

function told(moment: Moment, sum: (amount: number) => string, language: Language): Told {
  return language === 'ko' ? inKorean(moment, sum) : inEnglish(moment, sum);
}

function inKorean(moment: Moment, sum: (amount: number) => string): Told {
  switch (moment.what) {
    case 'paid':
      return { tone: 'plain', text: `${sum(moment.amount)} 결제` };
    case 'asked': {
      const who = word(moment.by, 'ko');
      return {
        tone: 'plain',
        text: `${who}: ${sum(moment.amount)} 환불 요청 (남은 금액 ${sum(moment.left)})`,
      };
    }
    case 'sent':
      return { tone: 'plain', text: `${moment.attempt}번째로 보냄` };
    case 'answered':
      return { tone: 'plain', text: `돌아온 것: ${moment.answer}` };
    case 'in_doubt': {
      const state = moment.accepted ? '접수됨, 아직 처리 전' : '결과를 알 수 없음';
      return { tone: 'wait', text: `${state}. ${moment.looks}번 확인함, 이 시각부터 다시 확인` };
    }
    case 'not_executed':
      return { tone: 'bad', text: '실행되지 않음' };
    case 'cancelled':
      return { tone: 'good', text: `환불됨. 근거: ${EVIDENCE[moment.evidence].ko}` };
    case 'rejected': {
      const why = moment.rejection.provider?.message ?? messageOf(moment.rejection.code, 'ko');
      return { tone: 'bad', text: `거절됨: ${why}. 근거: ${EVIDENCE[moment.evidence].ko}` };
    }
    case 'cancelled_elsewhere':
      return { tone: 'plain', text: `다른 곳에서 ${sum(moment.amount)} 취소 (${moment.reason ?? ''})` };
    default:
      return assertNever(moment);
  }
}

function inEnglish(moment: Moment, sum: (amount: number) => string): Told {
  switch (moment.what) {
    case 'paid':
      return { tone: 'plain', text: `Paid ${sum(moment.amount)}` };
    case 'asked': {
      const who = word(moment.by, 'en');
      return { tone: 'plain', text: `A ${who} asks for ${sum(moment.amount)} of ${sum(moment.left)} left` };
    }
    case 'sent':
      return { tone: 'plain', text: `Sent, attempt ${moment.attempt}` };
    case 'answered':
      return { tone: 'plain', text: `Came back: ${moment.answer}` };
    case 'in_doubt': {
      const state = moment.accepted ? 'Accepted, not booked yet' : 'Not known yet';
      return { tone: 'wait', text: `${state}: looked at ${moment.looks} times, next look from now on` };
    }
    case 'not_executed':
      return { tone: 'bad', text: 'Not executed' };
    case 'cancelled':
      return { tone: 'good', text: `Refunded. Proof: ${EVIDENCE[moment.evidence].en}` };
    case 'rejected': {
      const why = moment.rejection.provider?.message ?? messageOf(moment.rejection.code, 'en');
      return { tone: 'bad', text: `Refused: ${why}. Proof: ${EVIDENCE[moment.evidence].en}` };
    }
    case 'cancelled_elsewhere':
      return { tone: 'plain', text: `${sum(moment.amount)} cancelled elsewhere (${moment.reason ?? ''})` };
    default:
      return assertNever(moment);
  }
}

const EVIDENCE = {
  answer: { ko: '응답 자체', en: 'the answer itself' },
  people: { ko: '두 사람의 확인', en: 'two people' },
  read_back: { ko: '아임포트에서 다시 읽은 결제', en: 'the payment read back from i’mport' },
} as const;
