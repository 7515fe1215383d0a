/** Every exit code of the program, by the kind of error that ends with it. */
export const exitCodes = {
  /** A bug of ours: a stack trace, and the request to report it. */
  bug: 1,
  /** Wrong usage: a flag, an argument, a variable or the user's file. */
  usage: 2,
  /** The cluster is unreachable or forbids something. */
  cluster: 3,
  /** Unreadable or invalid input, or an output that can't be written. */
  input: 4,
  /** A report was not delivered. */
  delivery: 5,
  /** Sending is not allowed: no consent. */
  consent: 6,
  /** The Helm release must not be changed. */
  release: 7,
  /** Helm failed. */
  helm: 8,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

/** No error, but less was read than there was: that of a program which SIGPIPE ends. */
export const readerGone = 141;

export type ErrorCode = keyof typeof exitCodes;

/** What a user can mend: what happened and what it means (`message`), and what to try (`suggestions`). */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: Exclude<ErrorCode, 'bug'>;
  readonly suggestions: readonly string[];

  /**
   * @param code decides the exit code
   * @param message one or two sentences without credentials and control characters; foreign text goes through `clean`
   * @param suggestions what to try next, one line each
   */
  constructor(
    code: Exclude<ErrorCode, 'bug'>,
    message: string,
    {suggestions = [], cause}: {suggestions?: readonly string[]; cause?: unknown} = {},
  ) {
    super(message, cause === undefined ? undefined : {cause});
    this.code = code;
    this.suggestions = suggestions;
  }
}

/** The code of a Node.js system error (`ENOENT`, `ECONNREFUSED`, …), looked for along the chain of causes. */
export function systemCode(error: unknown): string | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    const {code} = e as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    if (e instanceof AggregateError && e.errors.length > 0) return systemCode(e.errors[0]);
  }
  return undefined;
}

/**
 * The code of an error that comes from outside of the program, for people.
 *
 * @throws {unknown} the error itself, where it has none: then it is a bug, and is told as one
 */
export function reasonOf(error: unknown): string {
  const code = systemCode(error);
  // What is of the wrong type came from the program itself.
  if (code === undefined || code === 'ERR_INVALID_ARG_TYPE') throw error;
  return code;
}

/** Whether an error is JavaScript's own: no other machine and no file brings it, but a bug. */
export function isOwnMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

/** Whether the system says that a disk, or this user's part of it, has no more room. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
}
