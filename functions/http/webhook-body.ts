import * as v from 'valibot';
import { parseJson } from '../iamport/untidy.ts';
import { faultOf, type Carried, type Parsed } from './body.ts';
import { WebhookBody } from './schemas.ts';

/** A webhook is a few hundred bytes; what is longer is none. In characters. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * The `imp_uid` of a webhook, in whatever form it comes: JSON or a form, told apart by what it is and not by what its content
 * type says; any charset; a byte order mark; nulls and numbers in fields that do not matter. i'mport sends a webhook once.
 */
export function readWebhook(event: Carried, contentType: string | undefined): Parsed<string> {
  const text = textOf(event, contentType).slice(0, MAX_CHARACTERS);
  const json = parseJson(text);
  const isObject = typeof json === 'object' && json !== null;
  const parsed = v.safeParse(
    WebhookBody,
    isObject ? json : Object.fromEntries(new URLSearchParams(text.trim())),
  );
  return parsed.success
    ? { ok: true, value: parsed.output.imp_uid }
    : { ok: false, errors: parsed.issues.map(faultOf) };
}

function textOf({ body = '', isBase64Encoded }: Carried, contentType: string | undefined): string {
  const text =
    isBase64Encoded === true ? decode(Buffer.from(body, 'base64'), contentType) : oneByteEach(body);
  return text.replace(/^\uFEFF/, '');
}

/** What API Gateway took for UTF-8: of UTF-16 the ASCII is left, with a NUL beside each letter, and a mark that became nothing. */
function oneByteEach(body: string): string {
  return body.includes('\0') ? body.replaceAll('\0', '').replace(/^\uFFFD+/, '') : body;
}

function decode(bytes: Uint8Array, contentType: string | undefined): string {
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset that nobody knows: `imp_uid` is plain ASCII in almost all of them.
    return new TextDecoder().decode(bytes);
  }
}
