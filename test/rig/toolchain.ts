// The programs that tests run against: a real API server, kubectl and both Helms, built once from Go modules.
import {execFile, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {mkdir, mkdtemp, rename, rm, symlink} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {withLock} from './lock.ts';
import {isPostgresProgram, type PostgresProgram, whyNoPostgres} from './postgres-programs.ts';

export type Program = 'apiserver' | 'kubectl' | 'helm3' | 'helm4' | 'krew' | 'chdb' | 'hodometer' | PostgresProgram;

/** How to start the API server: one program with etcd inside, or the two that KUBEBUILDER_ASSETS offers. */
export interface KubeApiserver {
  kubeApiserver: string;
  etcd?: string;
}

const kubernetesVersion = '1.36.3';
const krewVersion = '0.4.3';
const chdbVersion = '4.4.0';
const helmVersions = {3: '3.21.4', 4: '4.2.4'};
const source = join(import.meta.dirname, 'apiserver');
const hodometerSource = join(import.meta.dirname, 'hodometer');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'seldon-usage-rig');

/** The API server's program, built at the first call on a machine. */
export async function kubeApiserver(): Promise<KubeApiserver> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets) return {kubeApiserver: join(assets, 'kube-apiserver'), etcd: join(assets, 'etcd')};
  return {kubeApiserver: join(await built(kubernetesDirectory(), buildKubernetes), 'kube-apiserver')};
}

/** A kubectl of the API server's version. */
export async function kubectlBinary(): Promise<string> {
  const directory = process.env.KUBEBUILDER_ASSETS || (await built(kubernetesDirectory(), buildKubernetes));
  return join(directory, 'kubectl');
}

/** What client-go makes of kubeconfigs, a line of JSON for each on its standard input: see apiserver/oracle.go. */
export async function kubeconfigOracle(): Promise<string> {
  return join(await built(kubernetesDirectory(), buildKubernetes), 'kubeconfig-oracle');
}

/** Helm of a major version. */
export async function helmBinary(major: 3 | 4): Promise<string> {
  return join(await built(helmDirectory(major), (directory) => buildHelm(major, directory)), 'helm');
}

/** krew, and what checks manifests for its index. */
export async function krewBinaries(): Promise<{krew: string; validate: string}> {
  const directory = await built(krewDirectory(), buildKrew);
  return {krew: join(directory, 'krew'), validate: join(directory, 'validate-krew-manifest')};
}

/** The folder of chdb, a ClickHouse as a library for Python. */
export function chdbDirectory(): Promise<string> {
  return built(chdb(), async (directory) => {
    console.error(`rig: installing chdb ${chdbVersion} from PyPI for the tests; a minute, once`);
    await promisify(execFile)('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--target',
      directory,
      `chdb==${chdbVersion}`,
    ]);
  });
}

function chdb(): string {
  return join(cache, `chdb-${chdbVersion}`);
}

/** What sends as Seldon Core 2's Hodometer does: see hodometer/main.go. */
export async function hodometerBinary(): Promise<string> {
  return join(await built(hodometerDirectory(), buildHodometer), 'hodometer');
}

/** Why a program cannot be had here, or undefined where it can. Builds nothing; PostgreSQL it installs. */
export function whyUnavailable(program: Program): string | undefined {
  if (isPostgresProgram(program)) return whyNoPostgres(program);
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets && (program === 'apiserver' || program === 'kubectl')) {
    const wanted = program === 'apiserver' ? ['kube-apiserver', 'etcd'] : ['kubectl'];
    const missing = wanted.find((name) => !existsSync(join(assets, name)));
    return missing && `KUBEBUILDER_ASSETS has no ${missing}`;
  }
  if (program === 'chdb') {
    const has = existsSync(chdb()) || spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
    return has ? undefined : 'Python 3 with pip is not installed';
  }
  const directories = {
    apiserver: kubernetesDirectory,
    kubectl: kubernetesDirectory,
    helm3: () => helmDirectory(3),
    helm4: () => helmDirectory(4),
    krew: krewDirectory,
    hodometer: hodometerDirectory,
  };
  const directory = directories[program]();
  return existsSync(directory) || hasGo() ? undefined : 'Go is not installed, and KUBEBUILDER_ASSETS is not set';
}

