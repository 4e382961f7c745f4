import { escaped } from '../../functions/http/csv.ts';
import { StoreError } from '../../functions/protocol/write.ts';
import { commandNamed, givenTo, requireOptions } from './arguments.ts';
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
import { rootCause } from './local-run.ts';
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
  /** Writes a line to stdout unchanged. */
  readonly write: (line: string) => void;
  /** Writes a line that is not part of the answer to stderr. */
  readonly error: (line: string) => void;
}

/** Writes text: control characters are escaped, and long lines are wrapped. */
function inWords(write: (line: string) => void) {
  return (line: string): void => {
    for (const each of wrapped(escaped(line))) write(each);
  };
}

/** Writes text of this program; a long line continues at the same indent. */
function inProse(write: (line: string) => void, lines: readonly string[]): void {
  for (const each of lines.flatMap((line) => wrapped(line, 0))) write(each);
}

/** Runs `npm run refunds --` with these arguments. Resolves to the exit status. */
export async function refunds(words: readonly string[], console: Console): Promise<number> {
  // All output passes here, so that text from outside cannot control the terminal or begin a line of its own.
  const out = inWords(console.write);
  const json = (answer: unknown): void => console.write(escaped(JSON.stringify(answer)));
  // Its cells are escaped already; the console adds the last line end.
  const csv = (lines: string): void => {
    if (lines !== '') console.write(lines.replace(/\n$/, ''));
  };
  const notice = (line: string): void => console.error(escaped(line));
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    inProse(console.write, generalHelp(COMMANDS));
    return name === undefined ? COULD_NOT_STATUS : 0;
  }
  try {
    const command = commandNamed(name, COMMANDS);
    const given = givenTo(command, rest);
    if (given.flag('help')) {
      inProse(console.write, commandHelp(command));
      return 0;
    }
    requireOptions(command, given);
    return await command.run(given, { ...console, out, json, csv, notice });
  } catch (error) {
    for (const line of faultLines(error)) inWords(console.error)(line);
    return COULD_NOT_STATUS;
  }
}

function faultLines(error: unknown): readonly string[] {
  if (error instanceof UsageError) return [error.message];
  if (error instanceof OperationsError) return [error.message, error.advice];
  if (error instanceof StoreError) return [`The table cannot be read: ${rootCause(error)}`, TABLE_ADVICE];
  const frames = (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => FRAME.test(line));
  return [`This is a defect of the command; report it with this text: ${String(error)}`, ...frames];
}

const TABLE_ADVICE =
  'Compare name and region with the outputs of the stack, and sign in to its account (aws sso login) with a role that may ' +
  'dynamodb:Query and dynamodb:GetItem the table and its indexes, and kms:Decrypt with its key.';

const FRAME = /^\s+at /;

// --- Help ---

/** The list of commands. */
function generalHelp(commands: readonly Command[]): readonly string[] {
  return [
    'Shows what happened to each refund.',
    '',
    'npm run --silent refunds -- COMMAND …',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`),
    '',
    'Every command has --json, and --help, which lists the exit statuses.',
    'Without --table a command uses the local run (--url, else PORT, else 3000).',
    'Nothing here moves money: the commands read the tables, or call the API of the service.',
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
