import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Surroundings } from '../protocol/ports.ts';
import type { Actor } from '../refund/payment.ts';
import type { RefundSettings } from '../refund/settings.ts';
import { RETRY_AFTER_UNAVAILABLE_SECONDS } from '../refund/times.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Config } from '../runtime/config.ts';
import { withInvocation, type Door } from '../runtime/invocation.ts';
import { reportFailure, writeLine } from '../runtime/report.ts';
import { builtOnce, prewarm } from '../runtime/start.ts';
import { callerOf } from './caller.ts';
import { languageOf, type Language } from './language.ts';
import { problem } from './problem.ts';

export type HttpEvent = APIGatewayProxyEventV2;
export type HttpResult = APIGatewayProxyStructuredResultV2;
type Request = middy.Request<HttpEvent, HttpResult>;

/** A request to one route. `deadlineMs`: epoch ms at which the function is stopped. */
type HttpRoute = (event: HttpEvent, deadlineMs: number) => Promise<HttpResult>;

/** A route with every dependency passed in. */
export type Route = (
  event: HttpEvent,
  deadlineMs: number,
  world: Surroundings,
  config?: Pick<Config, 'personClaim'>,
) => Promise<HttpResult>;

/** A request whose caller may make it. */
interface Asked {
  readonly event: HttpEvent;
  readonly deadlineMs: number;
  readonly world: Surroundings;
  readonly language: Language;
  readonly actor: Actor;
  /** The claim that names a person, for an issuer other than Cognito. */
  readonly personClaim: string | undefined;
}

/** A route behind a token: whoever may not use it is refused before anything is looked up. */
export function behindToken(
  route: (asked: Asked) => Promise<HttpResult>,
  mayAsk: (actor: Actor, settings: RefundSettings) => boolean = () => true,
): Route {
  return async (event, deadlineMs, world, config) => {
    const language = languageFor(event);
    const actor = callerOf(event);
    if (actor === undefined || !mayAsk(actor, world.settings)) return problem('FORBIDDEN', language);
    return route({ event, deadlineMs, world, language, actor, personClaim: config?.personClaim });
  };
}

export function isStaff({ kind }: Actor): boolean {
  return kind === 'staff';
}

/** What a door exports to Lambda: its route with the live dependencies, which are built when the environment starts. */
export async function httpDoor(
  door: Door,
  open: () => { readonly world: Surroundings; readonly config: Config },
  route: (event: HttpEvent, deadlineMs: number, world: Surroundings, config: Config) => Promise<HttpResult>,
  { asksProvider = false } = {},
): Promise<ReturnType<typeof httpHandler>> {
  const built = builtOnce(open);
  await prewarm(built, { asksProvider });
  return httpHandler(door, async (event, deadlineMs) => {
    const { world, config } = built();
    return route(event, deadlineMs, world, config);
  });
}

/** Middy's type requires it; the route itself ends by its deadline. */
const NEVER_ABORTED = new AbortController().signal;

/** The middleware chain of every route: it always answers, and logs one line without personal data. */
export function httpHandler(
  door: Door,
  route: HttpRoute,
): (event: HttpEvent, context: Context) => Promise<HttpResult> {
  // The route ends before its deadline itself; middy's early stop would answer with an error.
  const chain = middy<HttpEvent, HttpResult>({ timeoutEarlyInMillis: 0 })
    .after(logAnswer)
    .onError((request) => answerError(door, request))
    .handler(async (event, context) =>
      withInvocation(async () => route(event, systemClock() + context.getRemainingTimeInMillis()), door),
    );
  return async (event, context) =>
    (await chain(event, context, { signal: NEVER_ABORTED })) ?? problem('INTERNAL_ERROR', languageFor(event));
}

function logAnswer({ event: { routeKey: route }, response, context }: Request): void {
  const { awsRequestId: requestId } = context;
  writeLine({ level: 'INFO', event: 'answered', route, status: response?.statusCode, requestId });
}

/**
 * An unexpected error's cause is logged by name and place, and the caller gets a neutral body. Lambda's own `Errors` counts neither
 * kind of failure, so the alarms and the canary watch these metrics.
 */
function answerError(door: Door, request: Request): void {
  const { error, event, context } = request;
  const language = languageFor(event);
  const isStore = reportFailure(door, error, { route: event.routeKey, requestId: context.awsRequestId });
  const headers = { 'retry-after': String(RETRY_AFTER_UNAVAILABLE_SECONDS) };
  request.response = isStore
    ? problem('STORE_UNAVAILABLE', language, { headers })
    : problem('INTERNAL_ERROR', language);
}

/** API Gateway passes header names in lower case; a test or another front may not, and may repeat a name. */
export function header({ headers }: Pick<HttpEvent, 'headers'>, name: string): string | undefined {
  const named = Object.entries(headers ?? {}).filter(([key]) => key.toLowerCase() === name);
  return named.length === 0 ? undefined : named.map(([, value]) => value).join(',');
}

export function languageFor(event: Pick<HttpEvent, 'headers'>): Language {
  return languageOf(header(event, 'accept-language'));
}

export function json(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResult {
  const always = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode, headers: { ...always, ...headers }, body: JSON.stringify(body) };
}
