// A machine on which a line of a shell can be run as it stands in help and in the guides: kubectl, Helm, a cluster with a
// release of Seldon's chart, and a collector at usage.example.com, all of it on this machine.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {text} from 'node:stream/consumers';
import {promisify} from 'node:util';
import {startProgram} from '../collector/program.ts';
import {writeChart} from '../helm/chart.ts';
import {cacheHome, folder} from '../program.ts';
import {startApiserver} from '../rig/apiserver.ts';
import {makeAuthority} from '../rig/certificates.ts';
import {shortLived} from '../rig/go.ts';
import {realisticNode} from '../rig/nodes.ts';
import {startProxy} from '../rig/proxy.ts';
import {helmBinary, kubectlBinary} from '../rig/toolchain.ts';

const root = join(import.meta.dirname, '../..');

/** How a line ended. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** A home of its own on the stage. */
export interface Home {
  readonly folder: string;
  /** Runs a line by a shell. */
  run(line: string): Promise<Ended>;
  /** The same on a terminal, where somebody answers yes. */
  onTerminal(line: string): Promise<Ended>;
  /** Runs what stays; resolves with what ends it, once it has written what `begun` matches. */
  start(line: string, begun: RegExp): Promise<{readonly output: string; stop(): Promise<number | null>}>;
}

export interface Stage {
  /** A new home, in which the files lie that the lines name. */
  home(): Home;
  /** Runs kubectl as the administrator. */
  kubectl(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** The namespace of the release. */
const namespace = 'seldon-system';

export async function setStage(): Promise<Stage> {
  const [server, helm, kubectl] = await Promise.all([startApiserver(), helmBinary(3), kubectlBinary()]);
  for (let i = 0; i < 3; i++) await server.request('POST', '/api/v1/nodes', realisticNode(i));
  const chart = await writeChart(server.directory);
  const at = ['--kubeconfig', server.kubeconfig(), '-n', namespace];
  await run(helm, ['install', 'seldon-core', chart, '--create-namespace', ...at]);
  const kubeconfig = contexts(server.kubeconfig());

  const authority = await makeAuthority();
  const certificate = await authority.server({hosts: ['usage.example.com', 'localhost']});
  const files = mkdtempSync(join(folder, 'stage-'));
  const [cert, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => join(files, name)) as [string, string, string];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key);
  writeFileSync(ca, authority.cert);
  const collector = await startProgram(join(files, 'collector.db'), ['--tls-cert', cert, '--tls-key', key]);
  const proxy = await startProxy({hosts: {'usage.example.com': `127.0.0.1:${collector.port}`}});

  const bin = join(files, 'bin');
  mkdirSync(bin);
  for (const [name, target] of [
    ['seldon-usage', join(root, 'bin/run.js')],
    ['kubectl', kubectl],
    ['helm', helm],
  ] as const)
    symlinkSync(target, join(bin, name));
  // Not every machine has these two.
  shim(bin, 'uuidgen', 'console.log(crypto.randomUUID())');
  shim(
    bin,
    'zstd',
    `const {createZstdCompress, createZstdDecompress} = require('node:zlib');
const [, , flags, file] = process.argv;
const from = file ? require('node:fs').createReadStream(file) : process.stdin;
from.pipe(flags === '-dc' ? createZstdDecompress() : createZstdCompress()).pipe(process.stdout);`,
  );
  const env = {
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    KUBECONFIG: kubeconfig,
    XDG_CACHE_HOME: cacheHome,
    ...shortLived,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1,localhost',
    SELDON_USAGE_CACERT: ca,
    // Whatever else on this machine has the usual ports.
    SELDON_USAGE_LISTEN: '127.0.0.1:0',
    SELDON_USAGE_ADMIN_LISTEN: '127.0.0.1:0',
  };

  return {
    home() {
      const own = mkdtempSync(join(files, 'home-'));
      for (const name of ['report.json', 'nodes.json']) copyFileSync(join(root, 'examples', name), join(own, name));
      for (const path of [cert, key]) copyFileSync(path, join(own, path.slice(files.length + 1)));
      return homeAt(own, {...env, HOME: own});
    },
    kubectl: async (...args) => (await run(kubectl, [...args, '--kubeconfig', server.kubeconfig()])).stdout,
    async close() {
      await Promise.all([proxy.close(), collector.stop(), server.close()]);
    },
  };
}

function homeAt(own: string, env: NodeJS.ProcessEnv): Home {
  const started = (command: string, args: readonly string[], input = '') => {
    const child = spawn(command, args, {cwd: own, env, stdio: ['pipe', 'pipe', 'pipe']});
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return child;
  };
  const ended = async (child: ReturnType<typeof started>): Promise<Ended> => {
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return {status: (await closed)[0], output: stdout + stderr};
  };
  return {
    folder: own,
    run: (line) => ended(started('sh', ['-c', line])),
    // script(1) gives it a terminal, and types what it is given.
    onTerminal: (line) => ended(started('script', ['-qec', line, '/dev/null'], 'y\n')),
    async start(line, begun) {
      const child = started('sh', ['-c', `exec ${line}`]);
      const closed = once(child, 'close');
      let output = '';
      await new Promise<void>((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (part) => {
            output += part;
            if (begun.test(output)) resolve();
          });
        child.once('close', (code) => reject(new Error(`ended with ${code}: ${output}`)));
      });
      return {
        output,
        async stop() {
          child.kill('SIGTERM');
          return (await closed)[0];
        },
      };
    },
  };
}

/** A kubeconfig with the contexts that the lines name: two that lead to the cluster, and one that leads nowhere. */
function contexts(path: string): string {
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const [{context}] = config.contexts;
  const lost = {name: 'minikube', cluster: {server: 'https://127.0.0.1:1'}};
  config.clusters.push(lost);
  config.contexts.push(
    {name: 'staging', context},
    {name: 'production', context},
    {name: 'minikube', context: {...context, cluster: 'minikube'}},
  );
  const to = `${path}-stage`;
  writeFileSync(to, JSON.stringify(config), {mode: 0o600});
  return to;
}

/** A program of Node's. */
function shim(bin: string, name: string, code: string): void {
  const path = join(bin, name);
  writeFileSync(path, `#!/usr/bin/env node\n${code}\n`);
  chmodSync(path, 0o755);
}