// Named after everything that it is built from, so that a change of any of them builds anew.
function kubernetesDirectory(): string {
  const hash = createHash('sha256').update(kubernetesVersion);
  for (const name of ['go.mod', 'go.sum', 'main.go', 'oracle.go']) hash.update(readFileSync(join(source, name)));
  return join(cache, hash.digest('hex').slice(0, 16));
}

function hodometerDirectory(): string {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(hodometerSource, name)));
  return join(cache, `hodometer-${hash.digest('hex').slice(0, 16)}`);
}

async function buildHodometer(directory: string): Promise<void> {
  tell("Hodometer's client");
  await go(['build', '-trimpath', '-ldflags', '-s -w', '-o', join(directory, 'hodometer'), '.'], {}, hodometerSource);
}

function helmDirectory(major: 3 | 4): string {
  return join(cache, `helm-${helmVersions[major]}`);
}

async function buildKubernetes(directory: string): Promise<void> {
  const [major, minor] = kubernetesVersion.split('.');
  const stamp = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .map(
      (path) => `-X ${path}.gitVersion=v${kubernetesVersion} -X ${path}.gitMajor=${major} -X ${path}.gitMinor=${minor}`,
    )
    .join(' ');
  tell(`kube-apiserver and kubectl ${kubernetesVersion}`);
  await go(['build', '-trimpath', '-ldflags', `-s -w ${stamp}`, '-o', join(directory, 'kube-apiserver'), '.']);
  for (const name of ['kubectl', 'kubeconfig-oracle']) await symlink('kube-apiserver', join(directory, name));
}

async function buildHelm(major: 3 | 4, directory: string): Promise<void> {
  const stamp = `-s -w -X helm.sh/helm/v${major}/internal/version.version=v${helmVersions[major]}`;
  const module = `helm.sh/helm/v${major}/cmd/helm@v${helmVersions[major]}`;
  tell(`helm ${helmVersions[major]}`);
  await go(['install', '-trimpath', '-ldflags', stamp, module], {GOBIN: directory});
}

function krewDirectory(): string {
  return join(cache, `krew-${krewVersion}`);
}

async function buildKrew(directory: string): Promise<void> {
  tell(`krew ${krewVersion}`);
  for (const name of ['krew', 'validate-krew-manifest']) {
    const module = `sigs.k8s.io/krew/cmd/${name}@v${krewVersion}`;
    await go(['install', '-trimpath', '-ldflags', '-s -w', module], {GOBIN: directory});
  }
}

function tell(programs: string): void {
  console.error(`rig: building ${programs} for the tests from Go modules; some minutes, once`);
}

// Without cgo no C compiler is needed; an outer workspace or vendoring flag must not reach into this module. What debuggers
// read is a fifth of the compiler's work, and the linker leaves it out.
async function go(args: string[], env: NodeJS.ProcessEnv = {}, cwd = source): Promise<void> {
  const flags = '-buildvcs=false -gcflags=all=-dwarf=false';
  const settings = {...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: flags, ...env};
  await promisify(execFile)('go', args, {cwd, env: settings, maxBuffer: 64 << 20});
}

const inHand = new Map<string, Promise<string>>();

// A directory that exists is complete: it gets its name by a rename after the build.
function built(directory: string, build: (directory: string) => Promise<void>): Promise<string> {
  const known = inHand.get(directory) ?? buildOnce(directory, build);
  inHand.set(directory, known);
  return known;
}

async function buildOnce(directory: string, build: (directory: string) => Promise<void>): Promise<string> {
  if (existsSync(directory)) return directory;
  await mkdir(cache, {recursive: true});
  await withLock(`${directory}.lock`, async () => {
    if (existsSync(directory)) return;
    const unfinished = await mkdtemp(`${directory}.new-`);
    try {
      await build(unfinished);
      await rename(unfinished, directory);
    } finally {
      await rm(unfinished, {recursive: true, force: true});
    }
  });
  return directory;
}

let goFound: boolean | undefined;

function hasGo(): boolean {
  goFound ??= spawnSync('go', ['version']).status === 0;
  return goFound;
}
