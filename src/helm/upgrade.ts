import {join} from 'node:path';
import type {Connection} from '../cluster/connection/connection.ts';
import {postRenderCommand} from '../host/built.ts';
import type {Surroundings} from '../settings.ts';
import {chartArchive} from './chart-archive.ts';
import {type Document, readManifest} from './documents.ts';
import type {Edit} from './edit.ts';
import {exactNumbers} from './exact-json.ts';
import {type Gate, openGate} from './gate/gate.ts';
import type {Stage} from './gate/judge.ts';
import {refusedError} from './gate/refused-error.ts';
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
  /** Helm's only way to the cluster. */
  readonly gate: Gate;
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
  /** What changes of the documents of the last revision, where no usage objects come or go. */
  readonly edit?: Edit | undefined;
}

const pluginName = 'seldon-usage-keep';

/** Puts everything that Helm needs into a private folder, and opens the gate; `endUpgrade` takes both away. */
export async function prepareUpgrade(
  release: FoundRelease,
  {on, values, description, image, edit}: Intent,
  helm: HelmProgram,
  connection: Connection,
  around: Surroundings,
): Promise<Upgrade> {
  const {record, name, namespace, driver} = release;
  const {context} = connection;
  const workspace = await makeWorkspace();
  const plan: RenderPlan = {
    on,
    rules: usageRules(release, image),
    ...(edit ? {edit} : {}),
    stored: readManifest(record.manifest),
    hooks: (record.hooks ?? []).flatMap(({manifest}): Document[] => readManifest(manifest)),
  };
  workspace.write(planFile, JSON.stringify(plan));
  const gate = await openGate(connection, release);
  const kubeconfig = workspace.write('kubeconfig', gate.kubeconfig(context, namespace));
  const chart = workspace.write('chart.tgz', await chartArchive(record.chart));
  const valuesFile = workspace.write('values.json', JSON.stringify(values));
  const args = [
    ...['upgrade', name, chart, '--namespace', namespace],
    ...['--kubeconfig', kubeconfig, '--kube-context', context],
    ...['--reset-values', '--values', valuesFile, ...exactNumbers(values).flatMap((number) => ['--set', number])],
    ...['--history-max', '0', '--no-hooks', '--description', description],
    // The documents are the stored ones, and the usage objects were checked field by field. To read OpenAPI, and find that the
    // server judges fields itself, would be half of Helm's work.
    '--disable-openapi-validation',
    ...postRendererArgs(helm, workspace),
  ];
  const variables = {
    HELM_DRIVER: driver,
    // Helm 4 takes a post-renderer from its plugins only; neither Helm needs one of the user's here.
    HELM_PLUGINS: join(workspace.folder, 'plugins'),
  };
  const places = Object.fromEntries(
    ['HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'HELM_DATA_HOME', 'KUBECACHEDIR'].map((name) => [
      name,
      join(workspace.folder, 'helm', name.toLowerCase()),
    ]),
  );
  const env = helmEnvironment(around.env, {...variables, ...places, KUBECONFIG: kubeconfig});
  return {args, variables, env, helm, workspace, gate, plan, values};
}

function postRendererArgs({major}: HelmProgram, workspace: Workspace): string[] {
  const [command, ...first] = postRenderCommand();
  const args = [...first, workspace.folder];
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

/** How a run ended; `reason` is why the post-renderer stopped it, `refusal` what the gate did not let through. */
export interface UpgradeRun extends HelmRun {
  readonly reason?: string;
  readonly refusal?: string;
}

/** Runs the upgrade, as far as the gate admits it. Helm is ended once it asks for something else. */
export async function runUpgrade(
  {helm, args, env, workspace, gate}: Upgrade,
  stage: Stage,
  {signal, ...limits}: RunOptions,
  more: string[] = [],
): Promise<UpgradeRun> {
  workspace.forget(reasonFile);
  gate.admit(stage);
  const ending = signal ? AbortSignal.any([signal, gate.ended]) : gate.ended;
  const run = await runHelm(helm.path, [...args, ...more], env, {
    // As long as no new revision has begun, nothing is lost with Helm; then it renders no more, and ends by itself.
    ...{most: longestChange, mayKill: () => gate.stopBeforeChange()},
    ...limits,
    signal: ending,
  });
  const [reason, refusal] = [workspace.read(reasonFile), gate.refusal()];
  return {...run, ...(reason === undefined ? {} : {reason}), ...(refusal === undefined ? {} : {refusal})};
}

/** Closes the gate and removes the private folder. */
export function endUpgrade({gate, workspace}: Upgrade): void {
  gate.close();
  workspace.remove();
}

/** Longest that a rehearsal may take, milliseconds: a template can count for ever. Charts of Seldon's take seconds. */
const longestRehearsal = 120_000;

/** Longest that a change may take, milliseconds: it waits for no object to be ready, and each request has an end. */
const longestChange = 600_000;

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
 *
 * @throws {UserError} release, if Helm asked for more than the plan holds
 */
export async function rehearse(upgrade: Upgrade, stage: Stage, options: RunOptions): Promise<Rehearsal> {
  const {workspace, plan} = upgrade;
  const run = await runUpgrade(upgrade, stage, {most: longestRehearsal, ...options}, [
    '--dry-run=server',
    '--output',
    'json',
  ]);
  if (run.refusal !== undefined) throw refusedError(run.refusal);
  const brought = workspace.read(usageFile);
  if (brought === undefined) return {run};
  const known = JSON.parse(brought) as Record<string, string>;
  workspace.write(planFile, JSON.stringify({...plan, usage: known} satisfies RenderPlan));
  const usage = plan.edit
    ? []
    : plan.on
      ? Object.values(known).flatMap((text) => readManifest(text))
      : plan.stored.filter(isUsageDocument);
  return run.code === 0 ? {run, usage, record: run.stdout} : {run, usage};
}

/** What the usage documents of the last rendering were written into by the post-renderer. */
export function renderedUsage({workspace, plan}: Upgrade): string | undefined {
  return plan.on ? workspace.read(usageFile) : undefined;
}
