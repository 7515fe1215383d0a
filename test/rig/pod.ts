// A Pod without a kubelet: its one container as a process in user, mount and network namespaces of its own, with exactly the
// files, the user, the arguments and the environment that the Pod says. What it may reach is named port by port.
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {SharedApiserver} from './apiserver.ts';

const project = join(import.meta.dirname, '../..');
const forwarder = join(import.meta.dirname, 'pod-forward.ts');

/** What is read of a Pod, or of the template of one. */
export interface PodLike {
  readonly metadata: {readonly namespace?: string};
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: {readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number};
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
}

interface Container {
  readonly args: readonly string[];
  readonly env?: readonly {readonly name: string; readonly value: string}[];
  readonly securityContext: {readonly readOnlyRootFilesystem?: boolean; readonly allowPrivilegeEscalation?: boolean};
  readonly volumeMounts: readonly {readonly name: string; readonly mountPath: string; readonly readOnly?: boolean}[];
}

interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly secret?: {readonly secretName: string; readonly defaultMode?: number};
  readonly configMap?: {readonly name: string};
  readonly persistentVolumeClaim?: object;
}

export interface PodHost {
  /** Runs the container once; again with the same volumes. Another Pod has them in their places. `input`: on its standard input. */
  start(other?: PodLike, input?: string): ChildProcess;
  /** A socket that leads to a port of its loopback, for `reach` of another. */
  socketOf(port: number): string;
  close(): void;
}

/** Why no pod can be run here; undefined where one can. */
export function whyNoPods(): string | undefined {
  const attempt = spawnSync('unshare', ['-m', '-n', 'sh', '-c', 'ip link set lo up && mount -t tmpfs tmpfs /tmp']);
  const {error, stderr, status} = attempt;
  return status === 0 ? undefined : `no namespaces here: ${error?.message ?? stderr}`;
}

/**
 * Makes the volumes of a Pod, whose Secrets and ConfigMaps are the API server's.
 *
 * @param reach ports of its loopback, and the port of this machine or the socket that each leads to; the API server's is there
 */
export async function podHost(
  server: SharedApiserver,
  namespace: string,
  pod: PodLike,
  {reach = {}, serve = []}: {reach?: Record<number, number | string>; serve?: readonly number[]} = {},
): Promise<PodHost> {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-pod-'));
  const {fsGroup} = pod.spec.securityContext;
  const volumes = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    volumes.set(volume.name, await volumeFolder(server, namespace, volume, join(folder, volume.name), fsGroup));
  }
  if (pod.spec.automountServiceAccountToken) {
    const files = await accountFiles(server, namespace, pod.spec.serviceAccountName);
    volumes.set('account', filesFolder(join(folder, 'account'), files, fsGroup, 0o440));
  }
  const relays: ReturnType<typeof createServer>[] = [];
  const outside = Object.entries({[server.port]: server.port, ...reach}).map(([port, to]) => {
    if (typeof to === 'string') return {port: Number(port), path: to};
    const path = join(folder, `${port}.out`);
    const relay = createServer((socket) => {
      const other = connect(to, '127.0.0.1');
      socket.pipe(other).pipe(socket);
      for (const one of [socket, other]) {
        one.on('error', () => {
          socket.destroy();
          other.destroy();
        });
      }
    }).listen(path);
    relays.push(relay);
    return {port: Number(port), path};
  });
  function socketOf(port: number): string {
    return join(folder, `${port}.in`);
  }
  const links = {out: outside, in: serve.map((port) => ({port, path: socketOf(port)}))};
  return {
    socketOf,
    start(other = pod, input = '') {
      const child = startContainer(server, other, {folder, volumes, links});
      child.stdin!.end(input);
      return child;
    },
    close() {
      for (const relay of relays.splice(0)) relay.close();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

async function accountFiles(server: SharedApiserver, namespace: string, name: string): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const {status, body} = await server.request('POST', path, {spec: {expirationSeconds: 3600}});
  if (status !== 201) throw new Error(`no token for ${name}: ${status} ${JSON.stringify(body)}`);
  return {token: body.status.token, 'ca.crt': server.ca, namespace};
}

async function volumeFolder(
  server: SharedApiserver,
  namespace: string,
  volume: Volume,
  path: string,
  fsGroup: number,
): Promise<string> {
  if (volume.emptyDir || volume.persistentVolumeClaim) {
    // As a kubelet makes them: open to the group of the Pod, which new files have too.
    mkdirSync(path);
    chownSync(path, 0, fsGroup);
    chmodSync(path, 0o2777);
    return path;
  }
  const [plural, name] = volume.secret ? ['secrets', volume.secret.secretName] : ['configmaps', volume.configMap!.name];
  const {body} = await server.request('GET', `/api/v1/namespaces/${namespace}/${plural}/${name}`);
  const files = Object.entries(body.data as Record<string, string>).map(([key, value]) => [
    key,
    volume.secret ? Buffer.from(value, 'base64').toString() : value,
  ]);
  return filesFolder(path, Object.fromEntries(files), fsGroup, volume.secret?.defaultMode ?? 0o644);
}

function filesFolder(path: string, files: Record<string, string>, group: number, mode: number): string {
  mkdirSync(path, {mode: 0o755});
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(path, name), content, {mode});
    chownSync(join(path, name), 0, group);
  }
  return path;
}

