import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {chdbDirectory} from './toolchain.ts';

/** A ClickHouse at work: a current engine (chdb) behind HTTP, on loopback. */
export interface ClickHouse {
  readonly url: string;
  /** The rows of a query. */
  rows(query: string): Promise<Record<string, string | number>[]>;
  stop(): Promise<void>;
}

/** Starts one with its data in `folder`; it ends with this process. */
export async function startClickHouse(folder: string): Promise<ClickHouse> {
  const directory = await chdbDirectory();
  const child = spawn('python3', [join(import.meta.dirname, 'clickhouse.py'), directory, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const [port] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the engine ended with ${code}`))),
  ]);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async rows(query) {
      const answer = await fetch(url, {method: 'POST', body: `${query} FORMAT JSONEachRow`});
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return text.trim() === ''
        ? []
        : text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line));
    },
    async stop() {
      process.off('exit', end);
      const ended = once(child, 'exit');
      end();
      await ended;
    },
  };
}
