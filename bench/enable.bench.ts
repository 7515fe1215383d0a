import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {endWorlds, makeWorld, namespace, release, type World} from '../test/helm/world.ts';
import type {Bench, Figure} from './figures.ts';
import {median} from './measure.ts';

const run = promisify(execFile);
const rounds = 3;

/** Seconds that the work takes. */
async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Helm's own rehearsal and upgrade, as somebody would do it by hand: the chart at hand, and one value. */
async function byHand({helmPath, kubeconfig, chart}: World, on: boolean): Promise<number> {
  const place = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  const args = [
    'upgrade',
    release,
    chart,
    '--reuse-values',
    '--set',
    `usageMetrics.enabled=${on}`,
    '--no-hooks',
    ...place,
  ];
  const options = {maxBuffer: 1 << 28};
  return seconds(async () => {
    await run(helmPath, [...args, '--dry-run=server'], options);
    await run(helmPath, args, options);
  });
}

/** The whole program, with the seconds of its steps. */
async function byProgram(world: World, on: boolean): Promise<{wall: number; steps: Record<string, number>}> {
  let steps: Record<string, number> = {};
  const program = join(import.meta.dirname, '../bin/run.js');
  const wall = await seconds(async () => {
    const args = [
      on ? 'enable' : 'disable',
      '--yes',
      '--json',
      '--kubeconfig',
      world.kubeconfig,
      '--helm',
      world.helmPath,
    ];
    const {stdout} = await run(process.execPath, [program, ...args], {maxBuffer: 1 << 28});
    steps = JSON.parse(stdout).steps;
  });
  return {wall, steps};
}

async function figuresOf(major: 3 | 4): Promise<Figure[]> {
  const world = await makeWorld(major, {chart: {crd: 600_000}});
  const [hand, program]: [number[], Awaited<ReturnType<typeof byProgram>>[]] = [[], []];
  // In turn, so that a machine that slows down slows both; one round to warm up.
  for (let round = -1; round < rounds; round++) {
    const own = [await byProgram(world, true), await byProgram(world, false)];
    const helms = [await byHand(world, true), await byHand(world, false)];
    if (round < 0) continue;
    program.push(...own);
    hand.push(...helms);
  }
  const beyond = median(program.map(({wall}, i) => wall - hand[i]!));
  const names = Object.keys(program[0]!.steps);
  return [
    {what: `Helm ${major}: rehearsal and upgrade by hand`, value: median(hand), unit: 's'},
    {what: `Helm ${major}: the whole program`, value: median(program.map(({wall}) => wall)), unit: 's'},
    {what: `Helm ${major}: the program beyond Helm`, value: beyond, unit: 's', limit: {most: 1}},
    ...names.map((name) => ({
      what: `Helm ${major}: step ${name}`,
      value: median(program.map(({steps}) => (steps[name] ?? 0) / 1000)),
      unit: 's',
    })),
  ];
}

/** Enabling and disabling a release whose record takes nearly 900 KB, against Helm's own rehearsal and upgrade. */
export const bench: Bench = {
  name: 'Enable and disable, a record of nearly 900 KB: whole processes, medians',
  run: async () => {
    try {
      return [...(await figuresOf(3)), ...(await figuresOf(4))];
    } finally {
      await endWorlds();
    }
  },
};