type Link = {readonly port: number; readonly path: string};

function startContainer(
  server: SharedApiserver,
  pod: PodLike,
  {
    folder,
    volumes,
    links,
  }: {
    folder: string;
    volumes: ReadonlyMap<string, string>;
    links: {readonly out: readonly Link[]; readonly in: readonly Link[]};
  },
): ChildProcess {
  const {spec} = pod;
  const [container] = spec.containers as [Container];
  const node = realpathSync(process.execPath);
  const mounts = [
    ...container.volumeMounts.map(({name, mountPath, readOnly = false}) => ({name, mountPath, readOnly})),
    ...(volumes.has('account')
      ? [{name: 'account', mountPath: '/run/secrets/kubernetes.io/serviceaccount', readOnly: true}]
      : []),
  ];
  const bind = (from: string, to: string, readOnly: boolean) => [
    `mkdir -p .${to}`,
    `mount --bind ${quoted(from)} .${to}`,
    ...(readOnly ? [`mount -o remount,bind,ro .${to}`] : []),
  ];
  const script = [
    'set -e',
    'ip link set lo up',
    // In the folder of the host, which goes at the end.
    `export TMPDIR=${quoted(folder)}`,
    'ready=$(mktemp -u) && mkfifo "$ready"',
    // Changing the root changes that of every process in these namespaces: it needs its own.
    `unshare -m ${quoted(process.execPath)} ${quoted(forwarder)} ${quoted(JSON.stringify(links))} "$ready" &`,
    'read -r _ < "$ready" && rm "$ready"',
    'root=$(mktemp -d) && mount -t tmpfs -o mode=755 tmpfs "$root" && cd "$root"',
    'mkdir -p old proc dev run var etc tmp && ln -s /run var/run',
    ...bind('/usr', '/usr', true),
    'for l in bin lib lib64 sbin; do if [ -L /$l ]; then ln -s "$(readlink /$l)" $l; elif [ -d /$l ]; then mkdir $l; mount --bind /$l $l; fi; done',
    ...bind(project, '/app', true),
    ...bind(dirname(node), '/node', true),
    'mount --rbind /proc proc',
    'for d in null zero random urandom; do touch dev/$d; mount --bind /dev/$d dev/$d; done',
    ...mounts.flatMap(({name, mountPath, readOnly}) => bind(volumes.get(name)!, mountPath, readOnly)),
    'here="$root" && pivot_root . old && cd / && umount -l /old && rmdir /old',
    ...(container.securityContext.readOnlyRootFilesystem ? ['mount -o remount,bind,ro /'] : []),
    'exec "$@"',
  ].join('\n');
  const {runAsUser, runAsGroup, fsGroup} = spec.securityContext;
  const user = [`--reuid=${runAsUser}`, `--regid=${runAsGroup}`, `--groups=${fsGroup}`];
  const less = ['--bounding-set=-all', '--inh-caps=-all'];
  if (container.securityContext.allowPrivilegeEscalation === false) less.push('--no-new-privs');
  const program = ['/node/node', '/app/bin/run.js', ...container.args];
  const wrapped = ['setpriv', ...user, ...less, 'unshare', '--user', '--map-current-user', 'env', '-i'];
  const environment = {
    PATH: '/usr/bin:/bin',
    // As container runtimes set it for a user that the image does not know.
    HOME: '/',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(server.port),
    ...Object.fromEntries((container.env ?? []).map(({name, value}) => [name, value])),
  };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return spawn('unshare', ['-m', '-n', 'sh', '-c', script, 'sh', ...wrapped, ...variables, ...program], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
