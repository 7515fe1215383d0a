import {systemCode} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {retryAfter} from '../../host/retry-after.ts';
import {SinkTrouble} from './contract.ts';
import {inTime} from './in-time.ts';

/** What Google's client comes to, as trouble of a sink. */

/** Milliseconds for a request. */
export const patience = 60_000;
/** Milliseconds until an erasure is tried again that the streaming buffer is in the way of. It may be, for up to 90 minutes. */
const untilFlushed = 5 * 60_000;

/** An answer that is not 2xx. */
export class StatusTrouble extends SinkTrouble {
  readonly status: number;
  constructor(message: string, status: number, after: number | undefined) {
    super(message, {after});
    this.status = status;
  }
  /** The request was refused because of what is in it. */
  isRefusal(): boolean {
    return this.status === 400 || this.status === 413;
  }
}

export function unlessStatus(status: number, error: unknown): undefined {
  if (!(error instanceof StatusTrouble) || error.status !== status) throw error;
  return undefined;
}

/**
 * What Google's client comes to, within its time.
 *
 * @param within milliseconds
 */
export async function inTrouble<T>(work: Promise<T>, within = patience): Promise<T> {
  try {
    return await inTime(work, 'Google', within);
  } catch (error) {
    throw error instanceof SinkTrouble ? error : troubleOf(error);
  }
}

/** Errors of reading a file with credentials, which are not those of a connection. */
const ofFiles: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EPERM', 'ELOOP']);

/**
 * Errors of Google's client repeat rows, tokens and the text of a file with credentials: of them no more than a status, a reason
 * and a system's code is told, and they are kept nowhere.
 */
function troubleOf(error: unknown): SinkTrouble {
  const {code, errors, response, config} = error as Partial<ApiError>;
  // What was asked for a token has an error with its request: no answer to that is one to what is sent with the token.
  if (typeof code === 'number' && config === undefined) {
    const [first] = Array.isArray(errors) ? errors : [];
    if (/streaming buffer/i.test(String(first?.message))) return inBuffer();
    const told = `BigQuery answers ${code} ${clean(String(first?.reason ?? ''), 40)}`.trim();
    return new StatusTrouble(told, code, retryAfter(response?.headers?.['retry-after'], Date.now()));
  }
  const system = systemCode(error);
  if (system !== undefined && !ofFiles.has(system))
    return new SinkTrouble(`no answer from Google (${clean(system, 40)})`);
  return new SinkTrouble(
    'no token from Google: does GOOGLE_APPLICATION_CREDENTIALS, or the machine, have valid credentials?',
  );
}

export function inBuffer(): SinkTrouble {
  return new SinkTrouble('its rows are still in the streaming buffer', {after: untilFlushed});
}

/** An error of Google's client; foreign until checked. */
interface ApiError {
  readonly code: unknown;
  readonly errors: readonly {readonly reason?: string; readonly message?: string}[];
  readonly response: {readonly headers?: Readonly<Record<string, string>>};
  readonly config: unknown;
}
