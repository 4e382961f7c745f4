import * as v from 'valibot';
import type { FaultName } from './faults.ts';

/** A schema's message is the name of a rule in `faults.ts`. */
export const rule = (fault: FaultName): FaultName => fault;

/**
 * Letters, digits, punctuation and spaces of any script. Not: controls and half surrogates, which no PG takes; characters that
 * cannot be seen or turn the direction of a text (`Cf`, line and paragraph separators), which make a text look like another.
 */
const NO_CONTROLS = String.raw`[^\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]`;
/** Line breaks are fine in a text that a person types. */
const WITH_BREAKS = String.raw`(?:${NO_CONTROLS}|[\n\r\t])`;
/** Something to be seen: the fillers of Hangul and the empty Braille cell are letters by name only. */
const VISIBLE = String.raw`(?=[\s\S]*[^\s\u115F\u1160\u2800\u3164\uFFA0])`;

export const printable = new RegExp(`^${NO_CONTROLS}*$`, 'u');
export const printableText = new RegExp(`^${WITH_BREAKS}*$`, 'u');
export const visible = new RegExp(`^${VISIBLE}${NO_CONTROLS}*$`, 'u');
export const visibleText = new RegExp(`^${VISIBLE}${WITH_BREAKS}*$`, 'u');
/** `.` and `..` would be a step in a path, here and at i'mport. */
const identifying = new RegExp(String.raw`^(?!\.{1,2}$)${NO_CONTROLS}*$`, 'u');

export function pattern(max: number, regex: RegExp, broken: FaultName | ((text: string) => FaultName)) {
  return v.pipe(
    v.string(rule('text')),
    v.minLength(1, rule('empty')),
    v.maxLength(max, rule('too_long')),
    v.regex(regex, ({ input }) => (typeof broken === 'string' ? broken : broken(input))),
  );
}

export function name(max: number, description: string) {
  return v.pipe(pattern(max, printable, 'control'), v.description(description));
}

const dotsOrControl = (text: string) => (printable.test(text) ? 'dots' : 'control');

export function uid(max: number, description: string) {
  return v.pipe(pattern(max, identifying, dotsOrControl), v.description(description));
}

export function amount(description: string) {
  return v.pipe(
    v.number(rule('number')),
    v.finite(rule('finite')),
    v.minValue(0, rule('negative')),
    v.description(description),
  );
}

export function flag(description: string) {
  return v.pipe(v.boolean(rule('flag')), v.description(description));
}

export const blankOr = (shown: RegExp) => (text: string) => (shown.test(text) ? 'blank' : 'control');
