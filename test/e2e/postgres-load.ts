import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type {Program} from '../collector/program.ts';
import {post, type Sent} from '../collector/send.ts';
import type {Postgres} from '../rig/postgres.ts';

/** Numbers of the reports that a database holds: the timestamp of each tells it from every other. */
export async function numbersIn(server: Postgres, url: string): Promise<Set<number>> {
  const rows = await server.ask(
    new URL(url).pathname.slice(1),
    "SELECT (body::json->>'timestamp')::bigint AS number FROM seldon_usage.report",
  );
  return new Set(rows.map(({number}) => Number(number)));
}

/** Senders that post on and on to whoever `target` names; 204 is noted, 503 must say when to come again. */
export function load(target: () => Program | undefined, many = 8) {
  const acknowledged = new Set<number>();
  let next = 1;
  let isOver = false;
  let refused = 0;
  const failures: unknown[] = [];
  const senders = Array.from({length: many}, async () => {
    while (!isOver) {
      const program = target();
      const number = next++;
      const sent: Sent | undefined = program && (await post(program.port, number % 40, number).catch(() => undefined));
      if (sent?.status === 204) acknowledged.add(number);
      else if (sent?.status === 503 && /^\d+$/.test(sent.headers['retry-after'] ?? '')) refused++;
      else if (sent) failures.push(sent);
      if (sent?.status !== 204) await sleep(5);
    }
  });
  return {
    acknowledged,
    refused: () => refused,
    async end() {
      isOver = true;
      await Promise.all(senders);
      assert.equal(failures, [], 'other answers than 204 and 503 with Retry-After');
    },
  };
}

export async function requireNoneLost(server: Postgres, url: string, acknowledged: ReadonlySet<number>): Promise<void> {
  const there = await numbersIn(server, url);
  assert.equal(
    [...acknowledged].filter((number) => !there.has(number)),
    [],
    'acknowledged and lost',
  );
}
