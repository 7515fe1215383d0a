import {createInterface} from 'node:readline/promises';
import {exitCodes} from '../errors.ts';
import {width} from '../host/terminal.ts';
import {message} from '../render/hint.ts';

/** Whether there is a person to ask: a terminal to read from and one to ask on. */
export function canAsk(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/** Asks the person, unless --yes has answered; where there is neither, the answer is no. */
export function answered(yes: boolean | undefined): (question: string) => Promise<boolean> {
  return async (question) => yes || (canAsk() && (await confirm(question)));
}

/**
 * Asks on standard error. Only a written yes is one; anything else, and the end of input, is a no.
 *
 * @param signal takes the question back, which is a no
 */
export async function confirm(question: string, signal?: AbortSignal): Promise<boolean> {
  const terminal = createInterface({input: process.stdin, output: process.stderr});
  terminal.once('SIGINT', () => {
    process.stderr.write('\n');
    process.exit(exitCodes.interrupted);
  });
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    signal?.addEventListener('abort', () => terminal.close(), {once: true});
    if (signal?.aborted) return false;
    const answer = await Promise.race([terminal.question(asked(question)), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** The question apart from what stands above it, broken at words. */
function asked(question: string): string {
  return `\n${message(question, width(process.stderr))} [y/N] `;
}
