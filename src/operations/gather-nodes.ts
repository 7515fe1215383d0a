import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {
  type Choices,
  InvalidReport,
  isGuessable,
  type NodeFacts,
  type NodeReport,
  nodeBuilder,
  withheldResources,
} from '../report/index.ts';
import type {Progress} from './collected.ts';

/** Nodes as they are reported, and what of them is not. */
export interface Gathered {
  nodes: NodeReport[];
  guessable: number;
  withheld: Map<string, number>;
  start(): void;
  node(facts: NodeFacts): void;
}

/** Takes nodes as they come and keeps of each only its report. */
export function gatherNodes(choices: Required<Choices>, progress?: Progress): Gathered {
  const build = nodeBuilder(choices);
  return {
    nodes: [],
    guessable: 0,
    withheld: new Map(),
    start() {
      this.nodes = [];
      this.guessable = 0;
      this.withheld.clear();
    },
    node(facts) {
      this.nodes.push(asUserError(() => build(facts)));
      if (isGuessable(facts)) this.guessable++;
      if (choices.capacity === 'known' && !choices.omit.has('nodes.capacity')) {
        for (const resource of withheldResources(facts))
          this.withheld.set(resource, (this.withheld.get(resource) ?? 0) + 1);
      }
      progress?.(this.nodes.length);
    },
  };
}

/**
 * Runs what builds a part of the report.
 *
 * @throws {UserError} input, if what was read makes no valid one
 */
export function asUserError<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof InvalidReport)) throw error;
    const problems = error.problems.slice(0, 5).map(({path, message}) => `${clean(path, 120)} ${clean(message, 120)}`);
    throw new UserError('input', `What was read does not make a valid report: ${problems.join('; ')}.`, {
      suggestions: ['--omit FIELD leaves an optional field out; show --explain lists them.'],
      cause: error,
    });
  }
}
