import {clean} from '../foreign.ts';

/** Names that are told one by one in a sentence; of more, their number. */
const mostNamed = 6;

/** What is true of some contexts. */
export interface Shared<T> {
  readonly said: T;
  readonly contexts: readonly string[];
}

/** What is said of several contexts, each once, in the order in which it was first said. */
export function sharedBy<T>(said: readonly (readonly [context: string, what: readonly T[]])[]): Shared<T>[] {
  const found = new Map<string, {said: T; contexts: string[]}>();
  for (const [context, what] of said) {
    for (const one of what) {
      const key = JSON.stringify(one);
      const known = found.get(key);
      if (known) known.contexts.push(context);
      else found.set(key, {said: one, contexts: [context]});
    }
  }
  return [...found.values()];
}

/** `a, b and c`. */
export function contextNames(contexts: readonly string[]): string {
  const names = contexts.map((name) => clean(name));
  const rest = names.length - mostNamed + 1;
  const shown = rest > 1 ? [...names.slice(0, mostNamed - 1), `${rest} more`] : names;
  return [shown.slice(0, -1).join(', '), shown.at(-1)!].filter(Boolean).join(' and ');
}
