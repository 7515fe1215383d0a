import {UserError} from '../../errors.ts';

/**
 * The store can't be used at present, or not at all: the one error of an engine that those above know. Whatever else comes
 * out of one is a bug.
 */
export class StoreTrouble extends UserError {
  /**
   * @param message what is the matter; foreign text cleaned
   * @param options what to try, and the engine's own error
   */
  constructor(message: string, options: {suggestions?: readonly string[]; cause?: unknown} = {}) {
    super('input', message, options);
  }
}

/** For what may fail while the store is in trouble, and is of no more use then: a bug is thrown on. */
export function unlessTrouble(error: unknown): undefined {
  if (error instanceof StoreTrouble) return undefined;
  throw error;
}
