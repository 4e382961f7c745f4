import { parseArgs } from 'node:util';
import { awsTable, localTable, paymentsInDoubt } from '../lib/operations/tables.ts';
import { explain, openLine } from '../lib/operations/explain.ts';

const USAGE = `What happened to every won.

  npm run refunds -- explain <merchant_uid>   the time line of a payment's refunds
  npm run refunds -- list --in-doubt          refunds that are not final, oldest first

  --table NAME   a table in AWS (credentials and region from the environment)
  --url URL      a local run (default http://127.0.0.1:3000)`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      table: { type: 'string' },
      url: { type: 'string', default: 'http://127.0.0.1:3000' },
      'in-doubt': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, merchantUid] = positionals;
  const explaining = command === 'explain' && merchantUid !== undefined;
  const listing = command === 'list' && values['in-doubt'] === true;
  if (values.help === true || (!explaining && !listing)) {
    console.log(USAGE);
    return values.help === true ? 0 : 2;
  }
  const store = values.table === undefined ? await localTable(values.url) : awsTable(values.table);
  if (explaining) {
    const payment = await store.read(merchantUid);
    console.log(
      payment === undefined ? `There is no payment ${merchantUid} in the table.` : explain(payment),
    );
    return payment === undefined ? 1 : 0;
  }
  const open = await paymentsInDoubt(store);
  for (const payment of open) {
    if (payment.pending !== undefined) console.log(openLine(payment, payment.pending, Date.now()));
  }
  console.log(open.length === 0 ? 'Nothing is in doubt.' : `${open.length} in doubt.`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
