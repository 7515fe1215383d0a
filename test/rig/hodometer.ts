// Hodometer's own client: its two Go modules, speaking to a collector of ours. See hodometer/main.go.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {type Level, propertiesAt} from '../../src/report/hodometer/properties.ts';
import {hodometerBinary} from './toolchain.ts';

/** What came of an event. */
export interface Outcome {
  /** What the client library says; empty: it was taken. */
  readonly error: string;
  readonly attempts: number;
  /** Milliseconds: the longest wait before a retry that the library wanted. */
  readonly wait: number;
  /** Milliseconds of all the waits that it wanted. */
  readonly waited: number;
}

export interface Hodometer {
  /** Outcomes come in the order of the events; the client sends one after the other. */
  send(event: object): Promise<Outcome>;
  close(): void;
}

/**
 * Starts a client that publishes to `url`, as `PUBLISH_URL` says it.
 *
 * @param wait milliseconds before a retry at most, whatever it is told: its 20 retries are soon over where something has
 *   to start meanwhile
 */
export async function startHodometer(url: string, wait = 100): Promise<Hodometer> {
  const args = ['-url', url, '-wait', `${wait}ms`];
  const child = spawn(await hodometerBinary(), args, {stdio: ['pipe', 'pipe', 'inherit']});
  const waiting: PromiseWithResolvers<Outcome>[] = [];
  createInterface({input: child.stdout}).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.once('exit', () => {
    for (const one of waiting) one.reject(new Error('the client ended'));
  });
  return {
    send(event) {
      const outcome = Promise.withResolvers<Outcome>();
      waiting.push(outcome);
      child.stdin.write(`${JSON.stringify(event)}\n`);
      return outcome.promise;
    },
    close: () => child.stdin.end(),
  };
}

let made = 0;

/** The event of a level as Hodometer makes it: all properties, those beyond the level 0. */
export function eventAt(level: Level, number = 1): {distinct_id: string; properties: Record<string, string | number>} {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const {filled, constant, zero} = propertiesAt(level);
  const values = {text: '2.9.1', unsigned: 7, float: 12.884901888};
  const known: Record<string, string | number> = {cluster_id: id, kubernetes_version: 'v1.31.4+k3s1'};
  const event = {
    token: '0123456789abcdef0123456789abcdef',
    event: 'collect metrics',
    distinct_id: id,
    time: 1_790_000_000,
    properties: {
      $insert_id: String(1_790_000_000_000_000_000n + BigInt(++made)),
      ...Object.fromEntries(zero.map(({name}) => [name, 0])),
      ...Object.fromEntries(constant.map(({name, constant}) => [name, constant!])),
      ...Object.fromEntries(filled.map(({name, type}) => [name, known[name] ?? values[type]])),
    },
  };
  return event;
}
