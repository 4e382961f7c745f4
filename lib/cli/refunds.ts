import { BYTE_ORDER_MARK, escaped, LINE_END } from '../../functions/http/csv.ts';
import { commandNamed, givenTo } from './arguments.ts';
import {
  ANYWHERE,
  OperationsError,
  UsageError,
  type Command,
  type Option,
  type Surroundings,
} from './command.ts';
import { acknowledgeCommand } from './commands/acknowledge.ts';
import { closeCommand } from './commands/close.ts';
import { drainCommand } from './commands/drain.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { listCommand } from './commands/list.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { signInCommand } from './commands/sign-in.ts';
import { traceCommand } from './commands/trace.ts';
import { wrapped } from './words.ts';

export const COMMANDS: readonly Command[] = [
  explainCommand,
  listCommand,
  exportCommand,
  drainCommand,
  closeCommand,
  reconcileCommand,
  acknowledgeCommand,
  eventsCommand,
  signInCommand,
  traceCommand,
];

const COULD_NOT_STATUS = 2;

export interface Console extends Omit<Surroundings, 'out' | 'json' | 'csv' | 'notice'> {
  /** A line on stdout, as it is. */
  readonly write: (line: string) => void;
  /** A line that is no answer, on stderr. */
  readonly error: (line: string) => void;
}

/** Writes lines of words: what acts is escaped, what is too wide wrapped. */
function inWords(write: (line: string) => void) {
  return (line: string): void => {
    for (const each of wrapped(escaped(line))) write(each);
  };
}

/** Our own prose goes on where it began. */
function inProse(write: (line: string) => void, lines: readonly string[]): void {
  for (const each of lines.flatMap((line) => wrapped(line, 0))) write(each);
}

/** Each line with what ends it but for the line feed, which the console adds; the mark in front is the only one that stays. */
function csvLines(lines: string): readonly string[] {
  const mark = lines.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const all = lines.slice(mark.length).split(LINE_END).slice(0, -1);
  return all.map((line, index) => `${index === 0 ? mark : ''}${escaped(line)}\r`);
}

/** What `npm run refunds --` does with its words. Resolves to the exit status. */
export async function refunds(words: readonly string[], console: Console): Promise<number> {
  // The one way out: whatever a command tells, nothing foreign in it acts on a terminal or begins a line of its own.
  const out = inWords(console.write);
  const json = (answer: unknown): void => console.write(escaped(JSON.stringify(answer)));
  const csv = (lines: string): void => csvLines(lines).forEach((line) => console.write(line));
  const notice = (line: string): void => console.error(escaped(line));
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    inProse(console.write, generalHelp(COMMANDS));
    return name === undefined ? COULD_NOT_STATUS : 0;
  }
  try {
    const command = commandNamed(name, COMMANDS);
    const given = givenTo(command, rest);
    if (!given.flag('help')) return await command.run(given, { ...console, out, json, csv, notice });
    inProse(console.write, commandHelp(command));
    return 0;
  } catch (error) {
    for (const line of faultLines(error)) inWords(console.error)(line);
    return COULD_NOT_STATUS;
  }
}

function faultLines(error: unknown): readonly string[] {
  if (error instanceof UsageError) return [error.message];
  if (error instanceof OperationsError) return [error.message, error.advice];
  const frames = (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => FRAME.test(line));
  return [`This is a defect of the command; report it with this text: ${String(error)}`, ...frames];
}

const FRAME = /^\s+at /;

// --- Help ---

/** What `refunds` can do. */
function generalHelp(commands: readonly Command[]): readonly string[] {
  return [
    'What happened to every won.',
    '',
    'npm run --silent refunds -- COMMAND …',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`),
    '',
    'Every command has --help, with its exit statuses, and --json.',
    'Without --table the local run is asked (PORT, else 3000; or --url).',
    'Nothing here moves money: the commands read the tables, or ask the service by its own doors.',
  ];
}

function commandHelp({ name, takes, summary, about, options, exits }: Command): readonly string[] {
  return [
    `${name}: ${summary}`,
    '',
    `  npm run --silent refunds -- ${name} ${takes}`.trimEnd(),
    '',
    ...about,
    '',
    ...Object.entries({ ...options, ...ANYWHERE }).flatMap(optionLines),
    '',
    ...exits.map((meaning, status) => `  exit ${status}   ${meaning}`),
  ];
}

function optionLines([name, { kind, value, about }]: readonly [string, Option]): readonly string[] {
  const takes = value === undefined ? '' : ` ${value}`;
  const again = kind === 'texts' ? ' (may be given again)' : '';
  return [`  --${name}${takes}${again}`, `      ${about}`];
}
