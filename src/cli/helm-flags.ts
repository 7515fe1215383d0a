import * as Flags from '@oclif/core/flags';
import {levels} from '../report/hodometer/properties.ts';
import {clusterFlags} from './cluster-flags.ts';
import {duration} from './flags.ts';

const helm = {helpGroup: 'HELM'};
const core2 = {helpGroup: 'SELDON CORE 2'};

/** Flags of every command that looks for a Helm release. */
export const releaseFlags = {
  release: Flags.string({...helm, helpValue: '<name>', description: 'name of the release, where there are several'}),
  ...clusterFlags,
};

/** Flags of every command that changes a Helm release. */
export const changeFlags = {
  helm: Flags.string({...helm, helpValue: '<program>', description: 'Helm 3 or 4 to use instead of the one in PATH'}),
  'accept-unmarked': Flags.string({
    ...helm,
    multiple: true,
    helpValue: '<kind/name>',
    description: "take a live object without Helm's marks, made before Helm 3.2, for the release's; repeatable",
  }),
  'watch-for': duration({
    ...core2,
    description: 'how long it is watched that no pod of Hodometer comes back',
    default: 60_000,
  }),
  'dry-run': Flags.boolean({description: 'stop after the rehearsal on the server; nothing is written'}),
  ...releaseFlags,
};

/** For commands that say what Hodometer is to collect. */
export const levelFlags = {
  level: Flags.option({options: levels})({
    ...core2,
    description: "what Hodometer collects, in place of whether it runs; the others' properties are sent as 0",
  }),
};

/** For commands that may turn the usage metrics on. */
export const imageFlags = {
  'accept-image': Flags.string({
    ...helm,
    helpValue: '<reference>',
    description: "accept this image of the volunteer, a mirror, besides the chart's own; the whole reference",
  }),
};
