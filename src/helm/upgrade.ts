import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Connection} from '../cluster/connection/connection.ts';
import type {Surroundings} from '../settings.ts';
import {chartArchive} from './chart-archive.ts';
import {type Document, readManifest} from './documents.ts';
import {exactNumbers} from './exact-json.ts';
import {type HelmProgram, type HelmRun, helmEnvironment, type RunOptions, runHelm} from './helm-program.ts';
import type {RenderPlan} from './post-render.ts';
import type {FoundRelease} from './releases.ts';
import {isUsageDocument} from './usage.ts';
import {usageRules} from './usage-objects.ts';
import {makeWorkspace, planFile, reasonFile, usageFile, type Workspace} from './workspace.ts';

/** Helm's upgrade of one release to the same chart with one value changed, ready to run. */
export interface Upgrade {
  /** Arguments of the change; a rehearsal has some more. */
  readonly args: readonly string[];
  /** Variables that belong to the command. */
  readonly variables: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
  readonly helm: HelmProgram;
  readonly workspace: Workspace;
  readonly plan: RenderPlan;
  readonly values: Record<string, unknown>;
}

/** What is to be changed. */
export interface Intent {
  readonly on: boolean;
  readonly values: Record<string, unknown>;
  /** What the new revision says of itself. */
  readonly description: string;
  /** Image of the volunteer that is accepted besides the chart's own. */
  readonly image?: string | undefined;
}

const pluginName = 'seldon-usage-keep';

/** Puts everything that Helm needs into a private folder. */
export async function prepareUpgrade(
  release: FoundRelease,
  {on, values, description, image}: Intent,
  helm: HelmProgram,
  connection: Connection,
  around: Surroundings,
): Promise<Upgrade> {
  const {record, name, namespace, driver} = release;
  const workspace = makeWorkspace();
  const plan: RenderPlan = {
    on,
    rules: usageRules(release, image),
    stored: readManifest(record.manifest),
    hooks: (record.hooks ?? []).flatMap(({manifest}): Document[] => readManifest(manifest)),
  };
  workspace.write(planFile, JSON.stringify(plan));
  const kubeconfig = workspace.write('kubeconfig', connection.kubeconfig());
  const chart = workspace.write('chart.tgz', await chartArchive(record.chart));
  const valuesFile = workspace.write('values.json', JSON.stringify(values));
  const args = [
    ...['upgrade', name, chart, '--namespace', namespace],
    ...['--kubeconfig', kubeconfig, '--kube-context', connection.context],
    ...['--reset-values', '--values', valuesFile, ...exactNumbers(values).flatMap((number) => ['--set', number])],
    ...['--history-max', '0', '--no-hooks', '--description', description],
    ...postRendererArgs(helm, workspace),
  ];
  const variables = {
    HELM_DRIVER: driver,
    // Helm 4 takes a post-renderer from its plugins only, and needs no other plugin here.
    ...(helm.major === 4 ? {HELM_PLUGINS: join(workspace.folder, 'plugins')} : {}),
  };
  const env = helmEnvironment(around.env, {...variables, KUBECONFIG: kubeconfig});
  return {args, variables, env, helm, workspace, plan, values};
}

function postRendererArgs({major}: HelmProgram, workspace: Workspace): string[] {
  const command = process.execPath;
  const args = [postRendererPath(), workspace.folder];
  if (major === 3) return ['--post-renderer', command, ...args.flatMap((arg) => ['--post-renderer-args', arg])];
  workspace.write(
    `plugins/${pluginName}/plugin.yaml`,
    JSON.stringify({
      apiVersion: 'v1',
      type: 'postrenderer/v1',
      name: pluginName,
      version: '0.0.1',
      runtime: 'subprocess',
      runtimeConfig: {platformCommand: [{command, args}]},
    }),
  );
  return ['--post-renderer', pluginName];
}

/** The post-renderer's own file: beside this one in the source; in the build, where its entry says. */
function postRendererPath(): string {
  const name = import.meta.url.endsWith('.ts') ? './post-renderer.ts' : '../helm/post-renderer.js';
  return fileURLToPath(new URL(name, import.meta.url));
}

/** How a run ended; `reason` is why the post-renderer stopped it. */
export interface UpgradeRun extends HelmRun {
  readonly reason?: string;
}

/** Runs the upgrade. From here on, only Helm's own locks hold. */
export async function runUpgrade(upgrade: Upgrade, options: RunOptions, more: string[] = []): Promise<UpgradeRun> {
  const {helm, args, env, workspace} = upgrade;
  workspace.forget(reasonFile);
  const run = await runHelm(helm.path, [...args, ...more], env, {
    ...options,
    started(child) {
      workspace.usedBy(child.pid!);
      options.started?.(child);
    },
  });
  const reason = workspace.read(reasonFile);
  return reason === undefined ? run : {...run, reason};
}

/** What a rehearsal brought. */
export interface Rehearsal {
  readonly run: UpgradeRun;
  /** The usage documents that would be applied or removed; absent if it did not come so far. */
  readonly usage?: readonly Document[];
  /** The next revision's record as JSON; absent if Helm failed. Holds Secrets: never shown. */
  readonly record?: string;
}

/**
 * Runs the upgrade as a rehearsal on the server: nothing is written. Its usage documents are then the ones that the
 * change applies, even if the chart makes them anew at each rendering.
 */
export async function rehearse(upgrade: Upgrade, options: RunOptions): Promise<Rehearsal> {
  const {workspace, plan} = upgrade;
  const run = await runUpgrade(upgrade, options, ['--dry-run=server', '--output', 'json']);
  const brought = workspace.read(usageFile);
  if (brought === undefined) return {run};
  const known = JSON.parse(brought) as Record<string, string>;
  workspace.write(planFile, JSON.stringify({...plan, usage: known} satisfies RenderPlan));
  const usage = plan.on
    ? Object.values(known).flatMap((text) => readManifest(text))
    : plan.stored.filter(isUsageDocument);
  return run.code === 0 ? {run, usage, record: run.stdout} : {run, usage};
}
