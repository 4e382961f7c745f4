import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface JsonReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface Report {
  readonly passed: number;
  readonly skipped: number;
  /** Each failed test with its file, its full name and the first line of its message. */
  readonly failures: readonly string[];
}

/** Reads vitest's JSON report. A file, or a whole run, that fails without a failed test counts as one failure. */
export function readReport(file: string, status: number): Report {
  if (!existsSync(file) || readFileSync(file).length === 0)
    return { passed: 0, skipped: 0, failures: [`vitest ended with ${status} before its report`] };
  const report = JSON.parse(readFileSync(file, 'utf8')) as JsonReport;
  const failures = report.testResults.flatMap(({ name, status: ended, message, assertionResults }) => {
    const where = path.relative('', name);
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${where}: ${test.fullName}: ${firstLine(test.failureMessages[0] ?? '')}`);
    return ended === 'failed' && failed.length === 0 ? [`${where}: ${firstLine(message)}`] : failed;
  });
  return {
    passed: report.numPassedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures:
      failures.length === 0 && status !== 0
        ? [`vitest ended with ${status} although no test failed: an error outside the tests`]
        : failures,
  };
}

function firstLine(message: string): string {
  return (stripVTControlCharacters(message).split('\n')[0] ?? '').slice(0, 500);
}
