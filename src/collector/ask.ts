import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {dashboardUrl} from '../settings/defaults.ts';
import type {Grain} from './periods.ts';
import type {Statistics} from './series.ts';

/** What is asked of a running collector. */
export interface Question {
  readonly url: string;
  readonly token?: string | undefined;
  readonly minCell?: number | undefined;
  readonly grains?: readonly Grain[] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly periods?: number | undefined;
}

/** Milliseconds for the whole answer. */
const patience = 30_000;
/** All series of ten years are a tenth of this. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Statistics of a running collector.
 *
 * @throws {UserError} usage, if the question is none; input, if it isn't answered
 */
export async function askStatistics(question: Question): Promise<Statistics> {
  const text = await get(question, 'api/v1/stats');
  try {
    const answer: unknown = JSON.parse(text);
    if (isStatistics(answer)) return answer;
  } catch {
    // Told below, as any other answer that is none.
  }
  throw noCollector(question.url);
}

/**
 * The same as CSV.
 *
 * @throws {UserError} as `askStatistics`
 */
export async function askCsv(question: Question): Promise<string> {
  const text = await get(question, 'api/v1/stats.csv');
  if (text.startsWith('series,')) return text;
  throw noCollector(question.url);
}

async function get(question: Question, path: string): Promise<string> {
  const url = address(question, path);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      signal: AbortSignal.timeout(patience),
      redirect: 'error',
      headers: question.token === undefined ? {} : {Authorization: `Bearer ${question.token}`},
    });
    text = await bodyOf(response);
    if (response.ok) return text;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('input', `No collector answers at ${clean(question.url)} (${reason(error)}).`, {
      suggestions: [
        'seldon-usage serve must run there: statistics are asked of a running collector.',
        '--url takes the address that serve prints as its dashboard.',
      ],
      cause: error,
    });
  }
  if (response.status === 401) {
    throw new UserError('input', 'The collector asks for its token, and this one is missing or wrong.', {
      suggestions: ['--token-file takes the file that serve has with --admin-token-file.'],
    });
  }
  if (response.status === 404) {
    throw new UserError('input', `${clean(question.url)} answers 404: there are no statistics at this address.`, {
      suggestions: [
        `The port that takes reports tells none: --url takes the one of the dashboard, by default ${dashboardUrl}`,
      ],
    });
  }
  const said = clean(text, response.status === 501 ? 1000 : 200)
    .replace(/^Error: /, '')
    .trim();
  if (response.status === 501) {
    throw new UserError('input', `There are no statistics at ${clean(question.url)}: ${said}.`, {
      suggestions: ['Ask where the reports go: another collector has a dashboard of its own, for example.'],
    });
  }
  throw new UserError(
    response.status === 400 ? 'usage' : 'input',
    `The collector answers ${response.status}: ${said}.`,
  );
}

/** Whether an answer can be read as statistics: whatever is shown of it is of its type. */
function isStatistics(answer: unknown): answer is Statistics {
  const {generated, minCell, series} = (answer ?? {}) as Record<string, unknown>;
  return (
    typeof generated === 'string' && typeof minCell === 'number' && Array.isArray(series) && series.every(isSeries)
  );
}

function isSeries(one: unknown): boolean {
  const {periods, values, ...texts} = (one ?? {}) as Record<string, unknown>;
  const isPeriod = (period: {label?: unknown} | null) =>
    typeof period?.label === 'string' && /^[\w-]{1,20}$/.test(period.label);
  const isRow = (row: {name?: unknown; data?: unknown} | null) =>
    typeof row?.name === 'string' &&
    Array.isArray(row.data) &&
    row.data.length === (periods as unknown[]).length &&
    row.data.every((number) => number === null || typeof number === 'number');
  return (
    [texts.name, texts.grain, texts.title, texts.unit, texts.over].every((text) => typeof text === 'string') &&
    Array.isArray(periods) &&
    periods.every(isPeriod) &&
    Array.isArray(values) &&
    values.every(isRow)
  );
}

function address({url, minCell, grains = [], names = [], periods}: Question, path: string): URL {
  let base: URL;
  try {
    base = new URL(url.endsWith('/') ? url : `${url}/`);
    if (base.protocol !== 'http:' && base.protocol !== 'https:') throw new Error(base.protocol);
  } catch (error) {
    throw new UserError('usage', `--url ${JSON.stringify(clean(url, 100))} is not an http or https address.`, {
      cause: error,
    });
  }
  const target = new URL(path, base);
  if (minCell !== undefined) target.searchParams.set('min-cell', String(minCell));
  if (periods !== undefined) target.searchParams.set('periods', String(periods));
  for (const grain of grains) target.searchParams.append('grain', grain);
  for (const name of names) target.searchParams.append('series', name);
  return target;
}

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new UserError('input', 'The answer is too long to be one of a collector.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reason(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer within 30s';
  const {message, cause} = error as Error;
  // The standard of fetch has a list of them.
  if ((cause as Error | undefined)?.message === 'bad port') return 'neither browsers nor Node dial this port';
  return systemCode(error) ?? clean(message, 100);
}

function noCollector(url: string): UserError {
  return new UserError('input', `${clean(url)} answers, but not as a collector of this program.`, {
    suggestions: [`--url takes the address of its dashboard, by default ${dashboardUrl}`],
  });
}
