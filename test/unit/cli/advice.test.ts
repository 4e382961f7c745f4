import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import { advising, withAdvice, type LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { type } from './command-line.ts';

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** A ledger whose reads fail with a StoreError. */
function failing(cause: Error): LedgerReads {
  return {
    ...new FakeTable().ledger(),
    openRefunds: async () => {
      throw new StoreError('list open refunds', { isKnownNotApplied: true, cause });
    },
  };
}

const REACHED = { tableName: 'the-ledger', region: 'ap-northeast-2' };

describe('a table that cannot be read', () => {
  it.each([
    [named('CredentialsProviderError', 'Could not load credentials from any providers'), 'aws sso login'],
    [named('ExpiredTokenException', 'The security token has expired'), 'aws sso login'],
    [named('Error', 'Region is missing'), '--region ap-northeast-2'],
    [named('ResourceNotFoundException', 'Requested resource not found'), 'the outputs of the stack'],
    [
      named('ValidationException', 'The table does not have the specified index: open_refunds'),
      'not the ledger table',
    ],
    [named('AccessDeniedException', 'not authorized to perform: dynamodb:Query'), 'dynamodb:Query'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'cannot be reached'],
    [named('ThrottlingException', 'Rate exceeded'), 'try again'],
    [named('Error', ''), 'this is a defect'],
  ])(
    'the message for an unreadable table gives the table, the cause and the next step: %s',
    async (cause, advice) => {
      const ledger = advising(failing(cause), REACHED);
      const { status, out, err } = await type('list --table the-ledger', {
        openTables: async () => ({ ledger }),
      });
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toContain('The table the-ledger (ap-northeast-2) cannot be read: ');
      expect(err.replaceAll('\n    ', ' ')).toContain(advice);
      expect(err).not.toMatch(/: (Error|undefined)?\n/);
    },
  );

  it('the message names the failed connection when several addresses were tried', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const told = withAdvice(
      new StoreError('list', { isKnownNotApplied: true, cause: new AggregateError([refused]) }),
      { ...REACHED, endpoint: 'http://127.0.0.1:1' },
    );
    expect(String(told)).toContain('connect ECONNREFUSED 127.0.0.1:1');
    expect(told).toMatchObject({ advice: 'Nothing answers at http://127.0.0.1:1: is it running?' });
  });

  it('the real AWS client gives the same message for an unreachable table', async () => {
    const env = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    const before = { ...process.env };
    Object.assign(process.env, env, {
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_MAX_ATTEMPTS: '1',
    });
    const { status, err } = await type('list --table payments --region ap-northeast-2', { env });
    process.env = before;
    expect(status).toBe(2);
    expect(err).toMatch(/^The table payments \(http:\/\/127\.0\.0\.1:1\) cannot be read: .*ECONNREFUSED/);
  });

  it('the message for a missing local run says how to start it', async () => {
    const { status, err } = await type('list --url http://127.0.0.1:1');
    expect(status).toBe(2);
    expect(err).toMatch(
      /^Nothing answers at http:\/\/127\.0\.0\.1:1 \(.+\)\.\nStart the local run with "npm start"/,
    );
  });
});
