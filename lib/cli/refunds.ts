import { commandNamed, givenTo } from './arguments.ts';
import type { Command, Surroundings } from './command.ts';
import { closeCommand } from './commands/close.ts';
import { drainCommand } from './commands/drain.ts';
import { explainCommand } from './commands/explain.ts';
import { listCommand } from './commands/list.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { traceCommand } from './commands/trace.ts';
import { commandHelp, generalHelp } from './help.ts';
import { OperationsError, UsageError } from './operations-error.ts';

export const COMMANDS: readonly Command[] = [
  explainCommand,
  listCommand,
  drainCommand,
  closeCommand,
  reconcileCommand,
  traceCommand,
];

const COULD_NOT_STATUS = 2;

export interface Console extends Surroundings {
  /** A line that is no answer, on stderr. */
  readonly error: (line: string) => void;
}

/** What `npm run refunds --` does with its words. Resolves to the exit status. */
export async function refunds(words: readonly string[], console: Console): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.out(generalHelp(COMMANDS));
    return name === undefined ? COULD_NOT_STATUS : 0;
  }
  try {
    const command = commandNamed(name, COMMANDS);
    const given = givenTo(command, rest);
    if (given.flag('help')) {
      console.out(commandHelp(command));
      return 0;
    }
    return await command.run(given, console);
  } catch (error) {
    for (const line of faultLines(error)) console.error(line);
    return COULD_NOT_STATUS;
  }
}

function faultLines(error: unknown): readonly string[] {
  if (error instanceof UsageError) return [error.message];
  if (error instanceof OperationsError) return [error.message, error.advice];
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`This is a defect of the command; report it with this text: ${told}`];
}
