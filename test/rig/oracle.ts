// client-go's own reading of kubeconfigs, one process for all questions: see apiserver/oracle.go.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {kubeconfigOracle} from './toolchain.ts';

/** What client-go makes of a kubeconfig before it contacts anybody. */
export interface Verdict {
  readonly refusal?: string;
  readonly stage?: string;
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
  readonly server: string;
  readonly url?: string;
  readonly dial?: string;
  readonly tlsServerName?: string;
  readonly insecure?: boolean;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: string[];
  readonly asUserExtra?: Record<string, string[]>;
  readonly authProvider?: string;
  readonly proxy?: string;
  readonly disableCompression?: boolean;
  /** SHA-256 of each certificate and key. */
  readonly ca?: string[];
  readonly clientCertificates?: string[];
  readonly clientKeys?: string[];
  readonly exec?: string[];
}

export interface Oracle {
  /** Answers in the order of the questions. */
  ask(question: string): Promise<Verdict>;
  close(): void;
}

/** Starts it, with nothing of the person who runs the tests in its environment. */
export async function startOracle(home: string): Promise<Oracle> {
  const child = spawn(await kubeconfigOracle(), [], {
    // On stderr it prompts for user names. Its own input is /dev/null where it would read them: see main.go.
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: home,
    env: {PATH: process.env.PATH, HOME: home},
  });
  const waiting: ((line: string) => void)[] = [];
  createInterface({input: child.stdout}).on('line', (line) => waiting.shift()?.(line));
  return {
    ask(question) {
      const {promise, resolve} = Promise.withResolvers<string>();
      waiting.push(resolve);
      child.stdin.write(`${question}\n`);
      return promise.then((line) => JSON.parse(line) as Verdict);
    },
    close: () => child.stdin.end(),
  };
}
